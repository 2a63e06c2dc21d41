"""Content of a digest, independent of the file format. Renderers read nothing else.

Each number comes with the ideas it counts: a theme lists its members, and the totals are the lengths of these lists.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from functools import cached_property
from math import sqrt
from typing import Any

from forum.core.disclosure import hidden_cells, rounded_total
from forum.core.i18n import _, _l
from forum.deliberation.joint.sides import SideVotes, difference_interval
from forum.publication.fixes.pilots import PilotLine
from forum.publication.outcomes.shares import KeptAsRated, OutcomeShares
from forum.publication.representation.queries import Representation
from forum.response.delivery.sides import TwoSides

SCHEMA_VERSION = 2
NO_SECTOR, NO_REGION = _l("부문 없음"), _l("지역 없음")


@dataclass(frozen=True)
class Period:
    """Days that a digest looks at: what is new and what changed. Totals are as of the data cut in every digest.

    :param kind: name of a PeriodKind; :param from_day: first day, None for all since the start; `to_day` is the last
    """

    kind: str
    label: str
    from_day: date | None
    to_day: date


@dataclass(frozen=True, slots=True)
class Interval:
    """A share 0..1 with its 90 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class GroupShare:
    """How an opinion group voted on an idea; None where fewer than five people did. Shares are 0..1."""

    letter: str
    votes: int | None
    share: Interval | None


@dataclass(frozen=True, slots=True)
class Ground:
    """Common ground of an idea in the opinion snapshot.

    :param common: posterior mean of the share of agreement in the worst third, with its interval
    :param has_badge: 공감대
    :param cost_to_win: people who would have to vote otherwise to win the badge; `cost_to_lose` likewise to lose it
    """

    common: Interval
    share: float
    has_badge: bool
    groups: tuple[GroupShare, ...]
    cost_to_win: int | None
    cost_to_lose: int | None


@dataclass(frozen=True, slots=True)
class RoomMark:
    """The gathering in which an idea was born.

    :param number: what the room called the idea; :param way: how it was written there, for readers
    """

    gathering_id: int
    title: str
    number: int
    way: str
    url: str


@dataclass(frozen=True, slots=True)
class PaperVotes:
    """Marks on the vote sheets of gatherings. They are nobody's votes, and in no share, interval, group or slate."""

    agree: int = 0
    disagree: int = 0
    pass_: int = 0

    @property
    def votes(self) -> int:
        return self.agree + self.disagree + self.pass_


@dataclass(frozen=True, slots=True)
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
    copy_of: int | None = None
    """The idea whose near-copy the run found it to be."""
    ground: Ground | None = None
    room: RoomMark | None = None
    paper: PaperVotes | None = None
    """Beside the votes, never among them; None where it stood on no vote sheet."""

    @property
    def support(self) -> Interval | None:
        return support_of(self.agree, self.agree + self.disagree + self.pass_)


@dataclass(frozen=True)
class MilestoneLine:
    title: str
    due_on: date
    percent_done: int
    weight: int = 1
    sides: TwoSides | None = None
    """None while it is not done."""


@dataclass(frozen=True)
class InterimLine:
    """Where a ministry said it stands before it answered. :param words: its own"""

    said_on: date
    ministry: str
    words: str


@dataclass(frozen=True)
class PledgeLine:
    """What people pledged for a theme. :param people: by who pledges, None where it is hidden

    :param n_people: their sum, None where a cell is hidden; :param outcomes: records of how periods went
    """

    people: tuple[tuple[str, int | None], ...]
    n_people: int | None
    outcomes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class ReferralLine:
    """A referral of a theme, and its answer."""

    number: str
    theme_id: int
    theme: str
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
    interim: tuple[InterimLine, ...] = ()
    """The oldest first; ministries say so before they answer."""

    @property
    def percent_done(self) -> int | None:
        """Percent done of what was promised, by weight, rounded down as `Answer.percent_done`; None without any."""
        total = sum(step.weight for step in self.milestones)
        return sum(step.weight * step.percent_done for step in self.milestones) // total if total else None


@dataclass(frozen=True)
class Voice:
    """Somebody's own words.

    :param stands_for: AGREEING, DISSENTING, FUTURE or TYPICAL; :param label: the same for readers
    """

    stands_for: str
    label: str
    words: str
    idea_id: int


@dataclass(frozen=True)
class Dividing:
    """An idea on which the groups differ. :param words: how, in one sentence"""

    idea_id: int
    words: str


@dataclass(frozen=True)
class ThemeChapter:
    """An approved theme with its ideas and referrals. `ideas` start with the most supported one; copies are among them.

    :param keywords: of the cluster it was made from; none if analysts put most of its ideas there. So is `stability`
    :param people: its authors, without those of imported ideas, who are unknown
    :param stability: 0..1, share of resamples in which the run found its cluster again; None where it was not measured
    """

    id: int
    title: str
    summary: str
    run_number: int
    approved_on: date | None
    sector: str
    ideas: tuple[IdeaLine, ...]
    by_hand: tuple[int, ...]
    representatives: tuple[int, ...]
    keywords: tuple[str, ...]
    people: int
    copies: int
    stability: float | None
    referrals: tuple[ReferralLine, ...]
    voices: tuple[Voice, ...]
    dividing: tuple[Dividing, ...]
    new_ideas: int
    """Ideas that came in the period."""
    url: str
    sides: TwoSides | None = None
    """What ministries say is done and what people who took part say of it; None while nothing is done."""
    pledges: PledgeLine | None = None
    """None where nobody pledged."""

    @property
    def agree(self) -> int:
        return sum(idea.agree for idea in self.ideas)

    @property
    def disagree(self) -> int:
        return sum(idea.disagree for idea in self.ideas)

    @property
    def pass_(self) -> int:
        return sum(idea.pass_ for idea in self.ideas)

    @property
    def support(self) -> Interval | None:
        return support_of(self.agree, self.agree + self.disagree + self.pass_)

    @property
    def paper_votes(self) -> PaperVotes:
        return paper_sum(self.ideas)

    @property
    def from_rooms(self) -> tuple[IdeaLine, ...]:
        """Its ideas that were born in gatherings."""
        return tuple(idea for idea in self.ideas if idea.room)

    @property
    def best_ground(self) -> IdeaLine | None:
        """Its idea with the highest common ground."""
        found = [idea for idea in self.ideas if idea.ground]
        return max(found, key=lambda idea: (idea.ground.common.value if idea.ground else 0, -idea.id), default=None)

    @property
    def latest(self) -> ReferralLine | None:
        return self.referrals[-1] if self.referrals else None


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
class Crossing:
    """Number of ideas of a sector from a region; None if they come from too few people to be shown."""

    sector: str
    region: str
    ideas: int | None


@dataclass(frozen=True)
class GroupLine:
    """An opinion group. Places are 0..1 on the map; :param sentences: what sets it apart"""

    letter: str
    name: str
    size: int
    share: float
    x: float
    y: float
    spread_x: float
    spread_y: float
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class OpinionLine:
    """The opinion snapshot that the digest is made from.

    :param places: (x, y, letter, people) of the map, only those where at least five people of a group stand
    """

    number: int
    votes_cut_at: datetime
    n_people: int
    n_entering: int
    groups: tuple[GroupLine, ...]
    places: tuple[tuple[float, float, str, int], ...]
    url: str


@dataclass(frozen=True)
class SlateLine:
    """고른 대표안 of a closed shortlist. :param standing: what can be said of it, for readers"""

    number: int
    standing: str
    idea_ids: tuple[int, ...]
    n_people: int
    seen_all_share: float
    url: str


@dataclass(frozen=True)
class Headline:
    """The ideas that stand at the front. :param basis: SLATE, GROUND, SUPPORT or IMPORTED; :param why: in a sentence"""

    basis: str
    why: str
    idea_ids: tuple[int, ...]


@dataclass(frozen=True)
class Points:
    """Ideas over time: (first day, ideas) of as many days each."""

    days: int
    points: tuple[tuple[date, int], ...]


@dataclass(frozen=True)
class OnTimeLine:
    """Letters of a ministry in this campaign whose due date has come, or that are answered.

    :param on_time: answered by the due date; :param late: answered after it; :param overdue: not answered and late
    """

    ministry: str
    on_time: int
    late: int
    overdue: int
    waiting: int
    """Not answered, and not yet due."""


@dataclass(frozen=True)
class GatheringLine:
    """A gathering of the campaign that has begun.

    :param ideas: of the digest's run, born there
    :param present: people in the room as its facilitator counted them; None before its end, and where it is hidden
    """

    id: int
    title: str
    began_on: date
    ideas: int
    present: int | None
    is_in_period: bool
    """It ended in the period."""
    url: str


@dataclass(frozen=True)
class Gatherings:
    """The gatherings that a digest speaks of.

    :param lines: those in which its ideas were born, and in a campaign's digest those that ended in the period
    :param ended_ever: those that have ended: of the campaign, or with ideas of the digest; `ended`: in the period
    :param present: people in the rooms of these, as a sum: somebody who came twice counts twice. None if hidden
    :param is_rounded: `present` is rounded down to tens, since the number of one of the rooms is hidden
    """

    lines: tuple[GatheringLine, ...] = ()
    ended_ever: int = 0
    ended: int = 0
    present: int | None = None
    is_rounded: bool = False


@dataclass(frozen=True, slots=True)
class SideLine:
    """Votes in rooms and online on one idea (`deliberation.joint.sides` says which are which), side by side.

    :param words: how many of each side agree; :param said: whether they differ, and how sure that is
    """

    idea_id: int
    in_rooms: SideVotes
    online: SideVotes
    is_different: bool
    words: str
    said: str

    @property
    def difference(self) -> Interval:
        """By how much larger the share of agreement is in rooms, -1..1, with its 95 % interval."""
        value = self.in_rooms.agree / self.in_rooms.votes - self.online.agree / self.online.votes
        return Interval(value, *difference_interval(self.in_rooms, self.online))


@dataclass(frozen=True)
class SidesOfRooms:
    """The ideas with votes in rooms and online: those on which the sides differ first.

    :param n_left_out: ideas on which people in rooms voted, and of which both sides cannot be told
    """

    lines: tuple[SideLine, ...] = ()
    n_left_out: int = 0


@dataclass(frozen=True)
class OfficeLine:
    """What an office did with everyday ideas: its short answers in force, its pilots, and what it took over."""

    name: str
    answers: int
    fixed: int
    pilots_promised: int
    declined: int
    pilots_tried: int
    """Started: they run, or it is decided what follows. Those taken over too."""
    taken_over: int


@dataclass(frozen=True)
class Everyday:
    """What came of the ideas of an everyday campaign.

    :param waiting: checks under way, `late` among them; `sent`, `same` and `not_here` ended so, `in_time` by their day
    :param answers: (kind, answers in force); :param fixed: those that say that it is fixed
    :param kinds: ideas of the run by kind, those of few people hidden
    :param spread: pilots that other offices took over; `places`: these offices
    """

    waiting: int
    late: int
    sent: int
    same: int
    not_here: int
    in_time: int
    answers: tuple[tuple[str, int], ...]
    fixed: int
    offices: tuple[OfficeLine, ...]
    kinds: tuple[Cell, ...]
    pilots: tuple[PilotLine, ...]
    spread: int
    places: int

    @property
    def checked(self) -> int:
        return self.sent + self.same + self.not_here


@dataclass(frozen=True)
class Outcomes:
    """How many arguments became a dated commitment and how many a kept one, and what people say of the kept ones."""

    shares: OutcomeShares
    rated: KeptAsRated


@dataclass(frozen=True)
class DataUseLine:
    """What somebody found out with data. Its author is not named. :param effect: empty while nothing has changed

    :param written_as: for whom the author wrote, for readers; :param chart_rows: name and number, as words
    """

    id: int
    title: str
    finding: str
    effect: str
    about: str
    about_title: str
    about_url: str
    datasets: tuple[str, ...]
    chart_title: str
    chart_words: str
    chart_rows: tuple[tuple[str, str], ...]
    written_as: str
    published_on: date
    url: str


@dataclass(frozen=True)
class Change:
    """A count as the digest before stated it, and now. :param key: of `COUNT_NAMES`"""

    key: str
    before: int
    now: int


@dataclass(frozen=True)
class Changes:
    """What changed since the digest of the same kind before this one."""

    digest_id: int
    published_on: date
    counts: tuple[Change, ...]
    new_themes: tuple[int, ...]
    new_answers: tuple[str, ...]
    """Numbers of the letters."""
    url: str


@dataclass(frozen=True)
class DigestContent:
    """One report: one run, one data cut, one opinion snapshot. `ideas` are the run's ideas that are still open.

    `data_cut_at` is when votes, comments and answers were counted, in one transaction. `run_read_at`, earlier, is when
    the run read the ideas. `participants` is as last counted, at most a day before; None if too few took part.

    :param kind: name of a DigestKind; `ministry` and `theme_id` are set in the kinds that look at one
    """

    kind: str
    campaign: str
    campaign_url: str
    is_sample: bool
    ministry: str
    theme_id: int | None
    period: Period
    run_number: int
    data_cut_at: datetime
    run_read_at: datetime
    counts: dict[str, int]
    period_counts: dict[str, int]
    """What came within the period: ideas, votes, comments, answers."""
    ideas: tuple[IdeaLine, ...]
    themes: tuple[ThemeChapter, ...]
    clusters: tuple[ClusterLine, ...]
    unthemed: tuple[Unthemed, ...]
    sectors: tuple[Cell, ...]
    regions: tuple[Cell, ...]
    crossings: tuple[Crossing, ...]
    over_time: Points
    opinion: OpinionLine | None
    slate: SlateLine | None
    headline: Headline
    dividing: tuple[Dividing, ...]
    on_time: tuple[OnTimeLine, ...]
    changes: Changes | None
    participants: Representation | None
    parameters: dict[str, Any]
    versions: dict[str, Any]
    method_url: str
    gatherings: Gatherings = Gatherings()
    sides: SidesOfRooms = SidesOfRooms()
    everyday: Everyday | None = None
    """None in other campaigns, in digests that do not hold the whole campaign, and before the first check."""
    outcomes: Outcomes | None = None
    """None in digests that do not hold the whole campaign, and before the first answer."""
    data_uses: tuple[DataUseLine, ...] = ()
    """The newest first."""

    @property
    def overdue(self) -> tuple[ReferralLine, ...]:
        """Letters without an answer whose due date has passed, the latest first."""
        letters = [letter for theme in self.themes for letter in theme.referrals if letter.days_late]
        return tuple(sorted(letters, key=lambda letter: (-letter.days_late, letter.number)))

    def idea(self, idea_id: int) -> IdeaLine:
        return self._by_id[idea_id]

    @cached_property
    def _by_id(self) -> dict[int, IdeaLine]:
        return {idea.id: idea for idea in (*self.ideas, *(one for theme in self.themes for one in theme.ideas))}

    def without_texts(self) -> DigestContent:
        """Return it with no bodies and no common ground of ideas, which are most of a large campaign's memory."""
        bare = {key: replace(idea, body="", ground=None) for key, idea in self._by_id.items()}
        themes = [replace(one, ideas=tuple(bare[idea.id] for idea in one.ideas)) for one in self.themes]
        return replace(self, ideas=tuple(bare[idea.id] for idea in self.ideas), themes=tuple(themes))

    def without_ideas(self) -> DigestContent:
        """Return what is stated of all of it."""
        return replace(self, ideas=(), themes=(), clusters=(), unthemed=())

    def as_dict(self) -> dict[str, Any]:
        return {"schema_version": SCHEMA_VERSION} | asdict(self)


def paper_sum(ideas: Iterable[IdeaLine]) -> PaperVotes:
    """Return the marks on vote sheets for all of these ideas."""
    found = [idea.paper for idea in ideas if idea.paper]
    return PaperVotes(
        sum(one.agree for one in found), sum(one.disagree for one in found), sum(one.pass_ for one in found)
    )


Z_90 = 1.6448536269514722
FEWEST_VOTES = 5  # fewer say nothing about a share; templates/components/support_bar.html has the same


def support_of(agree: int, votes: int) -> Interval | None:
    """Return the share of agreement among all votes, passes too, as the site shows it, with its 90 % interval.

    None where so few voted that the site shows no share either. The interval is Wilson's (1927, "Probable inference,
    the law of succession, and statistical inference"). A person's votes on several ideas of a theme are not
    independent: a theme's interval is therefore too narrow, and the page of method says so.
    """
    if votes < FEWEST_VOTES:
        return None
    share, zz = agree / votes, Z_90**2
    middle = (share + zz / (2 * votes)) / (1 + zz / votes)
    half = Z_90 / (1 + zz / votes) * sqrt(share * (1 - share) / votes + zz / (4 * votes * votes))
    return Interval(share, max(middle - half, 0.0), min(middle + half, 1.0))


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
    "gatherings": _("끝난 모임"),
    "room_ideas": _("모임에서 나온 제안"),
    "paper_votes": _("종이로 받은 표"),
}
LATER_COUNTS = frozenset({"gatherings", "room_ideas", "paper_votes"})
"""Counts that came after the first digests of this schema version: programs must not rely on them."""


def hide_small(counts: dict[str, tuple[int, int]]) -> tuple[Cell, ...]:
    """Return cells from {name: (ideas, people)}; those that would tell of few people hidden (`core.disclosure`)."""
    hidden = hidden_cells({name: people for name, (_ideas, people) in counts.items()})
    return tuple(Cell(name, None if name in hidden else ideas) for name, (ideas, _people) in counts.items())


@dataclass(frozen=True)
class Present:
    """People in rooms. :param of_rooms: by gathering id, None where it is hidden; :param together: None if that is"""

    of_rooms: Mapping[int, int | None]
    together: int | None
    is_rounded: bool


def present_cells(present: Mapping[int, int]) -> Present:
    """Return how many people may be told of: rooms of fewer than five are hidden, and others as `hidden_cells` says.

    The digests of other weeks state other sums of the same rooms. So where one is hidden, the sum is rounded down to
    tens, and there is none if all are.

    :param present: gathering id -> people
    """
    hidden = hidden_cells(present)
    cells = {key: None if key in hidden else n for key, n in present.items()}
    if len(hidden) == len(present):
        return Present(cells, None, is_rounded=False)
    together = sum(present.values())
    return Present(cells, rounded_total(together) if hidden else together, is_rounded=bool(hidden))
