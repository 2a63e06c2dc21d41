"""What the pages of the calculated lists show: the council's own choice, the differences, then each side's list."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from flask import url_for

from forum.analysis.shortlists.models import Shortlist
from forum.analysis.shortlists.queries import n_on_shortlist
from forum.analysis.shortlists.results import Named, SlateResult, proof_result
from forum.core.access import Actor
from forum.core.extensions import db
from forum.deliberation.advisory.departures import TOLD, Finalist, compare
from forum.deliberation.advisory.models import AdvisoryBallot, AdvisorySide, AdvisorySlate
from forum.deliberation.advisory.permissions import can_open_ballot
from forum.deliberation.advisory.queries import (
    assembly_of,
    ballot_of,
    ballot_on,
    finalists,
    how_far,
    latest_slate_job,
    n_late_conflicts,
    n_raters,
    slates_of,
    tasks_by_idea,
)
from forum.deliberation.council.queries import seat_of
from forum.deliberation.rounds.models import CouncilRound, CouncilTask, StageState
from forum.deliberation.rounds.queries import decisions_of, tasks_of
from forum.system.jobs.models import Job


@dataclass(frozen=True)
class ListOfSide:
    """One side's list.

    :param result: None where too few people voted
    :param n_late: members who declared a conflict after it was published
    :param stood_for: title of each task on the citizens' ballot, by the number of its idea
    """

    slate: AdvisorySlate
    result: SlateResult | None
    n_late: int
    stood_for: Mapping[int, str]

    @property
    def is_told(self) -> bool:
        return self.slate.standing in TOLD


@dataclass(frozen=True)
class ListsPage:
    """The public page.

    :param chosen: what the council chose; None before it has
    :param shortlist: where citizens vote or voted; None without a ballot
    :param waits: the assembly stage is closed, and a list is still to come
    """

    round: CouncilRound
    finalists: Sequence[Finalist]
    chosen: Sequence[CouncilTask] | None
    lists: Mapping[AdvisorySide, ListOfSide]
    shortlist: Shortlist | None
    is_open: bool
    waits: bool
    n_not_asked: int


def lists_page(round_: CouncilRound) -> ListsPage:
    tasks, stage = finalists(round_), assembly_of(round_)
    chosen = chosen_tasks(round_, tasks)
    ballot, slates = ballot_of(round_.id), slates_of(round_.id)
    stood_for = tasks_by_idea(round_.id) if ballot else {}
    return ListsPage(
        round=round_,
        finalists=compare(round_, tasks, None if chosen is None else {task.id for task in chosen}),
        chosen=chosen,
        lists=_lists(round_, slates, stood_for, n_on_shortlist(ballot.shortlist) if ballot else 0),
        shortlist=ballot.shortlist if ballot else None,
        is_open=stage.state is StageState.OPEN,
        waits=stage.state in {StageState.CLOSED, StageState.DECIDED} and is_list_due(slates, ballot),
        n_not_asked=len({task.id for task in tasks} - set(stood_for.values())) if ballot else 0,
    )


def is_list_due(slates: Collection[AdvisorySide], ballot: AdvisoryBallot | None) -> bool:
    """Is a list still to come, when the assembly stage is closed?"""
    return AdvisorySide.MEMBERS not in slates or (ballot is not None and AdvisorySide.CITIZENS not in slates)


def chosen_tasks(round_: CouncilRound, tasks: Sequence[CouncilTask]) -> list[CouncilTask] | None:
    """Return what the assembly chose, by number; None before it has."""
    stage = assembly_of(round_)
    if stage.state is not StageState.DECIDED:
        return None
    decided = decisions_of(stage.id)
    return [task for task in tasks if task.id in decided and decided[task.id].goes_on]


def _lists(
    round_: CouncilRound,
    slates: Mapping[AdvisorySide, AdvisorySlate],
    stood_for: Mapping[int, int],
    n_asked: int,
) -> dict[AdvisorySide, ListOfSide]:
    """Return the published lists, whose proofs name tasks by number, and ideas that stood for tasks."""
    if not slates:
        return {}
    tasks = tasks_of(round_.id)
    by_number = {task.number: Named(task.title, url_for("rounds.task", task_id=task.id)) for task in tasks}
    by_id = {task.id: by_number[task.number] for task in tasks}
    by_idea = {idea_id: by_id[task_id] for idea_id, task_id in stood_for.items()}
    lists = {}
    for side, slate in slates.items():
        names = by_number if side is AdvisorySide.MEMBERS else by_idea
        n_listed = n_asked if side is AdvisorySide.CITIZENS else 0
        lists[side] = ListOfSide(
            slate=slate,
            result=proof_result(slate.proof, names, n_listed) if slate.proof else None,
            n_late=n_late_conflicts(slate) if side is AdvisorySide.MEMBERS else 0,
            stood_for={idea_id: named.title for idea_id, named in by_idea.items()},
        )
    return lists


@dataclass(frozen=True)
class ForMember:
    """What a member has rated, in a panel."""

    n_rated: int
    n_all: int
    is_open: bool


def for_member(round_: CouncilRound, actor: Actor) -> ForMember | None:
    """Return how far the actor is with their ratings; None without a seat, or before there are finalists."""
    seat, tasks = seat_of(actor, round_.term_id), finalists(round_)
    if seat is None or not tasks:
        return None
    n_rated, n_all = how_far(seat, tasks)
    return ForMember(n_rated, n_all, assembly_of(round_).state is StageState.OPEN)


@dataclass(frozen=True)
class ForDesk:
    """What the secretariat runs, in a panel.

    :param job: the newest that was to make the members' list
    :param n_without_reason: finalists that will need a reason if they are left out and have none; all of them may
    """

    n_raters: int
    is_open: bool
    shortlist: Shortlist | None
    may_open_ballot: bool
    lists: Mapping[AdvisorySide, AdvisorySlate]
    is_closed: bool
    job: Job | None
    n_without_reason: int

    @property
    def may_start(self) -> bool:
        """Did the job end without a list?"""
        return self.is_closed and self.job is not None and AdvisorySide.MEMBERS not in self.lists


def for_desk(round_: CouncilRound, actor: Actor) -> ForDesk | None:
    """Return what stands on the desk; None before there are finalists."""
    tasks, stage = finalists(round_), assembly_of(round_)
    if not tasks:
        return None
    ballot = ballot_of(round_.id)
    compared = compare(round_, tasks, None) if stage.state is not StageState.OPEN else []
    return ForDesk(
        n_raters=n_raters(round_),
        is_open=stage.state is StageState.OPEN,
        shortlist=ballot.shortlist if ballot else None,
        may_open_ballot=can_open_ballot(actor) and ballot is None and stage.state is StageState.OPEN,
        lists=slates_of(round_.id),
        is_closed=stage.state is StageState.CLOSED,
        job=latest_slate_job(round_.id),
        n_without_reason=sum(one.reason is None for one in compared),
    )


def for_visitor(round_: CouncilRound, _actor: Actor) -> bool | None:
    """Return True where the page of lists has something to show."""
    return True if finalists(round_) else None


def round_of_ballot(shortlist: Shortlist) -> CouncilRound | None:
    """Return the round whose finalists a shortlist's ideas stand for; None for an ordinary shortlist."""
    ballot = ballot_on(shortlist.id)
    return db.session.get_one(CouncilRound, ballot.round_id) if ballot else None
