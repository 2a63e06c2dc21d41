from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from forum.core.access import Actor
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.response.datafiles.models import DataAggregate, DataDownload, DataFile, DataFileState, DataUpload
from forum.response.datafiles.permissions import can_keep_files
from forum.response.datasets.models import Dataset, DatasetVersion
from forum.response.datasets.permissions import can_read_dataset
from forum.response.datasets.queries import steward_of
from forum.system.jobs.models import Job
from forum.system.jobs.queries import newest_job

CHECK_JOB = "datafiles.check"
AGGREGATE_JOB = "datafiles.aggregate"
SHOWN = (DataFileState.READY, DataFileState.WITHDRAWN)
IN_USE = (DataFileState.CHECKING, DataFileState.READY)
_WHOLE = joinedload(DataFile.version).joinedload(DatasetVersion.dataset).joinedload(Dataset.holder)


def job_key(file_id: int) -> str:
    return f"file:{file_id}"


def check_job(file_id: int) -> Job | None:
    """Return the newest job that checks a file, ended or not."""
    return newest_job(CHECK_JOB, job_key(file_id))


def get_file(file_id: int, reader: Actor) -> DataFile:
    """Return a file that this person may know of: others than its keepers learn of it once it was published.

    :raise NotFound: no such file, or none for this person
    """
    found = db.session.scalar(sa.select(DataFile).where(DataFile.id == file_id).options(_WHOLE))
    if found is not None:
        dataset = found.version.dataset
        steward = steward_of(dataset.holder_id, reader)
        if can_keep_files(reader, steward):
            return found
        if found.state in SHOWN and can_read_dataset(reader, dataset, steward):
            return found
    raise NotFound(_("그런 파일이 없어요."))


def get_upload(upload_id: int, actor: Actor) -> DataUpload:
    """:raise NotFound: no such upload that goes on, or somebody else's"""
    query = sa.select(DataUpload).where(DataUpload.id == upload_id, DataUpload.finished_at.is_(None))
    found = db.session.scalar(query.options(selectinload(DataUpload.parts)))
    if found is None or found.account_id is None or found.account_id != actor.id:
        raise NotFound(_("그런 올리기가 없어요. 48시간이 지났으면 처음부터 다시 올려 주세요."))
    return found


def open_upload(version_id: int, actor: Actor, name: str, size_bytes: int) -> DataUpload | None:
    """Return an upload of the same file that can be gone on with."""
    query = sa.select(DataUpload).where(
        DataUpload.version_id == version_id,
        DataUpload.account_id == actor.id,
        DataUpload.name == name,
        DataUpload.size_bytes == size_bytes,
        DataUpload.finished_at.is_(None),
    )
    return db.session.scalar(query.order_by(DataUpload.id.desc()).limit(1))


def open_uploads(version_id: int, actor: Actor) -> Sequence[DataUpload]:
    """Return a person's uploads to a version that can be gone on with, the newest first."""
    query = sa.select(DataUpload).where(
        DataUpload.version_id == version_id,
        DataUpload.account_id == actor.id,
        DataUpload.finished_at.is_(None),
    )
    return db.session.scalars(query.options(selectinload(DataUpload.parts)).order_by(DataUpload.id.desc())).all()


def bytes_on_their_way(account_id: int | None) -> int:
    """Return how many bytes an account sends now, or has sent and has not had checked."""
    query = sa.select(sa.func.sum(DataUpload.size_bytes)).where(DataUpload.account_id == account_id)
    return int(db.session.scalar(query) or 0)


def file_in_use(version_id: int) -> DataFile | None:
    """Return the version's file that is being checked or is given out; there is at most one."""
    query = sa.select(DataFile).where(DataFile.version_id == version_id, DataFile.state.in_(IN_USE))
    return db.session.scalar(query)


def is_given_out_now(file_id: int, sha256: str) -> bool:
    """Return whether the bytes are still those of a file that is not withdrawn: asked between pieces of a download."""
    query = sa.select(sa.exists().where(DataFile.id == file_id, DataFile.blob_sha256 == sha256))
    return bool(db.session.scalar(query))


def files_of(version_ids: Iterable[int], with_all: bool = False) -> Sequence[DataFile]:
    """Return the files of versions, the newest first; only those that people may have, unless `with_all`."""
    query = sa.select(DataFile).where(DataFile.version_id.in_(list(version_ids)))
    if not with_all:
        query = query.where(DataFile.state == DataFileState.READY)
    return db.session.scalars(query.options(_WHOLE).order_by(DataFile.version_id.desc(), DataFile.id.desc())).all()


def files_of_dataset(dataset_id: int) -> Sequence[DataFile]:
    """Return every file of a dataset, the newest first."""
    versions = db.session.scalars(sa.select(DatasetVersion.id).where(DatasetVersion.dataset_id == dataset_id))
    return files_of(versions.all(), with_all=True)


def count_links(file_id: int) -> int:
    """Return how many links to a file were given."""
    return db.session.scalar(sa.select(sa.func.count(DataDownload.id)).where(DataDownload.file_id == file_id)) or 0


def aggregates_of(file_id: int) -> Sequence[DataAggregate]:
    query = sa.select(DataAggregate).where(DataAggregate.file_id == file_id)
    return db.session.scalars(query.order_by(DataAggregate.by_column, DataAggregate.sum_column)).all()


def old_uploads(before: datetime) -> Sequence[int]:
    """Return the uploads to which nothing came since then, the oldest first."""
    query = sa.select(DataUpload.id).where(DataUpload.touched_at < before)
    return db.session.scalars(query.order_by(DataUpload.touched_at, DataUpload.id)).all()


def known_folders(names: Sequence[str]) -> set[str]:
    return set(db.session.scalars(sa.select(DataUpload.folder).where(DataUpload.folder.in_(names))))
