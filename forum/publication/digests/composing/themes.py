"""정책 주제: all of them as tables, and each in a section of its own."""

from __future__ import annotations

from collections.abc import Iterator

from forum.core.i18n import _
from forum.core.korean import thousands
from forum.publication.digests.composing.answers import answer_state, letters
from forum.publication.digests.composing.gatherings import from_rooms, with_paper
from forum.publication.digests.composing.pieces import (
    Charts,
    cited,
    figures,
    grid,
    known,
    link,
    paragraph,
    range_of,
    shortened,
    strong,
    with_range,
    words,
)
from forum.publication.digests.content import NO_SECTOR, DigestContent, IdeaLine, ThemeChapter
from forum.publication.digests.document import (
    Block,
    Bullets,
    Column,
    ColumnKind,
    Grid,
    Heading,
    Link,
    Quote,
    Words,
)
from forum.web.pictures import percent, share_words

LONGEST_QUOTE = 300
LONGEST_BRIEF_QUOTE, LONGEST_BRIEF_REASON = 160, 400
"""In a brief of two pages."""


def overview(content: DigestContent, charts: Charts) -> Iterator[Block]:
    yield Heading(1, _("정책 주제를 표로 보기"), "themes")
    if not content.themes:
        yield paragraph(_no_themes(content))
        return
    yield _support_table(content)
    if any(theme.referrals for theme in content.themes):
        yield _answer_table(content)
    else:
        yield paragraph(_("소관부처에 보낸 주제가 아직 없어서 답변도 없어요."))
    yield from figures(charts, "support", "ratings")


def chapters(content: DigestContent, _charts: Charts) -> Iterator[Block]:
    if not content.themes:
        return
    yield Heading(1, _("주제마다 살펴보기"), "chapters")
    yield paragraph(
        _(
            "주제의 이름과 요약은 분석가가 썼어요. ‘자동 분석’이라고 적은 것은 컴퓨터가 골랐어요. "
            "#과 숫자는 그 말이 나온 제안의 번호예요."
        )
    )
    for place, theme in enumerate(content.themes, start=1):
        title = _("%(n)d. %(title)s", n=place, title=theme.title)
        yield Heading(2, title, f"theme-{theme.id}")
        yield from _theme(content, theme)


def brief(content: DigestContent, _charts: Charts) -> Iterator[Block]:
    """Yield the sections of a brief on one theme, which must fit on two pages."""
    theme = next((one for one in content.themes if one.id == content.theme_id), None)
    if theme is None:
        yield paragraph(_("이 주제는 지금 승인된 정책 주제가 아니에요."))
        return
    yield Heading(1, _("이 주제가 말하는 것"), f"theme-{theme.id}")
    yield from _about(content, theme)
    yield from _voices(theme, 2, LONGEST_BRIEF_QUOTE)
    yield from _divides(content, theme, 2)
    yield from letters(theme, 2, LONGEST_BRIEF_REASON)


def _theme(content: DigestContent, theme: ThemeChapter) -> Iterator[Block]:
    yield from _about(content, theme)
    yield from _voices(theme, 3)
    yield from _divides(content, theme, 3)
    yield from letters(theme, 3)


def _no_themes(content: DigestContent) -> str:
    if content.ministry:
        return _("이 부처에 보낸 정책 주제가 아직 없어요.")
    if content.clusters:
        n = thousands(len(content.clusters))
        return _("분석가가 승인한 정책 주제가 아직 없어요. 자동 분석이 찾은 묶음 %(n)s개를 읽는 중이에요.", n=n)
    return _("분석가가 승인한 정책 주제가 아직 없어요.")


def _support_table(content: DigestContent) -> Grid:
    """Return what is known of each theme; a column in which nothing is known of any is left out."""
    columns, authors = _support_columns(content), _authors(content)
    values = [
        (one.title, len(one.ideas), authors.get(one.id), with_range(one.support), _ground(one), one.stability)
        for one in content.themes
    ]
    kept = [place for place in range(len(columns)) if any(row[place] not in {None, ""} for row in values)]
    rows = [[row[place] for place in kept] for row in values]
    notes = [columns[place][1] for place in kept if columns[place][1]]
    if any(cell in {None, ""} for row in rows for cell in row):
        notes.append(_("빈칸은 투표가 다섯 표보다 적거나, 재지 않았거나, 분석가가 제안을 대부분 넣은 곳이에요."))
    has_votes = any(theme.support for theme in content.themes)
    title = _("주제마다 모인 제안과 찬성") if has_votes else _("주제마다 모인 제안")
    return grid("theme-support", title, [columns[place][0] for place in kept], rows, " ".join(notes))


def _authors(content: DigestContent) -> dict[int, int]:
    """Return how many people wrote a theme's ideas, by theme; those whose authors are all unknown are left out."""
    if not any(theme.people for theme in content.themes):
        return {}
    return {theme.id: theme.people for theme in content.themes if theme.people or not theme.ideas}


def _support_columns(content: DigestContent) -> tuple[tuple[Column, str], ...]:
    """Return the columns, each with what the note below the table says of it."""
    return (
        (Column("theme", _("주제"), width=34), ""),
        (Column("ideas", _("제안"), ColumnKind.INTEGER, width=7), ""),
        (Column("people", _("사람"), ColumnKind.INTEGER, width=7), _without_imported(content)),
        (
            Column("support", _("찬성"), width=15),
            _(
                "찬성은 주제의 제안이 받은 모든 투표(넘김도) 가운데 찬성의 비율이에요. "
                "괄호는 다시 투표해도 열에 아홉 번은 그 사이일 범위예요."
            ),
        ),
        (
            Column("ground", _("공감대"), width=15),
            _(
                "공감대는 주제에서 공감대가 가장 높은 제안의 것으로, 찬성이 가장 적은 3분의 1의 사람들 가운데 찬성의 "
                "비율이에요."
            ),
        ),
        (
            Column("stability", _("안정성"), ColumnKind.SHARE, width=9),
            _("안정성은 제안 일부만으로 다시 분석했을 때 같은 묶음이 나온 비율이에요."),
        ),
    )


def _without_imported(content: DigestContent) -> str:
    if not content.counts.get("imported"):
        return ""
    return _("사람은 제안을 쓴 사람의 수이고, 다른 누리집에서 가져온 제안은 쓴 사람을 몰라서 세지 않았어요.")


def _ground(theme: ThemeChapter) -> str:
    best = theme.best_ground
    return with_range(best.ground.common) if best and best.ground else ""


def _answer_table(content: DigestContent) -> Grid:
    columns: tuple[Column, ...] = (
        Column("theme", _("주제"), width=34),
        Column("ministry", _("소관부처"), width=14),
        Column("state", _("답변"), width=16),
        Column("due_on", _("답변 기한"), ColumnKind.DATE, width=14),
        Column("done", _("지킨 정도"), ColumnKind.SHARE, width=10),
    )
    rows: list[tuple[object, ...]] = []
    for theme in content.themes:
        for letter in theme.referrals:
            done = None if letter.percent_done is None else letter.percent_done / 100
            rows.append((theme.title, letter.ministry, answer_state(letter), letter.due_on, done))
        if not theme.referrals:
            rows.append((theme.title, None, _("보내기 전"), None, None))
    note = _(
        "지킨 정도는 소관부처가 약속한 이행 단계를 얼마나 했는지, 알린 대로 평균한 것이에요. "
        "이행 단계가 없으면 빈칸이에요."
    )
    if all(row[-1] is None for row in rows):
        columns, rows, note = columns[:-1], [row[:-1] for row in rows], ""
    return grid("theme-answers", _("주제마다 온 답변"), columns, rows, note)


def _about(content: DigestContent, theme: ThemeChapter) -> Iterator[Block]:
    where = Link(_("누리집에서 이 주제 보기"), theme.url)
    if not theme.ideas:
        yield paragraph(
            _("지금 셀 수 있는 제안이 없는 주제예요. 제안한 사람이 거두었거나 숨겨진 것은 세지 않아요."), " ", where
        )
        return
    if theme.summary.strip():
        yield from cited(theme.summary, theme.ideas)
    else:
        yield paragraph(_("분석가가 아직 요약을 쓰지 않았어요."))
    facts = list(_facts(content, theme))
    if theme.keywords and content.theme_id is None:
        facts.append(words(_("자주 나온 낱말(자동 분석): %(list)s", list=", ".join(theme.keywords))))
    yield Bullets((*facts, words(where)))


def _facts(content: DigestContent, theme: ThemeChapter) -> Iterator[Words]:
    yield words(_how_many(content, theme))
    support = theme.support
    if support:
        yield words(
            _(
                "받은 투표 %(n)s표 가운데 찬성 %(share)s(90%% 구간 %(range)s), 반대 %(against)s, 넘김 %(passed)s",
                n=thousands(_votes(theme)),
                share=share_words(support.value, 1),
                range=range_of(support),
                against=share_words(theme.disagree, _votes(theme)),
                passed=share_words(theme.pass_, _votes(theme)),
            )
        )
    elif not _votes(theme):
        yield words(_("아직 받은 투표가 없어요."))
    else:
        yield words(_("받은 투표가 %(n)s표뿐이라 찬성 비율을 말하기 일러요.", n=thousands(_votes(theme))))
    if theme.paper_votes.votes:
        yield words(with_paper(theme.agree, theme.disagree, theme.pass_, theme.paper_votes))
    rooms = from_rooms(theme)
    if rooms:
        yield rooms
    best = theme.best_ground
    if best and best.ground:
        yield words(_best(best), " ", link(best))
    if theme.stability is not None:
        n = percent(theme.stability, 1)
        yield words(_("제안 일부만으로 다시 분석하면 100번에 %(n)d번꼴로 같은 묶음이 나와요(자동 분석).", n=n))


def _how_many(content: DigestContent, theme: ThemeChapter) -> str:
    said = _("제안 %(n)s건", n=thousands(len(theme.ideas)))
    if theme.people:
        said += _(", 제안한 사람 %(people)s명", people=thousands(theme.people))
    if theme.sector != str(NO_SECTOR):
        said += _(", 부문 %(sector)s", sector=theme.sector)
    if theme.by_hand:
        by_hand = len(theme.by_hand)
        said += _(
            ". 자동 분석이 찾은 것 %(machine)s건, 분석가가 넣은 것 %(human)s건",
            machine=thousands(len(theme.ideas) - by_hand),
            human=thousands(by_hand),
        )
    if theme.copies:
        said += _(". 거의 같은 글 %(n)s건은 한 건으로 보고 묶음", n=thousands(theme.copies))
    if content.period.from_day is not None and theme.new_ideas:
        said += _(". 이 기간에 새로 온 것 %(n)s건", n=thousands(theme.new_ideas))
    return said


def _best(idea: IdeaLine) -> str:
    assert idea.ground is not None
    common = idea.ground.common
    values = {"title": idea.title, "share": share_words(common.value, 1), "range": range_of(common)}
    if idea.ground.has_badge:
        return _("공감대가 가장 높은 제안은 ‘%(title)s’: %(share)s(90%% 구간 %(range)s), 공감대 배지를 받음", **values)
    return _("공감대가 가장 높은 제안은 ‘%(title)s’: %(share)s(90%% 구간 %(range)s)", **values)


def _voices(theme: ThemeChapter, level: int, longest: int = LONGEST_QUOTE) -> Iterator[Block]:
    if not theme.voices:
        return
    yield Heading(level, _("사람들의 말"))
    by_id = {idea.id: idea for idea in theme.ideas}
    for voice in theme.voices:
        yield Quote(
            shortened(voice.words, longest),
            _spoken_by(voice.label, by_id[voice.idea_id]),
            link(by_id[voice.idea_id]),
        )


def _spoken_by(label: str, idea: IdeaLine) -> str:
    said = _("%(label)s, 자동 분석이 고름", label=label)
    return said + _(", ‘%(title)s’ 모임에서 나옴", title=idea.room.title) if idea.room else said


def _divides(content: DigestContent, theme: ThemeChapter, level: int) -> Iterator[Block]:
    items = [
        words(strong(idea.title), " ", link(idea), f": {line.words}")
        for line in theme.dividing
        for idea in known(content, [line.idea_id])
    ]
    if items:
        yield Heading(level, _("의견이 갈리는 제안"))
        yield Bullets(tuple(items))


def _votes(theme: ThemeChapter) -> int:
    return theme.agree + theme.disagree + theme.pass_
