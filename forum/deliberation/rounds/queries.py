from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from forum.analysis.themes.models import Theme
from forum.core.access import Actor
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.council.models import Seat, TeamMember
from forum.deliberation.council.queries import delegates_of, group_seats, membership_of, seat_of, team_members
from forum.deliberation.rounds.models import (
    ConflictStatement,
    CouncilRound,
    CouncilTask,
    RoundStage,
    StageDecision,
    StageKind,
    TaskIdea,
    TaskState,
)
from forum.people.accounts.models import Participant
from forum.people.follows.queries import followers_of
from forum.voice.ideas.models import Idea


def get_round(round_id: int) -> CouncilRound:
    """:raise NotFound:"""
    found = db.session.get(CouncilRound, round_id)
    if found is None:
        raise NotFound(_("그런 대표과제 선정이 없어요."))
    return found


def get_task(task_id: int) -> CouncilTask:
    """:raise NotFound:"""
    found = db.session.get(CouncilTask, task_id)
    if found is None:
        raise NotFound(_("그런 과제가 없어요."))
    return found


def rounds_of(term_id: int) -> Sequence[CouncilRound]:
    """Return the rounds of a term, the newest first."""
    query = sa.select(CouncilRound).where(CouncilRound.term_id == term_id).order_by(CouncilRound.number.desc())
    return db.session.scalars(query).all()


def tasks_of(round_id: int, *states: TaskState) -> Sequence[CouncilTask]:
    """Return the tasks of a round in these states, or in any, by number."""
    query = sa.select(CouncilTask).where(CouncilTask.round_id == round_id)
    if states:
        query = query.where(CouncilTask.state.in_(states))
    return db.session.scalars(query.order_by(CouncilTask.number)).all()


def decisions_of(stage_id: int) -> dict[int, StageDecision]:
    """Return what a stage decided, by task; empty before."""
    query = sa.select(StageDecision).where(StageDecision.stage_id == stage_id).order_by(StageDecision.task_id)
    return {one.task_id: one for one in db.session.scalars(query)}


def ideas_of(task: CouncilTask) -> Sequence[Idea]:
    """Return the ideas that a task comes from, whatever their state, by number."""
    own = sa.select(TaskIdea.idea_id).where(TaskIdea.task_id == task.id)
    return db.session.scalars(sa.select(Idea).where(Idea.id.in_(own)).order_by(Idea.id)).all()


def conflicts_of(task_id: int) -> Sequence[ConflictStatement]:
    """Return the statements on a task itself, in the order in which they were made."""
    query = sa.select(ConflictStatement).where(ConflictStatement.task_id == task_id).order_by(ConflictStatement.id)
    return db.session.scalars(query).all()


@dataclass(frozen=True)
class Member:
    """Somebody of the council at work: exactly one of a seat and a membership of a team."""

    seat: Seat | None = None
    team_member: TeamMember | None = None

    @property
    def account_id(self) -> int | None:
        return self.seat.account_id if self.seat else self.team_member.account_id if self.team_member else None

    def columns(self) -> dict[str, int | None]:
        """Return the values of `seat_id` and `team_member_id`."""
        seat_id = self.seat.id if self.seat else None
        return {"seat_id": seat_id, "team_member_id": self.team_member.id if self.team_member else None}


def member_at(actor: Actor, stage: RoundStage) -> Member | None:
    """Return as whom the actor takes part in a stage, whatever the task; None if they do not."""
    term_id = stage.round.term_id
    if stage.kind is StageKind.PEOPLE_TEAM:
        joined = membership_of(actor, term_id)
        return Member(team_member=joined) if joined else None
    seat = seat_of(actor, term_id)
    return Member(seat=seat) if seat else None


def scorers_of(stage: RoundStage, task: CouncilTask) -> list[Member]:
    """Return who may score a task at a stage: of its sub-committee, of the teams, or of the delegates.

    Those with a tie to the task, and its own proposer, are still among them; `has_tie` says who they are.
    """
    return scorers_of_tasks(stage, [task])[task.id]


def scorers_of_tasks(stage: RoundStage, tasks: Collection[CouncilTask]) -> dict[int, list[Member]]:
    """Return who may score each of these tasks, as `scorers_of`, with as few statements as there are groups."""
    term_id = stage.round.term_id
    if stage.kind is StageKind.PEOPLE_TEAM:
        people = [Member(team_member=one) for one in team_members(term_id)]
        return {task.id: people for task in tasks}
    delegates = delegates_of(term_id) if stage.kind is StageKind.DELEGATES else None
    is_shared = stage.kind is StageKind.DELEGATES
    groups = {task.id: (delegates.id if delegates else None) if is_shared else task.subcommittee_id for task in tasks}
    ids = sorted({one for one in groups.values() if one is not None})
    seats = {group_id: [Member(seat=seat) for seat in group_seats(group_id)] for group_id in ids}
    return {task_id: seats[group_id] if group_id is not None else [] for task_id, group_id in groups.items()}


@dataclass(frozen=True)
class Ties:
    """Who has a tie to which tasks: pairs of a task's id with that of a seat, a membership or an account."""

    seats: frozenset[tuple[int, int]]
    team_members: frozenset[tuple[int, int]]
    accounts: frozenset[tuple[int, int]]

    def has(self, task: CouncilTask, member: Member) -> bool:
        if member.seat is not None and (task.id, member.seat.id) in self.seats:
            return True
        if member.team_member is not None and (task.id, member.team_member.id) in self.team_members:
            return True
        return member.account_id is not None and (task.id, member.account_id) in self.accounts


def ties_of(tasks: Collection[CouncilTask]) -> Ties:
    """Return who neither scores nor votes on these tasks: it is their own proposal, one of its ideas is theirs, or they
    declared a conflict. A tie to a task goes along when it is merged into another. Four statements, however many tasks.
    """
    family = merged_into(tasks)
    ids = sorted(family)
    seats: set[tuple[int, int]] = set()
    team_members: set[tuple[int, int]] = set()
    accounts: set[tuple[int, int]] = set()
    own = sa.select(CouncilTask.id, CouncilTask.proposer_seat_id)
    for task_id, seat_id in db.session.execute(own.where(CouncilTask.id.in_(ids))):
        if seat_id is not None:
            seats |= {(target, seat_id) for target in family[task_id]}
    declared = sa.select(ConflictStatement.task_id, ConflictStatement.seat_id, ConflictStatement.team_member_id)
    for task_id, seat_id, member_id in db.session.execute(declared.where(ConflictStatement.task_id.in_(ids))):
        if seat_id is not None:
            seats |= {(target, seat_id) for target in family[task_id]}
        if member_id is not None:
            team_members |= {(target, member_id) for target in family[task_id]}
    authors = (
        sa.select(TaskIdea.task_id, Participant.account_id)
        .join(Idea, Idea.id == TaskIdea.idea_id)
        .join(Participant, Participant.id == Idea.author_id)
        .where(TaskIdea.task_id.in_(ids), Participant.account_id.is_not(None))
    )
    for task_id, account_id in db.session.execute(authors):
        accounts |= {(target, account_id or 0) for target in family[task_id]}
    return Ties(frozenset(seats), frozenset(team_members), frozenset(accounts))


def merged_into(tasks: Collection[CouncilTask]) -> dict[int, set[int]]:
    """Return {task id: which of these tasks it is, or was merged into, over however many steps}."""
    family: dict[int, set[int]] = {task.id: {task.id} for task in tasks}
    rounds = {task.round_id for task in tasks}
    query = sa.select(CouncilTask.id, CouncilTask.merged_into_id).where(
        CouncilTask.round_id.in_(sorted(rounds)), CouncilTask.merged_into_id.is_not(None)
    )
    targets: dict[int, int] = {task_id: target for task_id, target in db.session.execute(query) if target is not None}
    for task_id in targets:
        target: int | None = task_id
        while (target := targets.get(target or 0)) is not None:
            if target in family:
                family.setdefault(task_id, set()).add(target)
    return family


def has_tie(task: CouncilTask, member: Member) -> bool:
    """Return whether a member neither scores nor votes on a task. For many tasks or members take `ties_of`."""
    return ties_of([task]).has(task, member)


def proposer_accounts(task_id: int) -> set[int]:
    """Return the accounts that wrote ideas of a task: those who are told at each step."""
    query = (
        sa.select(Participant.account_id)
        .join(Idea, Idea.author_id == Participant.id)
        .join(TaskIdea, TaskIdea.idea_id == Idea.id)
        .where(TaskIdea.task_id == task_id, Participant.account_id.is_not(None))
        .distinct()
    )
    return {one for one in db.session.scalars(query) if one is not None}


def followers_of_task(task: CouncilTask) -> list[int]:
    """Return the accounts that follow one of a task's ideas, or its theme."""
    about: dict[str, list[int]] = {Idea.__tablename__: [one.idea_id for one in task.ideas]}
    if task.theme_id is not None:
        about[Theme.__tablename__] = [task.theme_id]
    return followers_of(about)
