"""The public list of a forum's themes: each with its votes and with where its answer stands; filtered and ordered.

The list works on all decided themes at once. There are a few hundred at most, and the counts beside the filters and the
order by agreement need every one of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from forum.analysis.themes.models import Theme, ThemeState
from forum.analysis.themes.queries import VoteSums
from forum.core.database import LabelledEnum
from forum.core.i18n import _, _l


class AnswerGroup(LabelledEnum):
    """By what the list of themes is filtered; the value stands in the address."""

    WAITING = "waiting"
    TAKEN = "accepted"
    OTHER = "other"
    NOT_SENT = "notsent"
    NOT_ADOPTED = "rejected"

    __labels__ = {
        WAITING: _l("답변 기다림"),
        TAKEN: _l("수용·일부 수용"),
        OTHER: _l("그 밖의 답변"),
        NOT_SENT: _l("전달 전"),
        NOT_ADOPTED: _l("정책 주제가 되지 않음"),
    }


class ThemeOrder(LabelledEnum):
    AGREE = "agree"
    IDEAS = "ideas"
    NEW = "new"

    __labels__ = {
        AGREE: _l("찬성 많은 순"),
        IDEAS: _l("제안 많은 순"),
        NEW: _l("새 것부터"),
    }


@dataclass(frozen=True)
class AnswerStanding:
    """Where the answer to a theme stands. `label` is a word or two, `note` the clock in words; each may stand alone."""

    group: AnswerGroup
    label: str
    tone: str = "gray"
    ministry: str = ""
    note: str = ""
    is_late: bool = False


@dataclass(frozen=True)
class ThemeRow:
    theme: Theme
    sums: VoteSums
    standing: AnswerStanding


@dataclass(frozen=True)
class ThemeList:
    """One page of the list; `counts` has the number of themes of each group that has any, `total` their sum."""

    rows: Sequence[ThemeRow]
    approved: Sequence[ThemeRow]
    counts: Mapping[AnswerGroup, int]
    total: int
    page: int
    last: int


_ORDERS: dict[ThemeOrder, Callable[[ThemeRow], tuple[float, int]]] = {
    ThemeOrder.AGREE: lambda row: (-row.sums.agree, row.theme.id),
    ThemeOrder.IDEAS: lambda row: (-row.sums.ideas, row.theme.id),
    ThemeOrder.NEW: lambda row: (-row.theme.decided_at.timestamp() if row.theme.decided_at else 0, -row.theme.id),
}


def arrange(
    themes: Sequence[Theme],
    sums: Mapping[int, VoteSums],
    standings: Mapping[int, AnswerStanding],
    order: ThemeOrder,
    group: AnswerGroup | None,
    page: int,
    size: int,
) -> ThemeList:
    """Return one page of the themes of a group, or of all, in this order.

    :param standings: of the themes that were sent to a ministry
    :param page: from 1; one beyond the last counts as the last
    """
    rows = [ThemeRow(theme, sums[theme.id], standings.get(theme.id) or _standing_of(theme)) for theme in themes]
    rows.sort(key=_ORDERS[order])
    shown = [row for row in rows if group is None or row.standing.group is group]
    last = max(1, -(-len(shown) // size))
    page = min(max(page, 1), last)
    return ThemeList(
        rows=shown[(page - 1) * size : page * size],
        approved=[row for row in rows if row.theme.state is ThemeState.APPROVED],
        counts=Counter(row.standing.group for row in rows),
        total=len(rows),
        page=page,
        last=last,
    )


def _standing_of(theme: Theme) -> AnswerStanding:
    """Return the standing of a theme that no letter was written about."""
    if theme.state is ThemeState.APPROVED:
        return AnswerStanding(AnswerGroup.NOT_SENT, _("전달 전"), note=_("곧 소관부처에 전달해요"))
    return AnswerStanding(AnswerGroup.NOT_ADOPTED, theme.state.label, note=_("까닭을 함께 공개해요"))
