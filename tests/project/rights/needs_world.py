"""Needs for data in the world of the rights: of the actor and of others, in each state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forum.core import clock
from forum.response.dataneeds.models import DataNeed, NeedState

if TYPE_CHECKING:
    from tests.project.rights.world import World

NOWHERE = 2_000_000_000


def build_needs(world: World, hidden: str, withdrawn: str) -> None:
    """Needs that are open, one's own, offered, refused, hidden and withdrawn, and one about a hidden idea.

    :param hidden, withdrawn: the words of what others may not read
    """
    make, holder = world.make, world.make.data_holder()
    dataset = make.dataset(holder)
    decided = {"state": NeedState.REFUSED, "state_reason": "영업 비밀이에요.", "decided_at": clock.now()}
    needs = {
        "open": make.data_need(None, world.stranger),
        "own": make.data_need(None, world.author),
        "offered": make.data_need(None, world.stranger),
        "refused": make.data_need(None, world.stranger, **decided),
        "hidden": make.data_need(None, world.stranger, wanted=hidden, is_hidden=True),
        "own hidden": make.data_need(None, world.author, wanted=hidden, is_hidden=True),
        "withdrawn": make.data_need(None, world.stranger, wanted=withdrawn, state=NeedState.WITHDRAWN),
    }
    make.need_offer(needs["offered"], dataset, offered_by_id=world.analyst.id)
    world.objects |= {f"need:{name}": _reached(need, dataset.id) for name, need in needs.items()}
    world.objects["need:missing"] = {"need_id": NOWHERE, "seen": 1, "dataset_id": dataset.id}
    world.words |= {"offerable": str(make.dataset(holder).id), "wants": str(make.idea(world.open).id)}


def _reached(need: DataNeed, dataset_id: int) -> dict[str, object]:
    return {
        "need_id": need.id,
        "seen": 1,
        "dataset_id": dataset_id,
        "kind": "data-needs",
        "thing_id": need.id,
        "hiding_id": NOWHERE,
    }
