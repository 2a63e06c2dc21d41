"""What chapters are made of: sentences, references to ideas, shares in words, small tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

from forum.core.i18n import _
from forum.core.korean import citations, thousands
from forum.publication.digests.content import DigestContent, IdeaLine, Interval, ReferralLine, ThemeChapter
from forum.publication.digests.document import (
    Chart,
    Column,
    Figure,
    Grid,
    IdeaLink,
    Inline,
    Link,
    Paragraph,
    Table,
    Text,
    Words,
)
from forum.web.pictures import percent, share_words

MOST_REFERENCES = 3
_SPACE_BEFORE_A_MARK = re.compile(r"[ \t]+(?=\[#[0-9])")
Charts = Mapping[str, Chart]


def words(*parts: str | Inline) -> Words:
    return tuple(Text(part) if isinstance(part, str) else part for part in parts if part)


def paragraph(*parts: str | Inline) -> Paragraph:
    return Paragraph(words(*parts))


def strong(text: str) -> Text:
    return Text(text, is_strong=True)


def link(idea: IdeaLine) -> IdeaLink:
    return IdeaLink(idea.id, idea.url)


def references(ideas: Iterable[IdeaLine], letters: Iterable[ReferralLine] = ()) -> Words:
    """Return what stands behind a sentence: links to letters, then to ideas, each after a space."""
    targets: list[Inline] = [Link(letter.number, letter.url) for letter in letters]
    targets += [link(idea) for idea in ideas]
    return tuple(part for target in targets for part in (Text(" "), target))


def examples_of(theme: ThemeChapter) -> tuple[IdeaLine, ...]:
    """Return the few ideas that a sentence about the whole theme refers to: those that show what it is about."""
    shown = [idea for idea in theme.ideas if idea.id in theme.representatives] or list(theme.ideas)
    return tuple(shown[:MOST_REFERENCES])


def theme_references(theme: ThemeChapter, letters: Iterable[ReferralLine] = ()) -> Words:
    """Return `references` to a theme; a theme without ideas is referred to by its page."""
    found = references(examples_of(theme), letters)
    return found or words(" ", Link(_("주제 보기"), theme.url))


def cited(text: str, ideas: Iterable[IdeaLine]) -> Iterator[Paragraph]:
    """Yield a text's paragraphs with its [#12] marks as links.

    A mark of an idea that is not among `ideas` is left out, since its page is not public, and a last line says so.
    """
    by_id = {idea.id: idea for idea in ideas}
    lost = 0
    for piece in text.split("\n\n"):
        parts: list[str | Inline] = []
        for part in citations(_SPACE_BEFORE_A_MARK.sub("", piece.strip())):
            if part.idea_id is None:
                parts.append(part.text)
            elif part.idea_id in by_id:
                parts += [" ", link(by_id[part.idea_id])]
            else:
                lost += 1
        if parts:
            yield paragraph(*parts)
    if lost:
        yield paragraph(
            _("이 글이 가리킨 제안 가운데 %(n)s건은 지금 셀 수 없어서 번호를 적지 않았어요.", n=thousands(lost))
        )


def range_of(interval: Interval) -> str:
    """Return an interval as 54~70%."""
    return _("%(low)d~%(high)d%%", low=percent(interval.low, 1), high=percent(interval.high, 1))


def with_range(interval: Interval | None) -> str:
    """Return a share with its interval as 62% (54~70%); empty where there is none."""
    return f"{share_words(interval.value, 1)} ({range_of(interval)})" if interval else ""


def standing_of(idea: IdeaLine) -> str:
    """Return how an idea stands in votes and common ground, in one line."""
    ground, support = idea.ground, idea.support
    n = thousands(idea.agree + idea.disagree + idea.pass_)
    if not idea.agree + idea.disagree + idea.pass_ and idea.imported_agree_count:
        return _("가져온 누리집에서 받은 공감 %(n)s개", n=thousands(idea.imported_agree_count))
    if support:
        line = _("%(n)s명 가운데 찬성 %(share)s", n=n, share=with_range(support))
    else:
        line = _("투표한 사람이 적어 찬성 비율을 말하기 일러요(%(n)s명)", n=n)
    if ground:
        line += _(", 공감대 %(share)s", share=with_range(ground.common))
        line += _(", 공감대 배지") if ground.has_badge else ""
    return line + _beside(idea)


def _beside(idea: IdeaLine) -> str:
    """Return what stands beside an idea's votes: agreement with and without paper, and the room it was born in."""
    line = ""
    if idea.paper and idea.paper.votes:
        line += _(
            ", 찬성 %(n)s명(종이 표를 더하면 %(all)s명)",
            n=thousands(idea.agree),
            all=thousands(idea.agree + idea.paper.agree),
        )
    return line + _(", ‘%(title)s’ 모임에서 나옴", title=idea.room.title) if idea.room else line


def known(content: DigestContent, idea_ids: Iterable[int]) -> list[IdeaLine]:
    """Return those of the ideas that the digest holds, in the order given."""
    found = []
    for key in idea_ids:
        with suppress(KeyError):
            found.append(content.idea(key))
    return found


def ideas_of(content: DigestContent) -> list[IdeaLine]:
    """Return the ideas that the digest holds, each once: the run's, and those that analysts put into themes."""
    held = (*content.ideas, *(idea for theme in content.themes for idea in theme.ideas))
    return list({idea.id: idea for idea in held}.values())


def shortened(text: str, longest: int) -> str:
    """Return a text in one line, cut at a word's end where it is longer."""
    line = " ".join(text.split())
    if len(line) <= longest:
        return line
    return (line[:longest].rsplit(" ", 1)[0] if " " in line[:longest] else line[:longest]) + "…"


def sent_letters(content: DigestContent) -> list[tuple[ThemeChapter, ReferralLine]]:
    return [(theme, letter) for theme in content.themes for letter in theme.referrals]


def grid(key: str, title: str, columns: Sequence[Column], rows: Sequence[Sequence[object]], note: str = "") -> Grid:
    """Return a table in the text. Cells keep their types: a column of numbers with a gap stays one of whole numbers."""
    import pandas as pd

    frame = pd.DataFrame(list(rows), columns=[column.key for column in columns], dtype=object)
    return Grid(Table(key, title, tuple(columns), frame, note))


def figures(charts: Charts, *keys: str) -> Iterator[Figure]:
    """Yield the charts that there are. One that has nothing to show was not drawn."""
    yield from (Figure(charts[key]) for key in keys if key in charts)
