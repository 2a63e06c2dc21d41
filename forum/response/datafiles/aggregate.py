"""Counts and sums by one column; cells of fewer than five rows are hidden, and others that would give them away.

A sum is hidden too where one row makes up more than DOMINANT_SHARE of it: whoever knows roughly the others then knows
that row (`core.disclosure.hidden_sums`).
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

import sqlalchemy as sa

from forum.core.access import SYSTEM, Actor
from forum.core.database import reading
from forum.core.disclosure import Contributions, hidden_cells, hidden_sums
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.response.datafiles.access import is_given_out
from forum.response.datafiles.facts import DATA_FILES
from forum.response.datafiles.hooks import objections_to_figures
from forum.response.datafiles.models import DataAggregate, DataFile
from forum.response.datafiles.queries import AGGREGATE_JOB
from forum.response.datafiles.reading import batches_of
from forum.response.datasets.locking import lock_dataset, require_describe
from forum.response.datasets.models import ColumnType, DatasetColumn
from forum.system.audit.services import record
from forum.system.blobs.store import current_store
from forum.system.jobs.models import Job
from forum.system.jobs.services import enqueue_job

MOST_CELLS = 500
DOMINANT_SHARE = 0.8
NUMERIC = frozenset({ColumnType.INTEGER, ColumnType.NUMBER})
GROUPING = frozenset({ColumnType.TEXT, ColumnType.CODE, ColumnType.BOOLEAN, ColumnType.DATE})


@dataclass
class Cells:
    """Rows and sums by value; of the parts of each sum their sizes without signs, and the largest of these."""

    rows: dict[str, int] = field(default_factory=dict)
    sums: dict[str, Decimal] = field(default_factory=dict)
    sizes: dict[str, Decimal] = field(default_factory=dict)
    largest: dict[str, Decimal] = field(default_factory=dict)

    def add(self, value: str, number: str) -> None:
        """:raise WrongState: too many values for a table"""
        if value not in self.rows and len(self.rows) == MOST_CELLS:
            raise WrongState(_("값이 %(n)s가지를 넘는 열로는 집계하지 않아요.", n=MOST_CELLS))
        self.rows[value] = self.rows.get(value, 0) + 1
        if number:
            part = Decimal(number)
            self.sums[value] = self.sums.get(value, Decimal(0)) + part
            self.sizes[value] = self.sizes.get(value, Decimal(0)) + abs(part)
            self.largest[value] = max(self.largest.get(value, Decimal(0)), abs(part))

    def shown(self, is_sum: bool) -> list[list[str | None]]:
        """Return each value with its figure, or None where it would tell of few rows or of one, also by subtraction."""
        hidden = hidden_sums(self._contributions(), DOMINANT_SHARE) if is_sum else hidden_cells(self.rows)
        figures = {
            value: f"{self.sums.get(value, Decimal(0)):f}" if is_sum else str(n) for value, n in self.rows.items()
        }
        return [[value, None if value in hidden else figures[value]] for value in sorted(self.rows)]

    def _contributions(self) -> dict[str, Contributions]:
        return {
            value: Contributions(n, float(self.sizes.get(value, 0)), float(self.largest.get(value, 0)))
            for value, n in self.rows.items()
        }


def ask_for_aggregate(file: DataFile, actor: Actor, by: str, total: str) -> Job:
    """Enqueue an aggregate of a file that is given out. The caller commits.

    :param total: column to sum; empty to count rows
    :raise NotFound, Forbidden: as `require_describe`
    :raise WrongState: the file is not given out, or has figures with noise alone
    :raise InvalidInput: no such columns, or not of the right type
    """
    require_describe(file.version.dataset, actor)
    _require_figures(file)
    _places(file.version.columns, by, total)
    job = enqueue_job(
        AGGREGATE_JOB, dedupe_key=f"{file.id}:{by}:{total}"[:128], actor=actor, file_id=file.id, by=by, total=total
    )
    record(actor, "datafiles.aggregate", file, after={"job_id": job.id})
    return job


def make_aggregate(file_id: int, by: str, total: str, asked_by: int | None) -> None:
    """Read the file and publish its cells, in place of those made before. The caller commits.

    :raise WrongState: the file is not given out any more, or there are too many values
    :raise StoreGone: the store does not answer
    """
    with reading():
        file = db.session.get_one(DataFile, file_id)
        given, encoding, sha256, size = is_given_out(file), file.encoding, file.blob_sha256, file.size_bytes
        places = _places(file.version.columns, by, total)
        db.session.rollback()
    if not given or sha256 is None:
        raise WrongState(_("지금 보관하는 파일만 집계할 수 있어요."))
    cells = cells_of(current_store().pieces(sha256, size), encoding, *places).shown(is_sum=bool(total))
    file = db.session.get_one(DataFile, file_id)
    db.session.refresh(file, with_for_update={"of": DataFile})
    lock_dataset(file.version.dataset)  # whoever has it answered with noise alone holds it
    _require_figures(file)
    same = sa.and_(DataAggregate.file_id == file_id, DataAggregate.by_column == by, DataAggregate.sum_column == total)
    db.session.execute(sa.delete(DataAggregate).where(same).execution_options(synchronize_session=False))
    made = DataAggregate(file_id=file_id, by_column=by, sum_column=total, cells=cells, made_by_id=asked_by)
    db.session.add(made)
    db.session.flush()
    after = {"file": file_id, "cells": len(cells), "hidden": sum(figure is None for _value, figure in cells)}
    record(SYSTEM, "datafiles.publish_aggregate", made, after=after, facts=DATA_FILES.of([file_id]))


def cells_of(pieces: Iterable[bytes], encoding: str, by: int, total: int | None) -> Cells:
    """Count the rows of a checked CSV file, in one stream."""
    cells = Cells()
    for row in rows_of(pieces, encoding):
        cells.add(row[by], row[total] if total is not None else "")
    return cells


def rows_of(pieces: Iterable[bytes], encoding: str) -> Iterator[list[str]]:
    """Yield the rows of a checked CSV file without its header, in one stream."""
    batches = batches_of(io.BufferedReader(_Pieces(iter(pieces))), encoding)
    next(batches, None)
    for batch in batches:
        yield from batch.rows


def _require_figures(file: DataFile) -> None:
    """:raise WrongState: the file is not given out, or has figures with noise alone"""
    if not is_given_out(file):
        raise WrongState(_("지금 보관하는 파일만 집계할 수 있어요."))
    for said in objections_to_figures(file):
        raise WrongState(said)


def _places(columns: Iterable[DatasetColumn], by: str, total: str) -> tuple[int, int | None]:
    by_name = {one.name: one for one in columns}
    if by not in by_name or by_name[by].type not in GROUPING or by_name[by].is_sensitive:
        raise InvalidInput({"by": _("나눌 열을 목록에서 골라 주세요.")})
    if not total:
        return by_name[by].position, None
    if total not in by_name or by_name[total].type not in NUMERIC:
        raise InvalidInput({"total": _("더할 열을 목록에서 골라 주세요.")})
    return by_name[by].position, by_name[total].position


class _Pieces(io.RawIOBase):
    """An iterator of bytes as a file to read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        if not self._rest:
            self._rest = memoryview(next(self._pieces, b""))
        n = min(len(buffer), len(self._rest))
        buffer[:n] = self._rest[:n]
        self._rest = self._rest[n:]
        return n
