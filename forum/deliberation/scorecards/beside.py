"""What the people's votes say of a task's ideas, beside the members' scores: common ground, and the under-20s' view."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from forum.analysis.opinions.lens import AGE, UNDER_20
from forum.analysis.opinions.models import OpinionScore, OpinionSnapshot
from forum.core.disclosure import MIN_PEOPLE_PER_CELL
from forum.core.extensions import db
from forum.deliberation.rounds.models import CouncilRound, TaskIdea
from forum.voice.ideas.models import Idea, IdeaState


@dataclass(frozen=True)
class PeoplesView:
    """What votes say of the idea of a task on which most people voted.

    :param ground: common ground in per cent, with its 90 % interval `low` … `high`; None where nothing may be told
    :param young_votes: votes of people under 20 on the task's ideas, `young_agree` of them in favour; None where a cell
        of fewer than five people would be told
    """

    idea_id: int
    votes: int
    ground: float | None
    low: float | None
    high: float | None
    young_votes: int | None
    young_agree: int | None

    @property
    def young_percent(self) -> int | None:
        if not self.young_votes or self.young_agree is None:
            return None
        return round(100 * self.young_agree / self.young_votes)


def peoples_views(round_: CouncilRound, task_ids: Collection[int]) -> dict[int, PeoplesView]:
    """Return what the campaign's current snapshot says of these tasks, by task; those it knows nothing of are missing.

    The cells by age are those that the snapshot may show (`opinions.lens`), so that nothing is told by subtraction.
    """
    query = (
        sa.select(
            TaskIdea.task_id,
            OpinionScore.idea_id,
            OpinionScore.votes,
            OpinionScore.common_ground,
            OpinionScore.low,
            OpinionScore.high,
            OpinionScore.lens,
        )
        .join(OpinionScore, OpinionScore.idea_id == TaskIdea.idea_id)
        .join(OpinionSnapshot, OpinionSnapshot.id == OpinionScore.snapshot_id)
        .join(Idea, Idea.id == TaskIdea.idea_id)
        .where(
            TaskIdea.task_id.in_(sorted(task_ids)),
            OpinionSnapshot.campaign_id == round_.campaign_id,
            OpinionSnapshot.is_current,
            OpinionScore.votes >= MIN_PEOPLE_PER_CELL,
            Idea.state == IdeaState.OPEN,
        )
        .order_by(TaskIdea.task_id, OpinionScore.votes.desc(), OpinionScore.idea_id)
    )
    found: dict[int, PeoplesView] = {}
    for task_id, idea_id, votes, ground, low, high, lens in db.session.execute(query):
        if task_id in found:
            continue  # the first has the most votes
        young = (lens or {}).get(AGE, {}).get(UNDER_20)
        found[task_id] = PeoplesView(
            idea_id, votes, ground, low, high, young[0] if young else None, young[1] if young else None
        )
    return found
