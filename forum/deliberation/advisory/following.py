"""What the lists do when a round or a shortlist moves on: registered as hooks in `setup.py`. Nothing commits."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from forum.analysis.shortlists.models import Shortlist, Slate
from forum.analysis.shortlists.services import take_idea_off
from forum.core.access import SYSTEM, Actor
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.advisory.departures import compare
from forum.deliberation.advisory.mails import notify_to_rate
from forum.deliberation.advisory.models import AdvisoryBallot, AdvisorySide, AdvisorySlate, FinalistRating
from forum.deliberation.advisory.queries import ballot_of, ballot_on, slate_of, slates_of, tasks_by_idea
from forum.deliberation.advisory.services import close_ballot, publish, request_slate
from forum.deliberation.rounds.models import (
    ConflictStatement,
    CouncilRound,
    CouncilTask,
    RoundStage,
    StageKind,
    TaskState,
)
from forum.deliberation.rounds.queries import tasks_of


def ask_members(stage: RoundStage, _actor: Actor) -> None:
    """Tell the members, as the assembly stage opens, that they can rate the finalists."""
    if stage.kind is StageKind.ASSEMBLY:
        notify_to_rate(stage.round)


def calculate(stage: RoundStage, actor: Actor) -> None:
    """Ask for the members' list once the assembly stage is closed, and end the citizens' ballot with it."""
    if stage.kind is StageKind.ASSEMBLY:
        request_slate(stage.round, actor)
        close_ballot(stage.round)


def take_task_off(task: CouncilTask, _actor: Actor) -> None:
    """Take a task that left the round off the citizens' ballot."""
    ballot = ballot_of(task.round_id)
    if ballot is None:
        return
    for idea_id, task_id in tasks_by_idea(task.round_id).items():
        if task_id == task.id:
            take_idea_off(ballot.shortlist, SYSTEM, idea_id)


def take_rating_out(statement: ConflictStatement, _actor: Actor) -> None:
    """Take out a member's rating of a task with which they declare a conflict; from a published list none can go."""
    if statement.seat_id is None:
        return
    task = db.session.get_one(CouncilTask, statement.task_id)
    if slate_of(task.round_id, AdvisorySide.MEMBERS) is not None:
        return
    own = sa.and_(FinalistRating.task_id == task.id, FinalistRating.seat_id == statement.seat_id)
    db.session.execute(sa.delete(FinalistRating).where(own).execution_options(synchronize_session=False))


def require_reasons(stage: RoundStage, chosen: Collection[int], _actor: Actor) -> None:
    """Refuse a result before both lists are there, and while a departure or a finalist left out has no reason.

    :raise WrongState: naming what is missing
    """
    if stage.kind is not StageKind.ASSEMBLY:
        return
    published = slates_of(stage.round_id)
    if AdvisorySide.MEMBERS not in published:
        raise WrongState(_("위원의 표로 계산한 목록이 아직 나오지 않았어요. 목록이 나온 뒤에 결과를 적어요."))
    if AdvisorySide.CITIZENS not in published and ballot_of(stage.round_id) is not None:
        raise WrongState(_("시민의 표로 계산한 목록이 아직 나오지 않았어요. 목록이 나온 뒤에 결과를 적어요."))
    tasks = tasks_of(stage.round_id, TaskState.IN_ROUND)
    missing = [one for one in compare(stage.round, tasks, chosen) if one.needs_reason and one.reason is None]
    if missing:
        named = ", ".join(_("과제 %(n)s번", n=one.task.number) for one in missing)
        raise WrongState(_("고르지 않거나 계산한 목록과 다르게 고른 까닭을 먼저 적어 주세요: %(tasks)s", tasks=named))


def publish_citizens_slate(slate: Slate) -> None:
    """Publish what citizens' votes give, as the shortlist's slate is published."""
    ballot = ballot_on(slate.shortlist_id)
    if ballot is None:
        return
    stands_for = tasks_by_idea(ballot.round_id)
    chosen = [item["idea"] for item in (slate.proof or {"items": ()})["items"]]
    made = AdvisorySlate(
        round_id=ballot.round_id,
        side=AdvisorySide.CITIZENS,
        job_id=slate.job_id,
        n_people=slate.n_people,
        standing=slate.standing,
        tasks=[stands_for[idea_id] for idea_id in chosen],
        proof=slate.proof,
    )
    publish(made, db.session.get_one(CouncilRound, ballot.round_id))


def keep_finalists(shortlist: Shortlist, _actor: Actor) -> None:
    """Refuse that a round's ballot is changed by hand: it holds the finalists, whoever would rather have others.

    :raise WrongState:
    """
    is_ballot = sa.exists().where(AdvisoryBallot.shortlist_id == shortlist.id)
    if db.session.scalar(sa.select(is_ballot)):
        raise WrongState(_("대표과제 선정의 후보 투표예요. 최종 과제가 그대로 올라 있어 손으로 고치지 않아요."))
