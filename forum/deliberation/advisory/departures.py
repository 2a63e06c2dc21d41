"""Where the council's choice and the calculated lists differ, and what it says about that.

A list counts here only if a fair one could be told: nobody has to explain a departure from a list that says nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from forum.analysis.shortlists.models import SlateStanding
from forum.deliberation.advisory.models import AdvisorySide, AdvisorySlate, DepartureReason
from forum.deliberation.advisory.queries import reasons_of, slates_of, tasks_by_idea
from forum.deliberation.rounds.models import CouncilRound, CouncilTask

TOLD = frozenset({SlateStanding.COMPLETE, SlateStanding.GAPS})


@dataclass(frozen=True)
class Finalist:
    """A finalist on both lists.

    :param listed: side -> whether its list has the task; without sides whose votes it was not in, or that tell no list
    :param is_chosen: None before the council has chosen
    """

    task: CouncilTask
    listed: Mapping[AdvisorySide, bool]
    is_chosen: bool | None
    reason: DepartureReason | None

    @property
    def departs_from(self) -> tuple[AdvisorySide, ...]:
        """The lists that say otherwise than the council; none before it has chosen."""
        if self.is_chosen is None:
            return ()
        return tuple(side for side, is_listed in self.listed.items() if is_listed is not self.is_chosen)

    @property
    def needs_reason(self) -> bool:
        """Left out, or chosen against a list."""
        return self.is_chosen is False or bool(self.departs_from)

    @property
    def would_need_reason(self) -> tuple[bool, bool]:
        """Whether a reason is needed if it is chosen, and if it is left out."""
        return False in self.listed.values(), True


def compare(round_: CouncilRound, tasks: Sequence[CouncilTask], chosen: Collection[int] | None) -> list[Finalist]:
    """Return finalists with what the published lists and the council say of each.

    :param chosen: ids of the tasks that the council chooses; None before it has
    """
    slates = {side: slate for side, slate in slates_of(round_.id).items() if slate.standing in TOLD}
    on_list = {side: weighed_by(slate, tasks) for side, slate in slates.items()}
    reasons = reasons_of([task.id for task in tasks])
    return [
        Finalist(
            task,
            {side: task.id in slate.tasks for side, slate in slates.items() if task.id in on_list[side]},
            None if chosen is None else task.id in chosen,
            reasons.get(task.id),
        )
        for task in tasks
    ]


def weighed_by(slate: AdvisorySlate, tasks: Sequence[CouncilTask]) -> set[int]:
    """Return the ids of those tasks that the votes behind a list were about."""
    keys = set((slate.proof or {}).get("ideas", ()))
    if slate.side is AdvisorySide.MEMBERS:
        return {task.id for task in tasks if task.number in keys}
    return {task_id for idea_id, task_id in tasks_by_idea(slate.round_id).items() if idea_id in keys}
