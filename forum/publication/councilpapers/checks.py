"""Figures of papers are counted again from the rows, by other queries, before they are published."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.hearings.models import Hearing, HearingState, SignedOpinion
from forum.deliberation.meetings.models import AgendaItem, CouncilMeeting, Motion
from forum.deliberation.rounds.models import (
    ConflictStatement,
    CouncilRound,
    CouncilTask,
    RoundStage,
    RoundState,
    StageState,
    TaskIdea,
)
from forum.deliberation.scorecards.models import StageResult, TaskResult
from forum.publication.councilpapers.content import PaperContent
from forum.voice.ideas.models import SHOWN_STATES, Idea


def recount_problems(content: PaperContent) -> Iterator[str]:
    """Yield what differs from a recount. Call it in the transaction in which the content was collected."""
    for name, query in _sums(content.meeting_id).items():
        n = db.session.scalar(query) or 0
        if content.counts[name] != n:
            yield _("회의 자료의 수(%(name)s)를 다시 세니 %(n)s예요.", name=name, n=n)
    told = {line.idea_id for task in content.tasks for line in task.words}
    shown = set(db.session.scalars(sa.select(Idea.id).where(Idea.id.in_(told), Idea.state.in_(SHOWN_STATES))))
    for idea_id in sorted(told - shown):
        yield _("제안 #%(id)s번은 지금 공개되어 있지 않아요.", id=idea_id)


def _sums(meeting_id: int) -> dict[str, sa.Select[int]]:
    """Return a query for each figure, on the agenda's tasks of public rounds."""
    is_public = CouncilTask.round_id.in_(sa.select(CouncilRound.id).where(CouncilRound.state != RoundState.PLANNED))
    on_agenda = sa.select(AgendaItem.task_id).where(AgendaItem.meeting_id == meeting_id)
    tasks = sa.select(CouncilTask.id).where(CouncilTask.id.in_(on_agenda), is_public)
    items = sa.select(AgendaItem.id).where(AgendaItem.meeting_id == meeting_id)
    n = sa.func.count()
    is_told = sa.and_(SignedOpinion.sent_at.is_not(None), ~SignedOpinion.is_hidden)
    return {
        "items": sa.select(n).select_from(AgendaItem).where(AgendaItem.meeting_id == meeting_id),
        "tasks": sa.select(n).select_from(CouncilTask).where(CouncilTask.id.in_(tasks)),
        "ideas": sa.select(n).select_from(TaskIdea).where(TaskIdea.task_id.in_(tasks)),
        "conflicts": sa.select(n).select_from(ConflictStatement).where(ConflictStatement.task_id.in_(tasks)),
        "hearings": sa.select(n)
        .select_from(Hearing)
        .where(Hearing.task_id.in_(tasks), Hearing.state != HearingState.CANCELLED),
        "opinions": sa.select(n).select_from(SignedOpinion).where(SignedOpinion.task_id.in_(tasks), is_told),
        "motions": sa.select(n).select_from(Motion).where(Motion.item_id.in_(items)),
        "scores": _scores(meeting_id),
    }


def _scores(meeting_id: int) -> sa.Select[int]:
    """Count the lines of the newest result of each closed stage of the meeting's round."""
    newest = sa.select(sa.func.max(StageResult.id)).group_by(StageResult.stage_id)
    return (
        sa.select(sa.func.count())
        .select_from(TaskResult)
        .join(StageResult, StageResult.id == TaskResult.result_id)
        .join(RoundStage, RoundStage.id == StageResult.stage_id)
        .join(CouncilRound, CouncilRound.id == RoundStage.round_id)
        .join(CouncilMeeting, CouncilMeeting.round_id == CouncilRound.id)
        .where(
            CouncilMeeting.id == meeting_id,
            CouncilRound.state != RoundState.PLANNED,
            RoundStage.state.in_({StageState.CLOSED, StageState.DECIDED}),
            StageResult.id.in_(newest),
        )
    )
