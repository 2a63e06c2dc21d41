"""What the public page of a stage's scores shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forum.deliberation.rounds.models import RoundStage
from forum.deliberation.scorecards.beside import PeoplesView, peoples_views
from forum.deliberation.scorecards.models import Criterion, Scorecard, StageResult, TaskResult
from forum.deliberation.scorecards.queries import cards_of_stage, criteria_of, result_of


@dataclass(frozen=True)
class ScoreCounts:
    """How many gave 1 to 5 on one criterion."""

    criterion: Criterion
    counts: Sequence[int]

    @property
    def most(self) -> int:
        return max(self.counts, default=0)


@dataclass(frozen=True)
class TaskLine:
    """One task in a result, with its distributions, the reasons that may be read, and what people say beside."""

    result: TaskResult
    distributions: Sequence[ScoreCounts]
    cards: Sequence[Scorecard]
    view: PeoplesView | None


@dataclass(frozen=True)
class StageScores:
    """:param is_being_recounted: the newest result still counts cards that were taken out; a job computes the next"""

    result: StageResult
    criteria: Sequence[Criterion]
    lines: Sequence[TaskLine]
    is_being_recounted: bool

    @property
    def n_recounts(self) -> int:
        """How often a tie that became known late has changed the result since it was first published."""
        return self.result.number - 1

    @property
    def is_after_decision(self) -> bool:
        """Whether the stage was decided by an earlier result than this one."""
        decided_at = self.result.stage.decided_at
        return decided_at is not None and decided_at < self.result.made_at


def stage_scores(stage: RoundStage) -> StageScores:
    """Return the newest result of a stage that is public. Cards have no names but those that members show."""
    result = result_of(stage.id)
    assert result is not None, "a public stage has a result"
    criteria = criteria_of(stage.round_id)
    cards: dict[int, list[Scorecard]] = {}
    n_taken_out = 0
    for card in cards_of_stage(stage.id):
        n_taken_out += card.taken_out_at is not None
        if card.taken_out_at is None and not card.is_hidden:
            cards.setdefault(card.task_id, []).append(card)
    views = peoples_views(stage.round, [one.task_id for one in result.tasks])
    lines = [
        TaskLine(
            one,
            [ScoreCounts(criterion, one.distribution.get(str(criterion.id), [0] * 5)) for criterion in criteria],
            # By their words, so that their order says nothing of who filled them in first.
            sorted(cards.get(one.task_id, []), key=lambda card: (card.reason, card.id)),
            views.get(one.task_id),
        )
        for one in result.tasks
    ]
    return StageScores(result, criteria, lines, n_taken_out != result.n_taken_out)
