from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from forum.analysis.curation.paging import Page, one_page
from forum.core.access import Actor
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.reference import Sector
from forum.people.accounts.models import Account
from forum.people.accounts.permissions import may_take_part
from forum.response.datasets.models import DataHolder, Dataset, DatasetState, DatasetVersion, DataSteward, QualityNote

MOST_ON_DESK = 200


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
    """Return the actor's row at the holder that is in force. Whoever lost their confirmation speaks for nobody."""
    if actor.id is None or not may_take_part(actor):
        return None
    return db.session.scalar(
        sa.select(DataSteward).where(
            DataSteward.holder_id == holder_id, DataSteward.account_id == actor.id, DataSteward.ended_at.is_(None)
        )
    )


def holders_of(actor: Actor) -> Sequence[DataHolder]:
    """Return the holders that an actor speaks for, by name."""
    if actor.id is None or not may_take_part(actor):
        return []
    is_steward = sa.and_(DataSteward.account_id == actor.id, DataSteward.ended_at.is_(None))
    query = sa.select(DataHolder).join(DataSteward).where(is_steward).order_by(DataHolder.name, DataHolder.id)
    return db.session.scalars(query).all()


def get_steward(steward_id: int) -> DataSteward:
    """:raise NotFound: no such steward"""
    found = db.session.scalar(
        sa.select(DataSteward).where(DataSteward.id == steward_id).options(joinedload(DataSteward.holder))
    )
    if found is None:
        raise NotFound(_("그런 담당자가 없어요."))
    return found


def get_version(dataset_id: int, number: int) -> DatasetVersion:
    """Return a version, published or not.

    :raise NotFound: no such version
    """
    query = sa.select(DatasetVersion).where(DatasetVersion.dataset_id == dataset_id, DatasetVersion.number == number)
    found = db.session.scalar(query.options(joinedload(DatasetVersion.dataset).joinedload(Dataset.holder)))
    if found is None:
        raise NotFound(_("그런 판이 없어요."))
    return found


def public_datasets() -> Sequence[Dataset]:
    """Return the datasets that everybody may read, those on offer first, then the newest."""
    return db.session.scalars(_public().options(joinedload(Dataset.holder))).all()


def listed_datasets(sector: Sector | None, state: DatasetState | None, number: int) -> Page[Dataset]:
    """Return a page of the datasets that everybody may read, those on offer first, then the newest."""
    query = _public()
    if sector is not None:
        query = query.where(Dataset.sector == sector)
    if state is not None:
        query = query.where(Dataset.state == state)
    total = db.session.scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery())) or 0
    query = query.options(joinedload(Dataset.holder), joinedload(Dataset.proposed_by))
    return Page(db.session.scalars(one_page(query, number)).all(), number, total)


def sectors_in_use() -> Collection[Sector]:
    """Return the sectors of which there is a dataset that everybody may read."""
    query = sa.select(Dataset.sector).where(Dataset.state != DatasetState.PROPOSED).distinct()
    return set(db.session.scalars(query))


def datasets_of(holder_id: int, with_proposals: bool) -> Sequence[Dataset]:
    """Return a holder's datasets, those on offer first, then the newest."""
    query = _in_order(sa.select(Dataset).where(Dataset.holder_id == holder_id))
    if not with_proposals:
        query = query.where(Dataset.state != DatasetState.PROPOSED)
    return db.session.scalars(query.options(joinedload(Dataset.holder), joinedload(Dataset.proposed_by))).all()


def unfinished_datasets(holder_ids: Collection[int] | None) -> Sequence[Dataset]:
    """Return the datasets that go on, of these holders or of all: the longest unchanged first in each state."""
    query = sa.select(Dataset).where(Dataset.state != DatasetState.ENDED)
    if holder_ids is not None:
        query = query.where(Dataset.holder_id.in_(holder_ids))
    order = sa.case((Dataset.state == DatasetState.PROPOSED, 0), (Dataset.state == DatasetState.TALKING, 1), else_=2)
    query = query.order_by(order, Dataset.changed_at, Dataset.id).limit(MOST_ON_DESK)
    return db.session.scalars(query.options(joinedload(Dataset.holder), joinedload(Dataset.proposed_by))).all()


def all_holders() -> Sequence[DataHolder]:
    return db.session.scalars(sa.select(DataHolder).order_by(DataHolder.name, DataHolder.id)).all()


def stewards_of(holder_id: int) -> Sequence[DataSteward]:
    """Return who speaks for a holder now."""
    query = sa.select(DataSteward).where(DataSteward.holder_id == holder_id, DataSteward.ended_at.is_(None))
    return db.session.scalars(query.options(joinedload(DataSteward.account)).order_by(DataSteward.id)).all()


def accounts_that_speak_for(holder_ids: Collection[int]) -> set[int]:
    """Return the accounts of the stewards of these holders that are active."""
    query = sa.select(DataSteward.account_id).join(Account, Account.id == DataSteward.account_id)
    query = query.where(DataSteward.holder_id.in_(holder_ids), DataSteward.ended_at.is_(None), Account.active)
    return set(db.session.scalars(query))


def count_proposals() -> int:
    query = sa.select(sa.func.count(Dataset.id)).where(Dataset.state == DatasetState.PROPOSED)
    return db.session.scalar(query) or 0


def published_versions(dataset_id: int) -> Sequence[DatasetVersion]:
    """Return the published versions, the newest first."""
    query = sa.select(DatasetVersion).where(
        DatasetVersion.dataset_id == dataset_id, DatasetVersion.published_at.is_not(None)
    )
    return db.session.scalars(query.order_by(DatasetVersion.number.desc())).all()


def notes_of(dataset_id: int) -> Sequence[QualityNote]:
    """Return the quality notes, the newest first, each with the version it is about."""
    query = sa.select(QualityNote).where(QualityNote.dataset_id == dataset_id).order_by(QualityNote.id.desc())
    return db.session.scalars(query.options(joinedload(QualityNote.version))).all()


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


def _public() -> sa.Select[Dataset]:
    return _in_order(sa.select(Dataset).where(Dataset.state != DatasetState.PROPOSED))


def _in_order(query: sa.Select[Dataset]) -> sa.Select[Dataset]:
    is_offered = sa.case((Dataset.state == DatasetState.OFFERED, 0), else_=1)
    return query.order_by(is_offered, Dataset.id.desc())
