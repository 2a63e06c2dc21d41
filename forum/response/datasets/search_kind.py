from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from forum.core.extensions import db
from forum.core.i18n import _l
from forum.core.links import path_for
from forum.response.datasets.models import DataHolder, Dataset, DatasetState
from forum.system.finding.few_rows import rank_rows
from forum.system.finding.registry import Found, SearchKind
from forum.system.finding.search import Hit, SearchWords


class DatasetSearch(SearchKind):
    """Finds datasets that are no proposals any more by title, description, unit of observation and holder.

    They belong to no campaign, so a search in one does not find them.
    """

    code = "datasets"
    label = _l("공익데이터")

    def rank(self, words: SearchWords, campaign_id: int | None) -> list[Hit]:
        if campaign_id is not None:
            return []
        text = Dataset.summary + " " + Dataset.row_means + " " + DataHolder.name
        query = sa.select(Dataset.id.label("id"), Dataset.title.label("title"), text.label("text")).join(Dataset.holder)
        return rank_rows(words, query.where(Dataset.state != DatasetState.PROPOSED))

    def show(self, ids: Sequence[int]) -> list[Found]:
        query = sa.select(Dataset).where(Dataset.id.in_(ids), Dataset.state != DatasetState.PROPOSED)
        query = query.options(joinedload(Dataset.holder), joinedload(Dataset.proposed_by))
        datasets = {dataset.id: dataset for dataset in db.session.scalars(query)}
        return [_found(datasets[dataset_id]) for dataset_id in ids if dataset_id in datasets]


def _found(dataset: Dataset) -> Found:
    text = "\n".join((dataset.summary, dataset.row_means, dataset.holder.name))
    path = path_for("datasets.show", dataset_id=dataset.id)
    note, is_sample = str(dataset.state.label), dataset.proposed_by.is_sample
    return Found(dataset.title, text, path, None, dataset.changed_at, note, is_sample=is_sample)
