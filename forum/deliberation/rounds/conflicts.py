"""Declare a conflict of interest. It is public, and stays."""

from __future__ import annotations

from forum.core.access import Actor, require
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.text import clean_text, refuse_resident_numbers
from forum.deliberation.council.queries import membership_of, seat_of
from forum.deliberation.rounds.facts import CONFLICTS
from forum.deliberation.rounds.hooks import run_after_conflict
from forum.deliberation.rounds.locking import lock_round
from forum.deliberation.rounds.models import (
    ConflictStatement,
    CouncilTask,
    RoundState,
    StageState,
    TaskState,
)
from forum.deliberation.rounds.permissions import NOT_IN_COUNCIL, can_declare_conflict
from forum.deliberation.rounds.queries import Member, conflicts_of
from forum.system.audit.services import record, text_hash

MAX_STATEMENT_CHARS = 500


def declare_conflict(task: CouncilTask, actor: Actor, text: str) -> ConflictStatement:
    """Say publicly what ties the actor to a task, as a member or as somebody of a team. The caller commits.

    From then on they neither score it nor vote on it. A statement after scoring began is late: their scores are taken
    out, and the results computed anew.

    :return: the new statement, flushed; of somebody with a seat and a membership the seat's
    :raise Forbidden: no seat and no membership in this term
    :raise WrongState: the round is finished, the task has left it, or a statement is there
    :raise InvalidInput: no text, too long, or a resident registration number
    """
    require(can_declare_conflict(_memberships(task, actor)), str(NOT_IN_COUNCIL))
    text = clean_text(text, "text", _("이해관계"), max_chars=MAX_STATEMENT_CHARS)
    refuse_resident_numbers(text, "text")
    lock_round(task.round)
    members = _memberships(task, actor)
    require(can_declare_conflict(members), str(NOT_IN_COUNCIL))
    db.session.refresh(task)
    if task.round.state is RoundState.FINISHED or task.state not in {TaskState.IN_ROUND, TaskState.LEFT_OUT}:
        raise WrongState(_("이 과제는 심의가 끝났어요."))
    declared = [(one.seat_id, one.team_member_id) for one in conflicts_of(task.id)]
    new = [one for one in members if tuple(one.columns().values()) not in declared]
    if not new:
        raise WrongState(_("이 과제에는 벌써 이해관계를 신고했어요."))
    is_late = any(stage.kind.is_scored and stage.state is not StageState.PLANNED for stage in task.round.stages)
    statements = [ConflictStatement(task_id=task.id, text=text, is_late=is_late, **one.columns()) for one in new]
    for statement in statements:
        statement.task = task
        db.session.add(statement)
    stage = task.round.present_stage
    if stage is not None and stage.state is StageState.CLOSED:  # the order changes: a page that decides is out of date
        task.round.revision += 1
    db.session.flush()
    for statement in statements:
        run_after_conflict(statement, actor)
    after = {"number": task.number, "is_late": is_late, "text": text_hash(text)}
    facts = CONFLICTS.of([statement.id for statement in statements])
    record(actor, "rounds.declare_conflict", task, after=after, facts=facts)
    return statements[0]


def _memberships(task: CouncilTask, actor: Actor) -> tuple[Member, ...]:
    """Return as what the actor is in the council: by a seat, by a membership of a team, or both."""
    seat, joined = seat_of(actor, task.round.term_id), membership_of(actor, task.round.term_id)
    found = (Member(seat=seat) if seat else None, Member(team_member=joined) if joined else None)
    return tuple(one for one in found if one is not None)
