from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import joinedload

from forum.core.extensions import db
from forum.core.i18n import _l
from forum.deliberation.rounds.models import CouncilRound, CouncilTask
from forum.system.finding.few_rows import rank_rows
from forum.system.finding.registry import Found, SearchKind
from forum.system.finding.search import Hit, SearchWords


class TaskSearch(SearchKind):
    """Finds tasks of the council by their words. There are some hundred at most, so no index."""

    code = "council_tasks"
    label = _l("협의회 과제")

    def rank(self, words: SearchWords, campaign_id: int | None) -> list[Hit]:
        query = sa.select(
            CouncilTask.id.label("id"), CouncilTask.title.label("title"), CouncilTask.summary.label("text")
        )
        if campaign_id is not None:
            of_campaign = sa.select(CouncilRound.id).where(CouncilRound.campaign_id == campaign_id)
            query = query.where(CouncilTask.round_id.in_(of_campaign))
        return rank_rows(words, query)

    def show(self, ids: Sequence[int]) -> list[Found]:
        query = sa.select(CouncilTask).where(CouncilTask.id.in_(ids))
        query = query.options(joinedload(CouncilTask.round).joinedload(CouncilRound.campaign))
        found = {task.id: task for task in db.session.scalars(query)}
        return [_found(found[task_id]) for task_id in ids if task_id in found]


def _found(task: CouncilTask) -> Found:
    path = url_for("rounds.task", task_id=task.id)
    return Found(task.title, task.summary, path, task.round.campaign, task.added_at, str(task.state.label))
