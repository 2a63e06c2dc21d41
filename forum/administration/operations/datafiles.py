"""Checks of the files of datasets: their bytes, the version they belong to, and what was counted of them."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from forum.administration.operations.findings import Finding
from forum.core.disclosure import MIN_PEOPLE_PER_CELL
from forum.core.extensions import db
from forum.core.i18n import _
from forum.response.datafiles.models import DataAggregate, DataFile, DataFileState
from forum.response.datasets.models import DatasetVersion, Sensitivity
from forum.system.blobs.models import Blob

BATCH_SIZE = 200


def data_files() -> Finding:
    """Check that what is given out belongs to a published version, has the size of its bytes, found nothing wrong, and,
    where everybody may have it, is 5-anonymous over the columns that the dictionary names.
    """
    finding = Finding(_("공익데이터 파일"), 0)
    query = (
        sa.select(DataFile, Blob.size)
        .outerjoin(Blob, Blob.sha256 == DataFile.blob_sha256)
        .where(DataFile.state == DataFileState.READY)
        .options(selectinload(DataFile.version).selectinload(DatasetVersion.columns))
        .order_by(DataFile.id)
    )
    for file, size in db.session.execute(query, execution_options={"yield_per": BATCH_SIZE}):
        finding.n_checked += 1
        for words in _wrong_file(file, size):
            finding.differences.append(_("파일 %(id)s번: %(words)s", id=file.id, words=words))
    return finding


def data_aggregates() -> Finding:
    """Check that aggregates are by columns of the dictionary, and that no count under 5 is shown."""
    finding = Finding(_("공익데이터 집계"), 0)
    query = sa.select(DataAggregate).options(selectinload(DataAggregate.file)).order_by(DataAggregate.id)
    for made in db.session.scalars(query.execution_options(yield_per=BATCH_SIZE)):
        finding.n_checked += 1
        names = {one.name for one in made.file.version.columns}
        if made.by_column not in names or made.sum_column not in names | {""}:
            finding.differences.append(_("집계 %(id)s번: 데이터 사전에 없는 열이에요", id=made.id))
        if not made.sum_column and any(n is not None and int(n) < MIN_PEOPLE_PER_CELL for _value, n in made.cells):
            finding.differences.append(_("집계 %(id)s번: 다섯보다 적은 수를 가리지 않았어요", id=made.id))
    return finding


def _wrong_file(file: DataFile, size: int | None) -> Iterator[str]:
    if size != file.size_bytes:
        yield _("보관한 파일과 크기가 달라요")
    if file.version.published_at is None:
        yield _("공개하지 않은 판의 파일이에요")
    if file.report.get("problems"):
        yield _("검사에서 걸렸는데 내주고 있어요")
    names_people = any(one.is_identifying for one in file.version.columns)
    if names_people != (file.k is not None):
        yield _("k-익명성을 재지 않았거나, 잴 열이 없는데 적혀 있어요")
    is_open = file.version.dataset.sensitivity is Sensitivity.OPEN
    if is_open and file.k is not None and file.k < MIN_PEOPLE_PER_CELL:
        yield _("누구나 받는 파일인데 k-익명성이 다섯보다 작아요")


DATA_FILE_CHECKS = (data_files, data_aggregates)
