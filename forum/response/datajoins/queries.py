from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from forum.core.extensions import db
from forum.response.datafiles.models import DataFile, DataFileState
from forum.response.datajoins.joining import Table, shared_columns
from forum.response.datajoins.models import DataJoinRisk
from forum.response.datasets.models import Dataset, DatasetState, DatasetVersion, Sensitivity

MEASURE_JOB = "datajoins.measure"
MOST_OTHERS = 20
"""Other files that a file is joined with, the newest first."""
KNOWN_STATES = (DatasetState.TALKING, DatasetState.OFFERED)


def job_key(file_id: int) -> str:
    return f"file:{file_id}"


def table_of(file_id: int) -> Table | None:
    """Return a file that is given out, to be measured."""
    file = db.session.scalar(_given_out().where(DataFile.id == file_id))
    return Table.of(file) if file else None


def others_of(table: Table) -> list[Table]:
    """Return files of other datasets that share columns, where one of the two is of people; the newest first."""
    dataset_id = sa.select(DatasetVersion.dataset_id).where(DatasetVersion.id == table.source.version_id)
    query = _given_out().where(Dataset.id != dataset_id.scalar_subquery()).order_by(DataFile.id.desc())
    found = map(Table.of, db.session.scalars(query))
    fitting = (one for one in found if one.is_of_people or table.is_of_people)
    return [one for one in fitting if shared_columns(table.source, one.source)][:MOST_OTHERS]


def files_given_out() -> Sequence[int]:
    """Return the ids of all files that are given out, the oldest first."""
    query = sa.select(DataFile.id).where(DataFile.state == DataFileState.READY).order_by(DataFile.id)
    return db.session.scalars(query).all()


def risks_of(dataset_id: int) -> Sequence[DataJoinRisk]:
    """Return what was measured of the files of a dataset that are given out, the smallest group first.

    For whoever opens a dataset or decides on a request for it. Left out are joins that find no rows, files whose rows
    nobody gets, and files of datasets that are not public. Where nothing could be measured `k` is None.
    """
    own = sa.select(DatasetVersion.id).where(DatasetVersion.dataset_id == dataset_id)
    return _risks(sa.select(DataFile.id).where(DataFile.version_id.in_(own)))


def risks_of_file(file_id: int) -> Sequence[DataJoinRisk]:
    """Return the same of one file."""
    return _risks(sa.select(DataFile.id).where(DataFile.id == file_id))


def _risks(file_ids: sa.Select[int]) -> Sequence[DataJoinRisk]:
    other = joinedload(DataJoinRisk.other).joinedload(DataFile.version).joinedload(DatasetVersion.dataset)
    known = (
        sa.select(DataFile.id)
        .join(DataFile.version)
        .join(DatasetVersion.dataset)
        .where(
            DataFile.state == DataFileState.READY,
            Dataset.state.in_(KNOWN_STATES),
            Dataset.sensitivity != Sensitivity.AGGREGATE,
        )
    )
    query = (
        sa.select(DataJoinRisk)
        .join(DataJoinRisk.file)
        .where(
            DataJoinRisk.file_id.in_(file_ids),
            DataFile.state == DataFileState.READY,
            DataJoinRisk.other_file_id.in_(known),
            sa.or_(DataJoinRisk.n_rows.is_(None), DataJoinRisk.n_rows > 0),
        )
        .options(contains_eager(DataJoinRisk.file), other)
        .order_by(DataJoinRisk.k.is_(None), DataJoinRisk.k, DataJoinRisk.file_id, DataJoinRisk.other_file_id)
    )
    return db.session.scalars(query).all()


def _given_out() -> sa.Select[DataFile]:
    return (
        sa.select(DataFile)
        .join(DataFile.version)
        .join(DatasetVersion.dataset)
        .where(DataFile.state == DataFileState.READY, Dataset.state != DatasetState.ENDED)
        .options(contains_eager(DataFile.version).selectinload(DatasetVersion.columns))
    )
