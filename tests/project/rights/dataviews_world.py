"""Files whose tables can be previewed: of the holder that the account speaks for, and of another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forum.response.datasets.models import DatasetState, Sensitivity

if TYPE_CHECKING:
    from tests.project.rights.world import World

NOWHERE = 2_000_000_000


def build_dataviews(world: World) -> None:
    make = world.make
    own, others = make.data_steward(account=world.account or world.stranger), make.data_steward()
    for name, holder, state, sensitivity in (
        ("open", others.holder, DatasetState.TALKING, Sensitivity.OPEN),
        ("ended", others.holder, DatasetState.ENDED, Sensitivity.OPEN),
        ("proposed", others.holder, DatasetState.PROPOSED, Sensitivity.OPEN),
        ("restricted", others.holder, DatasetState.TALKING, Sensitivity.RESTRICTED),
        ("aggregate", others.holder, DatasetState.TALKING, Sensitivity.AGGREGATE),
        ("own restricted", own.holder, DatasetState.TALKING, Sensitivity.RESTRICTED),
    ):
        version = make.dataset_version(make.dataset(holder, state=state, sensitivity=sensitivity))
        make.data_file(version)
        world.objects[f"data table:{name}"] = {"dataset_id": version.dataset_id, "number": 1}
    without = make.dataset_version(make.dataset(others.holder))
    world.objects["data table:no file"] = {"dataset_id": without.dataset_id, "number": 1}
    world.objects["data table:missing"] = {"dataset_id": NOWHERE, "number": 1}
