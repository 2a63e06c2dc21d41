"""Files of datasets in the small world: of the holder that the account speaks for, and of another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forum.response.datafiles.models import DataAggregate, DataFile, DataFileState, DataUpload, UploadPart
from forum.response.datasets.models import DataHolder, Sensitivity

if TYPE_CHECKING:
    from tests.project.rights.world import World

NOWHERE = 2_000_000_000
SIZE = 40


def build_data_files(world: World) -> None:
    make, account = world.make, world.account or world.stranger
    own, others = make.data_steward(account=account).holder, make.data_holder()
    _add(world, "own", own, Sensitivity.RESTRICTED)
    _add(world, "others' open", others, Sensitivity.OPEN)
    _add(world, "others'", others, Sensitivity.RESTRICTED)
    _add(world, "others' withdrawn", others, Sensitivity.OPEN, state=DataFileState.WITHDRAWN)
    sensitive = _add(world, "others' sensitive", others, Sensitivity.AGGREGATE)
    figures = make._add(DataAggregate(file_id=sensitive.id, by_column="유형", cells=[["학교", "7"]]))
    waiting = _upload(world, "waiting", others, None)
    values = {"state": DataFileState.CHECKING, "upload_id": waiting.id, "blob_sha256": None, "checked_at": None}
    _add(world, "others' in check", others, Sensitivity.OPEN, **values)
    _upload(world, "own", own, account.id)
    _upload(world, "others'", others, world.stranger.id if world.account else make.citizen().id)
    world.objects |= {
        "data file:missing": {"file_id": NOWHERE, "seen": 1},
        "data upload:missing": {"upload_id": NOWHERE, "number": 1},
        "data aggregate:others'": {"aggregate_id": figures.id},
        "data aggregate:missing": {"aggregate_id": NOWHERE},
    }


def _add(world: World, name: str, holder: DataHolder, sensitivity: Sensitivity, **values: object) -> DataFile:
    version = world.make.dataset_version(world.make.dataset(holder, sensitivity=sensitivity))
    file = world.make.data_file(version, **values)
    world.objects[f"data file:{name}"] = {"file_id": file.id, "seen": file.revision}
    return file


def _upload(world: World, name: str, holder: DataHolder, account_id: int | None) -> DataUpload:
    """Add an upload all of whose parts have come."""
    version = world.make.dataset_version(world.make.dataset(holder))
    upload = DataUpload(
        version_id=version.id, account_id=account_id, folder=f"{name:x<32.32}", name="a.csv", size_bytes=SIZE
    )
    world.make._add(upload)
    world.make._add(UploadPart(upload_id=upload.id, number=1, sha256="0" * 64, size=SIZE))
    world.objects[f"data upload:{name}"] = {"upload_id": upload.id, "number": 1}
    return upload
