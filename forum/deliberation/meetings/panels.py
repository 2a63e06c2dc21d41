"""What the pages of a round and of a task show about meetings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forum.core.access import Actor
from forum.deliberation.council.models import CouncilTerm
from forum.deliberation.council.pages import register_term_panel
from forum.deliberation.council.permissions import can_run_council
from forum.deliberation.meetings.models import CouncilMeeting, MeetingState, Motion
from forum.deliberation.meetings.queries import meetings_of_round, meetings_of_term, motions_on
from forum.deliberation.rounds.models import CouncilRound, CouncilTask
from forum.deliberation.rounds.panels import PanelPlace
from forum.web.panels import Panel, register_panel

ORDER = 40
MOST_OF_TERM = 5


@dataclass(frozen=True)
class RoundMeetings:
    """The meetings of a round; `may_run`: the page offers to plan one."""

    meetings: Sequence[CouncilMeeting]
    may_run: bool
    term_number: int
    round_id: int


@dataclass(frozen=True)
class TermMeetings:
    """The newest meetings of a term."""

    meetings: Sequence[CouncilMeeting]
    number: int


def register_panels() -> None:
    """Show meetings on the pages of their term and round, and the closed motions on a task's."""
    register_term_panel(ORDER, "meetings/_panel_term.html", _of_term)
    register_panel(Panel(PanelPlace.ROUND, ORDER, "meetings/_panel_round.html", _of_round))
    register_panel(Panel(PanelPlace.DESK, ORDER, "meetings/_panel_round.html", _for_desk))
    register_panel(Panel(PanelPlace.MEMBER, ORDER, "meetings/_panel_round.html", _for_member))
    register_panel(Panel(PanelPlace.TASK, ORDER, "meetings/_panel_task.html", _of_task))


def _of_term(term: CouncilTerm, actor: Actor) -> TermMeetings | None:
    meetings = meetings_of_term(term.id)[:MOST_OF_TERM]
    return TermMeetings(meetings, term.number) if meetings or can_run_council(actor) else None


def _of_round(round_: CouncilRound, _actor: Actor) -> RoundMeetings | None:
    meetings = meetings_of_round(round_.id)
    return RoundMeetings(meetings, False, round_.term.number, round_.id) if meetings else None


def _for_desk(round_: CouncilRound, actor: Actor) -> RoundMeetings:
    return RoundMeetings(meetings_of_round(round_.id), can_run_council(actor), round_.term.number, round_.id)


def _for_member(round_: CouncilRound, _actor: Actor) -> RoundMeetings | None:
    states = {MeetingState.PLANNED, MeetingState.OPEN}
    ahead = [one for one in meetings_of_round(round_.id) if one.state in states]
    return RoundMeetings(ahead, False, round_.term.number, round_.id) if ahead else None


def _of_task(task: CouncilTask, _actor: Actor) -> Sequence[Motion] | None:
    return motions_on(task.id) or None
