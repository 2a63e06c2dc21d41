"""A round at its open assembly stage, with members who rate; and the stage closed and decided as `rounds` does it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import SYSTEM
from forum.core.extensions import db
from forum.deliberation.advisory.following import require_reasons
from forum.deliberation.advisory.models import FinalistRating
from forum.deliberation.council.models import Seat
from forum.deliberation.rounds.hooks import run_after_close
from forum.deliberation.rounds.models import (
    CouncilRound,
    CouncilTask,
    StageDecision,
    StageKind,
    StageState,
    TaskState,
)
from forum.people.accounts.models import Account
from tests.factories import Factories


@dataclass(frozen=True)
class Assembly:
    round: CouncilRound
    tasks: list[CouncilTask]
    seats: list[Seat]

    def account(self, n: int) -> Account:
        """The account of the member at this place."""
        return db.session.get_one(Account, self.seats[n].account_id)


def assembly(make: Factories, n_tasks: int = 4, n_chosen: int = 2, n_seats: int = 6) -> Assembly:
    """An open assembly stage with finalists that come from ideas, and members who hold seats."""
    round_ = make.council_round(present=StageKind.ASSEMBLY, n_chosen=n_chosen)
    analyst, author = make.analyst(), make.citizen()
    ideas = [make.idea(round_.campaign, author) for _ in range(n_tasks)]
    tasks = [make.task(round_, [idea], added_by_id=analyst.id) for idea in ideas]
    return Assembly(round_, tasks, [make.seat(round_.term) for _ in range(n_seats)])


def rate(assembly: Assembly, rows: Sequence[str]) -> None:
    """Store ratings: one row for each member, one letter for each task: + yes, 0 pass, - no, ? none."""
    values = {"+": 1, "0": 0, "-": -1}
    db.session.add_all(
        FinalistRating(task_id=task.id, seat_id=seat.id, value=values[letter])
        for seat, row in zip(assembly.seats, rows, strict=False)
        for task, letter in zip(assembly.tasks, row, strict=True)
        if letter in values
    )
    db.session.flush()


def close(round_: CouncilRound) -> None:
    """Close the assembly stage, and let the slices follow."""
    stage = round_.stage(StageKind.ASSEMBLY)
    stage.state, stage.closed_at = StageState.CLOSED, clock.now()
    db.session.flush()
    run_after_close(stage, SYSTEM)


def decide(round_: CouncilRound, chosen: Collection[CouncilTask]) -> None:
    """Record the assembly's result if no list and no reason is missing; what other slices ask is not asked."""
    stage, ids = round_.stage(StageKind.ASSEMBLY), {task.id for task in chosen}
    require_reasons(stage, ids, SYSTEM)
    query = sa.select(CouncilTask).where(CouncilTask.round_id == round_.id, CouncilTask.state == TaskState.IN_ROUND)
    for task in db.session.scalars(query).all():
        goes_on = task.id in ids
        db.session.add(StageDecision(stage_id=stage.id, task_id=task.id, round_id=round_.id, goes_on=goes_on))
        if not goes_on:
            task.state, task.out_stage_id = TaskState.LEFT_OUT, stage.id
    stage.state, stage.decided_at = StageState.DECIDED, clock.now()
    db.session.flush()
