"""달라진 점: within the period, and since the digest before."""

from __future__ import annotations

from collections.abc import Iterator

from forum.core.i18n import _
from forum.core.korean import day, thousands
from forum.publication.digests.composing.pieces import (
    Charts,
    figures,
    grid,
    ideas_of,
    paragraph,
    sent_letters,
    theme_references,
    words,
)
from forum.publication.digests.content import COUNT_NAMES, Changes, DigestContent
from forum.publication.digests.document import Block, Bullets, Column, ColumnKind, Grid, Heading, Link, Words

SHOWN_COUNTS = ("ideas", "people", "imported", "votes", "voters", "comments", "themes", "referrals", "answered", "late")
IN_PERIOD = {"ideas": "ideas", "votes": "votes", "comments": "comments", "answered": "answers"}
"""Count -> its name in `period_counts`."""


def changes(content: DigestContent, charts: Charts) -> Iterator[Block]:
    yield Heading(1, _("숫자로 보기와 달라진 점"), "changes")
    if not ideas_of(content):
        yield paragraph(_("아직 셀 것이 없어요."))
        return
    yield paragraph(_in_period(content))
    yield _numbers(content)
    yield from figures(charts, "over_time")
    yield Heading(2, _("지난 보고서 뒤에 달라진 것"), "since")
    if content.changes is None:
        yield paragraph(_("같은 종류의 보고서는 이번이 처음이라 견줄 것이 없어요."))
        return
    yield from _since(content, content.changes)


def _numbers(content: DigestContent) -> Grid:
    """Return the counts now, and where they are known those of the period and of the digest before."""
    keys = [key for key in SHOWN_COUNTS if key in content.counts and (key != "imported" or content.counts[key])]
    columns = [Column("what", _("무엇"), width=30), Column("now", _("이번 보고서"), ColumnKind.INTEGER)]
    rows: list[list[object]] = [[str(COUNT_NAMES[key]), content.counts[key]] for key in keys]
    if content.period.from_day is not None:
        columns.append(Column("new", _("이 기간에 새로"), ColumnKind.INTEGER))
        for row, key in zip(rows, keys, strict=True):
            row.append(content.period_counts.get(IN_PERIOD.get(key, "")))
    if content.changes:
        before = content.counts | {one.key: one.before for one in content.changes.counts}
        columns.append(Column("before", _("지난 보고서"), ColumnKind.INTEGER))
        for row, key in zip(rows, keys, strict=True):
            row.append(before.get(key))
    return grid("numbers", _("보고서에 담긴 수"), columns, rows, " ".join(_notes(content, rows)))


def _notes(content: DigestContent, rows: list[list[object]]) -> Iterator[str]:
    if content.counts.get("imported"):
        yield _("다른 누리집에서 가져온 제안은 쓴 사람을 몰라서, ‘제안한 사람’에 넣지 않았어요.")
    if any(cell is None for row in rows for cell in row):
        yield _("빈칸은 따로 세지 않은 수예요.")
    if content.changes:
        yield _("제안을 거두거나 숨기면 지난 보고서보다 줄어들 수 있어요.")


def _in_period(content: DigestContent) -> str:
    new = {name: thousands(content.period_counts.get(name, 0)) for name in ("ideas", "votes", "comments", "answers")}
    if content.period.from_day is None:
        return _(
            "지금까지 제안 %(ideas)s건, 투표 %(votes)s표, 댓글 %(comments)s개, 답변 %(answers)s건이 왔어요.",
            **new,
        )
    return _(
        "%(period)s 새로 온 것은 제안 %(ideas)s건, 투표 %(votes)s표, 댓글 %(comments)s개, 답변 %(answers)s건이에요.",
        period=content.period.label,
        **new,
    )


def _since(content: DigestContent, since: Changes) -> Iterator[Block]:
    before = Link(_("%(day)s에 나온 보고서", day=day(since.published_on)), since.url)
    items = [*_new_themes(content, since), *_new_answers(content, since)]
    if items:
        yield paragraph(before, _("와 견주면, 그 뒤로 이런 것이 있었어요."))
        yield Bullets(tuple(items))
    else:
        yield paragraph(before, _("와 견주면, 그 뒤로 새로 승인된 정책 주제나 답변이 없어요."))


def _new_themes(content: DigestContent, since: Changes) -> Iterator[Words]:
    for theme in content.themes:
        if theme.id in since.new_themes:
            yield words(_("새 정책 주제: %(title)s", title=theme.title), *theme_references(theme))


def _new_answers(content: DigestContent, since: Changes) -> Iterator[Words]:
    for theme, letter in sent_letters(content):
        if letter.number in since.new_answers:
            said = _(
                "새 답변: %(ministry)s의 ‘%(decision)s’, %(title)s",
                ministry=letter.ministry,
                decision=letter.decision or letter.state,
                title=theme.title,
            )
            yield words(said, *theme_references(theme, [letter]))
