"""Ask for the measuring of joins, store what was found, and forget it with its file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from forum.core.access import SYSTEM, Actor, require
from forum.core.extensions import db
from forum.response.datafiles.models import DataFile
from forum.response.datajoins.joining import Joined, Table, shared_columns
from forum.response.datajoins.models import DataJoinRisk
from forum.response.datajoins.queries import MEASURE_JOB, job_key, others_of, table_of
from forum.response.datasets.permissions import KEEPERS_ONLY, can_keep_registry
from forum.system.audit.services import record
from forum.system.jobs.models import Job
from forum.system.jobs.services import enqueue_job


@dataclass(frozen=True)
class Measured:
    """One direction of a join; `found` is None where the child could not measure it."""

    own: Table
    other: Table
    found: Joined | None

    def as_row(self) -> DataJoinRisk:
        own, other = self.own.source, self.other.source
        return DataJoinRisk(
            file_id=own.file_id,
            other_file_id=other.file_id,
            shared=[own.columns[place].name for place, _theirs in shared_columns(own, other)],
            n_rows=self.found.n_rows if self.found else None,
            k=self.found.k if self.found else None,
        )


def ask_for_measuring(file_id: int, actor: Actor = SYSTEM) -> Job | None:
    """Enqueue the measuring of a file with all others, if there is anything to measure. The caller commits."""
    table = table_of(file_id)
    if table is None or not others_of(table):
        return None
    return enqueue_job(MEASURE_JOB, dedupe_key=job_key(file_id), actor=actor, file_id=file_id)


def ask_again(file_ids: Sequence[int], actor: Actor) -> list[int]:
    """Enqueue the measuring of these files again. The caller commits.

    :return: the jobs
    :raise Forbidden: neither an analyst nor an admin
    """
    require(can_keep_registry(actor), str(KEEPERS_ONLY))
    jobs = [job.id for file_id in file_ids if (job := ask_for_measuring(file_id, actor))]
    record(actor, "datajoins.ask_again", None, after={"files": len(jobs)})
    return jobs


def measure_published(file: DataFile) -> None:
    """Ask for the measuring of a file in the transaction that publishes it."""
    db.session.flush()
    ask_for_measuring(file.id)


def forget_risks(file: DataFile) -> None:
    """Delete what was measured of a file and with it. The caller holds the file's lock, and commits."""
    named = sa.or_(DataJoinRisk.file_id == file.id, DataJoinRisk.other_file_id == file.id)
    db.session.execute(sa.delete(DataJoinRisk).where(named).execution_options(synchronize_session=False))


def keep_measured(file_id: int, measured: Sequence[Measured]) -> int:
    """Store what was found, of files that still have the bytes it was found in. The caller commits.

    The files are locked in the order of their numbers: whoever withdraws one holds its lock too.

    :return: how many joins were stored
    """
    sources = [table.source for one in measured for table in (one.own, one.other)]
    bytes_of = {source.file_id: source.sha256 for source in sources}
    query = sa.select(DataFile).where(DataFile.id.in_(bytes_of)).order_by(DataFile.id).with_for_update(of=DataFile)
    files = db.session.scalars(query.execution_options(populate_existing=True)).all()
    unchanged = {file.id for file in files if file.blob_sha256 == bytes_of[file.id]}
    rows = [one.as_row() for one in measured]
    kept = [row for row in rows if {row.file_id, row.other_file_id} <= unchanged]
    pairs = [(row.file_id, row.other_file_id) for row in kept]
    same = sa.tuple_(DataJoinRisk.file_id, DataJoinRisk.other_file_id).in_(pairs)
    db.session.execute(sa.delete(DataJoinRisk).where(same).execution_options(synchronize_session=False))
    db.session.add_all(kept)
    db.session.flush()
    smallest = min((row.k for row in kept if row.k is not None), default=None)
    after = {"joins": len(kept), "failed": sum(row.n_rows is None for row in kept), "k": smallest}
    record(SYSTEM, "datajoins.measure", db.session.get_one(DataFile, file_id), after=after)
    return len(kept)
