"""Facts about files for the audit (`forum.system.audit.facts`)."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.i18n import _l
from forum.response.datafiles.models import DataAggregate, DataFile
from forum.system.audit.facts import fact_kind

DATA_FILES = fact_kind(
    "data_file",
    _l("공익데이터 파일과 집계"),
    sa.select(
        DataFile.id,
        DataFile.version_id,
        DataFile.name,
        DataFile.size_bytes,
        DataFile.sha256,
        DataFile.state,
        DataFile.report,
        DataFile.n_rows,
        DataFile.k,
        DataFile.reason,
        DataFile.withdrawn_at,
    ),
    [sa.select(DataAggregate.file_id, DataAggregate.by_column, DataAggregate.sum_column, DataAggregate.cells)],
)
