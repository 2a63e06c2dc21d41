"""Facts about holders and datasets for the audit (`forum.system.audit.facts`).

What the program finds out by itself is left out: quality points, and when addresses last answered.
"""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.i18n import _l
from forum.response.datasets.models import (
    DataHolder,
    Dataset,
    DatasetColumn,
    DatasetVersion,
    DataSteward,
    Distribution,
    QualityNote,
)
from forum.system.audit.facts import fact_kind

DATA_HOLDERS = fact_kind(
    "data_holder",
    _l("자료 보유기관과 담당자"),
    sa.select(
        DataHolder.id,
        DataHolder.name,
        DataHolder.kind,
        DataHolder.homepage,
        DataHolder.contact_office,
        DataHolder.contact_email,
    ),
    [sa.select(DataSteward.holder_id, DataSteward.id, DataSteward.account_id, DataSteward.ended_at)],
)
DATASETS = fact_kind(
    "dataset",
    _l("공익데이터와 그 판, 데이터 사전"),
    sa.select(
        Dataset.id,
        Dataset.holder_id,
        Dataset.identifier,
        Dataset.title,
        Dataset.summary,
        Dataset.keywords,
        Dataset.sector,
        Dataset.row_means,
        Dataset.region_code,
        Dataset.period_from,
        Dataset.period_until,
        Dataset.refresh,
        Dataset.sensitivity,
        Dataset.licence,
        Dataset.terms,
        Dataset.price_won,
        Dataset.state,
        Dataset.offered_at,
        Dataset.ended_at,
        Dataset.end_reason,
    ),
    [
        sa.select(
            DatasetVersion.dataset_id,
            DatasetVersion.number,
            DatasetVersion.changes,
            DatasetVersion.sample_rows,
            DatasetVersion.published_at,
        ),
        sa.select(
            DatasetVersion.dataset_id,
            DatasetVersion.number,
            DatasetColumn.position,
            DatasetColumn.name,
            DatasetColumn.meaning,
            DatasetColumn.type,
            DatasetColumn.unit,
            DatasetColumn.is_identifying,
            DatasetColumn.is_sensitive,
        ).join_from(DatasetVersion, DatasetColumn, DatasetColumn.version_id == DatasetVersion.id),
        sa.select(
            DatasetVersion.dataset_id,
            DatasetVersion.number,
            Distribution.title,
            Distribution.access_url,
            Distribution.download_url,
            Distribution.format,
            Distribution.size_bytes,
        ).join_from(DatasetVersion, Distribution, Distribution.version_id == DatasetVersion.id),
        sa.select(QualityNote.dataset_id, QualityNote.id, QualityNote.text, QualityNote.by_holder),
    ],
)
