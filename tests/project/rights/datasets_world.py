"""Datasets in the small world: of the holder that the account speaks for, and of another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forum.response.datasets.models import DataHolder, Dataset, DatasetState, DataSteward

if TYPE_CHECKING:
    from tests.project.rights.world import World

NOWHERE = 2_000_000_000
TURTLE = {"notation": "ttl"}


def build_datasets(world: World) -> None:
    make = world.make
    own, others = make.data_steward(account=world.account or world.stranger), make.data_steward()
    _name_holders(world, own, others)
    for name, holder, state in (
        ("own proposal", own.holder, DatasetState.PROPOSED),
        ("own draft", own.holder, DatasetState.TALKING),
        ("own offered", own.holder, DatasetState.OFFERED),
        ("own ended", own.holder, DatasetState.ENDED),
        ("others' proposal", others.holder, DatasetState.PROPOSED),
        ("others' draft", others.holder, DatasetState.TALKING),
        ("to offer", others.holder, DatasetState.TALKING),
    ):
        _add(world, name, holder, state)
    world.objects["dataset:missing"] = {"dataset_id": NOWHERE, "number": 1, "state": "TALKING", "seen": 1} | TURTLE
    world.objects["catalogue:turtle"] = TURTLE
    world.words["new steward"] = make.citizen().email


def _name_holders(world: World, own: DataSteward, others: DataSteward) -> None:
    for name, steward in (("own", own), ("others", others)):
        world.objects[f"data holder:{name}"] = {"holder_id": steward.holder_id, "steward_id": steward.id, "seen": 1}
    world.objects["data holder:missing"] = {"holder_id": NOWHERE, "steward_id": NOWHERE, "seen": 1}


def _add(world: World, name: str, holder: DataHolder, state: DatasetState) -> Dataset:
    """Add a dataset; `state` of its object is where an analyst would move it."""
    dataset = world.make.dataset(holder, state=state)
    if name in {"own draft", "others' draft"}:
        world.make.dataset_version(dataset, published=False)
    if name in {"own ended", "to offer"}:
        world.make.dataset_version(dataset)
    to = "TALKING" if state is DatasetState.PROPOSED else "OFFERED"
    world.objects[f"dataset:{name}"] = {"dataset_id": dataset.id, "number": 1, "state": to, "seen": 1} | TURTLE
    return dataset
