from __future__ import annotations

from collections.abc import Sequence
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


def tasks_with_idea(idea_id: int) -> Sequence[CouncilTask]:
    """Return the tasks that come from an idea, the newest first."""
    query = (
        sa.select(CouncilTask)
        .join(TaskIdea, TaskIdea.task_id == CouncilTask.id)
        .where(TaskIdea.idea_id == idea_id)
        .order_by(CouncilTask.id.desc())
    )
    return db.session.scalars(query).all()


def conflicts_of(task_id: int) -> Sequence[ConflictStatement]:
    """Return the statements on a task, in the order in which they were made."""
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
    term_id = stage.round.term_id
    if stage.kind is StageKind.PEOPLE_TEAM:
        return [Member(team_member=one) for one in team_members(term_id)]
    group_id = task.subcommittee_id
    if stage.kind is StageKind.DELEGATES:
        delegates = delegates_of(term_id)
        group_id = delegates.id if delegates else None
    return [Member(seat=seat) for seat in group_seats(group_id)] if group_id is not None else []


def has_tie(task: CouncilTask, member: Member) -> bool:
    """Return whether a member neither scores nor votes on a task: it is their own proposal, one of its ideas is
    theirs, or they declared a conflict.
    """
    if member.seat is not None and member.seat.id == task.proposer_seat_id:
        return True
    columns = member.columns()
    declared = sa.exists().where(
        ConflictStatement.task_id == task.id,
        # a column compared with None would be IS NULL, which every other member's statement fulfils
        *(getattr(ConflictStatement, name) == value for name, value in columns.items() if value is not None),
    )
    if db.session.scalar(sa.select(declared)):
        return True
    return member.account_id is not None and is_proposer(task, member.account_id)


def is_proposer(task: CouncilTask, account_id: int) -> bool:
    """Return whether one of the task's ideas is this account's."""
    return account_id in proposer_accounts(task.id)


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
