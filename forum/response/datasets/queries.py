from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from forum.core.access import Actor
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.response.datasets.models import DataHolder, Dataset, DatasetState, DatasetVersion, DataSteward


def get_holder(holder_id: int) -> DataHolder:
    """:raise NotFound: no such holder"""
    found = db.session.get(DataHolder, holder_id)
    if found is None:
        raise NotFound(_("그런 기관이 없어요."))
    return found


def get_dataset(dataset_id: int) -> Dataset:
    """:raise NotFound: no such dataset"""
    query = sa.select(Dataset).where(Dataset.id == dataset_id).options(joinedload(Dataset.holder))
    found = db.session.scalar(query)
    if found is None:
        raise NotFound(_("그런 자료가 없어요."))
    return found


def steward_of(holder_id: int, actor: Actor) -> DataSteward | None:
    """Return the actor's row at the holder that is in force."""
    if actor.id is None:
        return None
    return db.session.scalar(
        sa.select(DataSteward).where(
            DataSteward.holder_id == holder_id, DataSteward.account_id == actor.id, DataSteward.ended_at.is_(None)
        )
    )


def holders_of(actor: Actor) -> Sequence[DataHolder]:
    """Return the holders that an actor speaks for, by name."""
    if actor.id is None:
        return []
    is_steward = sa.and_(DataSteward.account_id == actor.id, DataSteward.ended_at.is_(None))
    query = sa.select(DataHolder).join(DataSteward).where(is_steward).order_by(DataHolder.name, DataHolder.id)
    return db.session.scalars(query).all()


def public_datasets() -> Sequence[Dataset]:
    """Return the datasets that everybody may read, those on offer first, then the newest."""
    is_offered = sa.case((Dataset.state == DatasetState.OFFERED, 0), else_=1)
    query = (
        sa.select(Dataset)
        .where(Dataset.state != DatasetState.PROPOSED)
        .options(joinedload(Dataset.holder))
        .order_by(is_offered, Dataset.id.desc())
    )
    return db.session.scalars(query).all()


def current_version(dataset_id: int) -> DatasetVersion | None:
    """Return the newest published version."""
    query = (
        sa.select(DatasetVersion)
        .where(DatasetVersion.dataset_id == dataset_id, DatasetVersion.published_at.is_not(None))
        .order_by(DatasetVersion.number.desc())
        .limit(1)
    )
    return db.session.scalar(query)


def draft_version(dataset_id: int) -> DatasetVersion | None:
    """Return the version that is being written; there is at most one."""
    return db.session.scalar(
        sa.select(DatasetVersion).where(DatasetVersion.dataset_id == dataset_id, DatasetVersion.published_at.is_(None))
    )
