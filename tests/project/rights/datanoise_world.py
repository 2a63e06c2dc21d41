"""Sensitive files with a budget: of the holder that the account speaks for, and of another one.

A budget is there already and something is spent, so that whoever may act is told of it (409), with OpenDP and without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forum.response.datafiles.models import DataFileState
from forum.response.datanoise.models import DataPrivacyBudget
from forum.response.datasets.models import DataHolder, Sensitivity

if TYPE_CHECKING:
    from tests.project.rights.world import World

NOWHERE = 2_000_000_000


def build_data_noise(world: World) -> None:
    own, others = world.make.data_steward(account=world.account or world.stranger).holder, world.make.data_holder()
    _add(world, "own", own)
    _add(world, "others'", others)
    _add(world, "others' withdrawn", others, state=DataFileState.WITHDRAWN)
    _add(world, "others' open", others, Sensitivity.OPEN)
    world.objects["data noise:missing"] = {"file_id": NOWHERE}


def _add(
    world: World, name: str, holder: DataHolder, sensitivity: Sensitivity = Sensitivity.AGGREGATE, **values: object
) -> None:
    dataset = world.make.dataset(holder, sensitivity=sensitivity)
    file = world.make.data_file(world.make.dataset_version(dataset), **values)
    world.make._add(DataPrivacyBudget(dataset_id=dataset.id, total_millis=1_000, rows_per_person=1))
    world.objects[f"data noise:{name}"] = {"file_id": file.id}
