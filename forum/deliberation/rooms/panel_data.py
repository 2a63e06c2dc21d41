"""What a gathering's pages show of its room (`gatherings.panels`)."""

from __future__ import annotations

from dataclasses import dataclass

from forum.core.access import Actor
from forum.core.disclosure import MIN_PEOPLE_PER_CELL
from forum.deliberation.gatherings.models import Gathering, GatheringState
from forum.deliberation.gatherings.pausing import why_paused
from forum.deliberation.gatherings.permissions import can_run_day
from forum.deliberation.rooms.locking import why_not_open
from forum.deliberation.rooms.results import RoomPeople, TableIdea, Verdict, in_words_first, people_of, table_of
from forum.deliberation.rooms.running import EARLIEST
from forum.deliberation.rooms.tallies import WithAndWithout, count_voters, votes_without


@dataclass(frozen=True)
class RoomPanel:
    """A room on the gathering's public page.

    n_people : checked in
    fewest : votes on an idea that are shown
    table, verdicts, without : empty while it runs: what a room thinks is told when it has finished
    """

    n_people: int
    n_voted: int | None
    n_ideas: int
    table: list[TableIdea]
    verdicts: dict[Verdict, list[TableIdea]]
    without: dict[int, WithAndWithout]
    fewest: int = MIN_PEOPLE_PER_CELL

    @property
    def agreed(self) -> list[TableIdea]:
        return self.verdicts[Verdict.AGREED]

    @property
    def divided(self) -> list[TableIdea]:
        return self.verdicts[Verdict.DIVIDED]


@dataclass(frozen=True)
class RoomDesk:
    """A room on the page of those who run it.

    may_manage : starts and finishes
    closed : why it cannot be started or used now, as a sentence; empty if it can
    """

    people: RoomPeople
    n_ideas: int
    may_manage: bool
    closed: str
    minutes_before: int


def room_panel(gathering: Gathering, _actor: Actor) -> RoomPanel | None:
    """Return the public panel of a room that is or was open."""
    if gathering.state not in {GatheringState.RUNNING, GatheringState.FINISHED}:
        return None
    is_over = gathering.state is GatheringState.FINISHED
    table, n_people = table_of(gathering), people_of(gathering.id).n_admitted
    return RoomPanel(
        n_people=n_people,
        n_voted=count_voters(gathering),
        n_ideas=sum(idea.is_shown for idea in table),
        table=[idea for idea in table if idea.is_shown] if is_over else [],
        verdicts=in_words_first(table if is_over else [], n_people),
        without=votes_without(gathering) if is_over else {},
    )


def room_desk(gathering: Gathering, actor: Actor) -> RoomDesk | None:
    """Return the panel by which a room is run; None once nothing can be done there."""
    if gathering.state in {GatheringState.DRAFT, GatheringState.CANCELLED}:
        return None
    return RoomDesk(
        people=people_of(gathering.id),
        n_ideas=len(table_of(gathering)),
        may_manage=can_run_day(actor, gathering),
        closed=why_paused() if gathering.state is GatheringState.PLANNED else why_not_open(gathering),
        minutes_before=int(EARLIEST.total_seconds() // 60),
    )
