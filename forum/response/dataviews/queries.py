from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, selectinload

from forum.core.access import Actor
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.response.datafiles.access import is_given_out
from forum.response.datafiles.models import DataFile, DataFileState
from forum.response.datafiles.queries import file_in_use, get_file
from forum.response.datasets.models import Dataset, DatasetState, DatasetVersion
from forum.response.datasets.queries import get_version
from forum.response.dataviews.asking import Column
from forum.response.dataviews.prepared import Source
from forum.system.jobs.models import Job
from forum.system.jobs.queries import newest_job

PREPARE_JOB = "dataviews.prepare"


def previewed_file(dataset_id: int, number: int, reader: Actor) -> DataFile:
    """Return the file of a version that may be previewed.

    :raise NotFound: the version has none, or none that this person may know of
    """
    found = file_in_use(get_version(dataset_id, number).id)
    if found is None or not is_given_out(found):
        raise NotFound(_("이 판에는 미리 볼 파일이 없어요."))
    return get_file(found.id, reader)


def source_of(file: DataFile) -> Source:
    """Return what a copy is made from; the file is given out."""
    columns = tuple(Column(column.name, column.type, column.unit) for column in file.version.columns)
    assert file.blob_sha256 is not None
    return Source(file.id, file.version_id, file.blob_sha256, file.size_bytes, file.encoding, columns)


def sources() -> Sequence[Source]:
    """Return the files that are given out, the newest first."""
    query = (
        sa.select(DataFile)
        .join(DataFile.version)
        .join(DatasetVersion.dataset)
        .where(DataFile.state == DataFileState.READY, Dataset.state != DatasetState.ENDED)
        .options(contains_eager(DataFile.version).selectinload(DatasetVersion.columns))
        .order_by(DataFile.id.desc())
    )
    return [source_of(file) for file in db.session.scalars(query)]


def source_of_id(file_id: int) -> Source | None:
    """Return a file that is still given out."""
    query = sa.select(DataFile).where(DataFile.id == file_id, DataFile.state == DataFileState.READY)
    file = db.session.scalar(query.options(selectinload(DataFile.version).selectinload(DatasetVersion.columns)))
    return source_of(file) if file else None


def job_key(source: Source) -> str:
    return f"file:{source.file_id}"


def prepare_job(source: Source) -> Job | None:
    """Return the newest job that makes a file's copy, ended or not."""
    return newest_job(PREPARE_JOB, job_key(source))
