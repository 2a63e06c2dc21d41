"""Content of a digest, independent of the file format. Renderers read nothing else.

Each number comes with the ideas it counts: a theme lists its members, and the totals are the lengths of these lists.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from forum.core.disclosure import hidden_cells
from forum.core.i18n import _
from forum.publication.representation.queries import Representation

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class IdeaLine:
    """An idea at the data cut. Authors are not named."""

    id: int
    title: str
    body: str
    sector: str
    region: str
    created_on: date
    agree: int
    disagree: int
    pass_: int
    comments: int
    imported_agree_count: int | None
    url: str


@dataclass(frozen=True)
class MilestoneLine:
    title: str
    due_on: date
    percent_done: int


@dataclass(frozen=True)
class ReferralLine:
    """A referral of a theme, and its answer."""

    number: str
    ministry: str
    sent_on: date
    due_on: date
    state: str
    days_late: int
    """Days since the due date of a letter that has no answer yet."""
    decision: str
    reason: str
    answered_on: date | None
    milestones: tuple[MilestoneLine, ...]
    url: str


@dataclass(frozen=True)
class ThemeChapter:
    """An approved theme with its ideas and referrals."""

    id: int
    title: str
    summary: str
    run_number: int
    approved_on: date | None
    ideas: tuple[IdeaLine, ...]
    by_hand: tuple[int, ...]
    representatives: tuple[int, ...]
    keywords: tuple[str, ...]
    people: int
    copies: int
    referrals: tuple[ReferralLine, ...]
    url: str

    @property
    def agree(self) -> int:
        return sum(idea.agree for idea in self.ideas)

    @property
    def disagree(self) -> int:
        return sum(idea.disagree for idea in self.ideas)

    @property
    def pass_(self) -> int:
        return sum(idea.pass_ for idea in self.ideas)


@dataclass(frozen=True)
class ClusterLine:
    """A cluster of the run, and the status of the theme made from it."""

    number: int
    title: str
    status: str
    keywords: tuple[str, ...]
    idea_ids: tuple[int, ...]


@dataclass(frozen=True)
class Unthemed:
    """An idea of the run that is in no cluster."""

    idea_id: int
    reason: str


@dataclass(frozen=True)
class Cell:
    """Number of ideas of one sector or region; None if they come from too few people to be shown."""

    name: str
    ideas: int | None


@dataclass(frozen=True)
class DigestContent:
    """One report: one run, one data cut. `ideas` are the run's ideas that are still open.

    `data_cut_at` is when votes, comments and answers were counted, in one transaction. `run_read_at`, earlier, is when
    the run read the ideas. `participants` is as last counted, at most a day before; None if too few took part.
    """

    campaign: str
    is_sample: bool
    run_number: int
    data_cut_at: datetime
    run_read_at: datetime
    counts: dict[str, int]
    ideas: tuple[IdeaLine, ...]
    themes: tuple[ThemeChapter, ...]
    clusters: tuple[ClusterLine, ...]
    unthemed: tuple[Unthemed, ...]
    sectors: tuple[Cell, ...]
    regions: tuple[Cell, ...]
    participants: Representation | None
    parameters: dict[str, Any]
    versions: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return {"schema_version": SCHEMA_VERSION} | asdict(self)


# Labels of the counts, in the order in which they are shown.
COUNT_NAMES = {
    "ideas": "분석에 들어간 제안",
    "people": "제안한 사람",
    "imported": "다른 누리집에서 가져온 제안",
    "votes": "투표",
    "voters": "투표한 사람",
    "comments": "댓글",
    "clustered": "묶음에 든 제안",
    "unthemed": "묶이지 않은 제안",
    "copies": "거의 같은 제안",
    "without_body": "본문이 없는 제안",
    "themes": "승인된 정책 주제",
    "themed": "승인된 주제에 든 제안",
    "referrals": "소관부처에 보낸 편지",
    "answered": "받은 답변",
    "late": _("답변 기한을 넘긴 편지"),
    "promised": _("소관부처가 한 약속"),
    "kept": _("지킨 약속(소관부처가 알린 대로)"),
}


def hide_small(counts: dict[str, tuple[int, int]]) -> tuple[Cell, ...]:
    """Return cells from {name: (ideas, people)}; those that would tell of few people hidden (`core.disclosure`)."""
    hidden = hidden_cells({name: people for name, (_ideas, people) in counts.items()})
    return tuple(Cell(name, None if name in hidden else ideas) for name, (ideas, _people) in counts.items())
