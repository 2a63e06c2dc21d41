"""What a report of the day holds. Pure: `collecting` makes it from the database, `composing` makes sentences of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from forum.deliberation.joint.wall_words import Findings
from forum.deliberation.rooms.results import Verdict
from forum.publication.digests.content import PaperVotes, Present


@dataclass(frozen=True)
class StepLine:
    """One stay at a step, as it ran: a step to which the host went back stands here twice.

    seconds : how long it lasted, `planned` in minutes
    """

    title: str
    kind: str
    began_at: datetime
    seconds: int
    planned: int


@dataclass(frozen=True)
class TableLine:
    """An idea on a room's table. `agree`, `disagree` and `passed` are None where fewer than five people voted.

    paper : marks on vote sheets that two people had counted alike by the data cut; None without, and of few sheets
    """

    idea_id: int
    number: int
    title: str
    is_born_here: bool
    verdict: Verdict
    agree: int | None
    disagree: int | None
    passed: int | None
    paper: PaperVotes | None

    @property
    def votes(self) -> int:
        return (self.agree or 0) + (self.disagree or 0) + (self.passed or 0)


@dataclass(frozen=True)
class RoomChapter:
    """:param place: its name or 온라인; :param table: what it agreed on first"""

    id: int
    title: str
    place: str
    is_online: bool
    url: str
    table: tuple[TableLine, ...]

    @property
    def born(self) -> list[TableLine]:
        return sorted((one for one in self.table if one.is_born_here), key=lambda one: one.number)

    def said(self, verdict: Verdict) -> list[TableLine]:
        return [one for one in self.table if one.verdict is verdict]


@dataclass(frozen=True)
class NearTheme:
    """An approved theme with the ideas of this day that are nearest to it, by their words."""

    title: str
    url: str
    idea_ids: tuple[int, ...]


@dataclass(frozen=True)
class DayContent:
    """One joint session as of one moment.

    people : by room, those present as the facilitators counted; small rooms are hidden
    counts : rooms, rooms_online, ideas, votes and paper, of all rooms
    near : largest first; `far` are ideas near no approved theme, `has_themes`: there is one to be near to
    idea_urls : of every idea on a table
    """

    session_id: int
    title: str
    campaign: str
    url: str
    is_sample: bool
    data_cut_at: datetime
    started_at: datetime
    finished_at: datetime
    steps: tuple[StepLine, ...]
    rooms: tuple[RoomChapter, ...]
    people: Present
    counts: dict[str, int]
    found: Findings
    near: tuple[NearTheme, ...] = ()
    far: tuple[int, ...] = ()
    has_themes: bool = False
    idea_urls: dict[int, str] = field(default_factory=dict)
