"""Chosen tasks in the small world: one that waits to be sent, and letters of the officer's own ministry and another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forum.analysis.themes.models import ThemeState
from forum.deliberation.rounds.models import TaskState
from forum.response.commissions.models import QuarterlyReport
from forum.response.commissions.quarters import due_day, quarter_code, quarter_of

if TYPE_CHECKING:
    from tests.project.rights.world import World

NOWHERE = 2_000_000_000


def build_commissions(world: World) -> None:
    make = world.make
    round_ = make.council_round()
    waiting, weighed = make.task(round_, state=TaskState.CHOSEN), make.task(round_)
    none = {"quarter": "2020-1", "seen": 1}
    world.objects |= {
        "commission:to send": {"task_id": waiting.id, "seen": waiting.revision, "quarter": "2020-1"},
        "commission:not chosen": {"task_id": weighed.id} | none,
        "commission:missing": {"task_id": NOWHERE} | none,
    }
    for name, ministry in (("own", world.ministry), ("others", world.other_ministry)):
        task = make.task(round_, state=TaskState.CHOSEN)
        theme = make.theme(round_.campaign, [task.lead_idea], state=ThemeState.APPROVED)
        letter = make.referral(theme, ministry=ministry)
        make.commission(task, referral_id=letter.id)
        quarter = quarter_of(letter.sent_on)
        make._add(QuarterlyReport(task_id=task.id, quarter_from=quarter, due_on=due_day(quarter)))
        world.objects[f"commission:{name}"] = {"task_id": task.id, "quarter": quarter_code(quarter), "seen": 1}
