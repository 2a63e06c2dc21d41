"""A meeting under way with three civil and two government members present, the two joint chairs among them."""

from __future__ import annotations

from dataclasses import dataclass

from forum.core.access import Role
from forum.deliberation.council.models import CouncilTerm, Seat
from forum.deliberation.meetings.models import (
    AgendaItem,
    CouncilMeeting,
    MeetingState,
    Motion,
    MotionOption,
    MotionRule,
    TieRule,
)
from forum.deliberation.rounds.models import CouncilRound, CouncilTask, StageKind
from forum.people.accounts.models import Account, CouncilSeat


@dataclass
class Scene:
    term: CouncilTerm
    round: CouncilRound
    meeting: CouncilMeeting
    item: AgendaItem
    seats: list[Seat]
    secretary: Account

    @property
    def members(self) -> list[Account]:
        return [one.account for one in self.seats]


def meeting_under_way(make, n_present: int = 5, **values) -> Scene:
    """Civil and government members by turns, the first two the joint chairs; three of the five are a quorum."""
    term = make.term()
    civil, government = make.chairs(term)
    others = [make.seat(term), make.seat(term, kind=CouncilSeat.GOVERNMENT), make.seat(term)]
    seats = [civil, government, *others]
    round_ = make.council_round(term, present=StageKind.ASSEMBLY)
    meeting = make.meeting(term, round_id=round_.id, state=MeetingState.OPEN, **values)
    for seat in seats[:n_present]:
        make.attendance(meeting, seat)
    return Scene(term, round_, meeting, make.agenda_item(meeting), seats, make.account(Role.ANALYST))


def approval(make, scene: Scene, n: int = 3, places: int = 2, tie_rule: TieRule = TieRule.FAILS, **values) -> Motion:
    """An open approval motion on `n` new tasks."""
    motion = make.motion(scene.item, rule=MotionRule.APPROVAL, tie_rule=tie_rule, places=places, **values)
    for _ in range(n):
        make._add(MotionOption(motion_id=motion.id, task_id=make.task(scene.round, ideas=[], has_words=True).id))
    return motion


def offered(motion: Motion) -> list[CouncilTask]:
    return [one.task for one in motion.options]
