"""편지와 답변: those of a theme, those that are late, and what was promised."""

from __future__ import annotations

import re
from collections.abc import Iterator

from forum.core.i18n import _
from forum.core.korean import day, thousands
from forum.publication.digests.composing.pieces import (
    Charts,
    cited,
    figures,
    grid,
    paragraph,
    sent_letters,
    strong,
)
from forum.publication.digests.composing.promises import both_sides, interim_answers, pledged
from forum.publication.digests.content import DigestContent, ReferralLine, ThemeChapter
from forum.publication.digests.document import Block, Column, ColumnKind, Grid, Heading, Link
from forum.publication.digests.document import Notice as Box
from forum.response.referrals.models import AssignmentState

_HALF_A_MARK = re.compile(r"\[#?[0-9]*$")


def letters(theme: ThemeChapter, level: int, longest_reason: int | None = None) -> Iterator[Block]:
    """Yield what the ministries were asked and answered about a theme.

    :param level: of the heading above
    :param longest_reason: characters of a reason that are shown, None for all
    """
    if not theme.referrals:
        yield paragraph(_("아직 소관부처에 보내지 않은 주제예요."))
        return
    yield Heading(level, _("소관부처의 답변"))
    for letter in theme.referrals:
        yield from _letter(theme, letter, longest_reason)
    yield from both_sides(theme)
    yield from pledged(theme)


def answer_state(letter: ReferralLine) -> str:
    """Return the decision, or how the letter stands and how late it is."""
    if letter.decision:
        return _("%(decision)s, 재심사 중", decision=letter.decision) if _is_reexamined(letter) else letter.decision
    if letter.days_late:
        return _("%(days)s일 늦음", days=thousands(letter.days_late))
    return letter.state


def _is_reexamined(letter: ReferralLine) -> bool:
    """Was the ministry asked to answer again, and has not yet?"""
    return letter.state == AssignmentState.REEXAMINING.label


def overdue(content: DigestContent, charts: Charts) -> Iterator[Block]:
    yield Heading(1, _("기한을 넘긴 답변"), "overdue")
    if not sent_letters(content):
        yield paragraph(_("소관부처에 보낸 편지가 아직 없어요."))
        return
    if content.overdue:
        yield _overdue_table(content)
    else:
        yield paragraph(_("답변 기한을 넘긴 편지가 없어요."))
    yield from figures(charts, "on_time")


def milestones(content: DigestContent, _charts: Charts) -> Iterator[Block]:
    """Yield what a ministry promised, all letters together."""
    steps = [(letter, step) for _theme, letter in sent_letters(content) for step in letter.milestones]
    yield Heading(1, _("약속한 일"), "milestones")
    if not steps:
        yield paragraph(_("답변에 적힌 이행 단계가 아직 없어요."))
        return
    columns = (
        Column("step", _("이행 단계"), width=36),
        Column("letter", _("편지"), width=19),
        Column("due_on", _("기한"), ColumnKind.DATE, width=14),
        Column("done", _("지킨 정도"), ColumnKind.SHARE, width=9),
    )
    rows = [(step.title, letter.number, step.due_on, step.percent_done / 100) for letter, step in steps]
    yield grid("milestones", _("약속한 일과 지킨 정도"), columns, rows, _("지킨 정도는 소관부처가 알린 대로예요."))


def _letter(theme: ThemeChapter, letter: ReferralLine, longest_reason: int | None) -> Iterator[Block]:
    sent = _(
        ": %(ministry)s에 %(sent)s에 보냈고, 답변 기한은 %(due)s이에요.",
        ministry=letter.ministry,
        sent=day(letter.sent_on),
        due=day(letter.due_on),
    )
    yield paragraph(Link(_("편지 %(number)s", number=letter.number), letter.url), sent)
    if letter.days_late:
        yield Box(paragraph(_late(letter)).words)
    if letter.decision:
        yield from _answer(theme, letter, longest_reason)
    elif not letter.days_late:
        yield paragraph(_("아직 답변이 없어요. 지금 단계: %(state)s.", state=letter.state))
    if not letter.decision:
        yield from interim_answers(letter, longest_reason)


def _late(letter: ReferralLine) -> str:
    return _("답변 기한을 %(days)s일 넘겼고, 아직 답변이 없어요.", days=thousands(letter.days_late))


def _answer(theme: ThemeChapter, letter: ReferralLine, longest_reason: int | None) -> Iterator[Block]:
    when = _(" (%(day)s 답변)", day=day(letter.answered_on)) if letter.answered_on else ""
    yield paragraph(strong(_("결정: %(decision)s", decision=letter.decision)), when)
    reason, is_cut = letter.reason.strip(), False
    if longest_reason is not None and len(reason) > longest_reason:
        reason, is_cut = _HALF_A_MARK.sub("", reason[:longest_reason]).rstrip() + "…", True
    yield from cited(reason, theme.ideas)
    if _is_reexamined(letter):
        yield paragraph(
            _("소관부처가 이 답변을 재심사하고 있어요. 새 답변 기한은 %(due)s이에요.", due=day(letter.due_on))
        )
    if is_cut:
        yield paragraph(Link(_("답변을 끝까지 읽기"), letter.url))
    if letter.milestones:
        yield _steps(letter)


def _steps(letter: ReferralLine) -> Grid:
    columns: tuple[Column, ...] = (
        Column("step", _("이행 단계"), width=48),
        Column("due_on", _("기한"), ColumnKind.DATE, width=14),
        Column("done", _("지킨 정도"), ColumnKind.SHARE, width=9),
    )
    rows: list[tuple[object, ...]] = [
        (step.title, step.due_on, step.percent_done / 100, step.sides.helps if step.sides else None)
        for step in letter.milestones
    ]
    if any(row[-1] is not None for row in rows):
        columns = (*columns, Column("helps", _("도움 점수"), ColumnKind.SCORE, width=9))
    else:
        rows = [row[:-1] for row in rows]
    title = _("편지 %(number)s의 답변에서 약속한 일", number=letter.number)
    return grid(f"steps-{letter.number}", title, columns, rows)


def _overdue_table(content: DigestContent) -> Grid:
    columns = (
        Column("letter", _("편지"), width=19),
        Column("theme", _("주제"), width=30),
        Column("ministry", _("소관부처"), width=16),
        Column("due_on", _("답변 기한"), ColumnKind.DATE, width=14),
        Column("days", _("지난 날"), ColumnKind.INTEGER, width=8),
    )
    rows = [(one.number, one.theme, one.ministry, one.due_on, one.days_late) for one in content.overdue]
    note = _("지난 날은 답변 기한에서 투표와 답변을 센 날까지예요. 가장 늦은 것부터 적었어요.")
    return grid("overdue", _("답변 기한을 넘긴 편지"), columns, rows, note)
