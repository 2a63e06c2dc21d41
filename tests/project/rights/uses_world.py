"""Uses of data in the world of the rights: of the actor and of others, in each state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forum.core import clock
from forum.response.datasets.models import DatasetState, Sensitivity
from forum.response.datauses.models import DataUse, UseState

if TYPE_CHECKING:
    from tests.project.rights.world import World

NOWHERE = 2_000_000_000


def build_uses(world: World, hidden: str, withdrawn: str, draft: str) -> None:
    """Uses that are public, one's own, waiting, returned, hidden and withdrawn, and one that may settle its need.

    :param hidden, withdrawn, draft: the words of what others may not read
    """
    make = world.make
    open_ = make.dataset(state=DatasetState.OFFERED)
    closed = make.dataset(state=DatasetState.OFFERED, sensitivity=Sensitivity.AGGREGATE)
    need = make.data_need()
    make.need_offer(need, open_)
    checked = {"checked_at": clock.now(), "checked_by_id": world.analyst.id, "needs_check": True}
    given_back = checked | {"state": UseState.RETURNED, "reason": "한 칸이 세 사람이에요.", "published_at": None}
    waiting = {"state": UseState.WAITING, "datasets": [closed]}
    uses = {
        "open": make.data_use(None, world.stranger, datasets=[open_]),
        "own": make.data_use(None, world.author, datasets=[open_]),
        "answers": make.data_use(need.idea, world.stranger, need=need, datasets=[open_]),
        "checked": make.data_use(None, world.stranger, datasets=[closed], **checked),
        "waiting": make.data_use(None, world.stranger, finding=draft, **waiting),
        "own waiting": make.data_use(None, world.author, finding=draft, **waiting),
        "returned": make.data_use(None, world.stranger, finding=draft, datasets=[closed], **given_back),
        "hidden": make.data_use(None, world.stranger, finding=hidden, is_hidden=True),
        "own hidden": make.data_use(None, world.author, finding=hidden, is_hidden=True),
        "withdrawn": make.data_use(None, world.stranger, finding=withdrawn, state=UseState.WITHDRAWN),
    }
    world.objects |= {f"use:{name}": _reached(use, need.revision) for name, use in uses.items()}
    world.objects["use:missing"] = {"use_id": NOWHERE, "seen": 1, "seen_need": 1}
    world.words |= {"used": str(open_.id)}


def _reached(use: DataUse, seen_need: int) -> dict[str, object]:
    return {
        "use_id": use.id,
        "seen": 1,
        "seen_need": seen_need,
        "kind": "data-uses",
        "thing_id": use.id,
        "hiding_id": NOWHERE,
    }
