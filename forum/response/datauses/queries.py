from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from forum.core.access import Actor
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.rounds.models import CouncilTask
from forum.people.accounts.models import Participant
from forum.response.datafiles.access import may_have
from forum.response.datafiles.models import DataFile, DataFileState
from forum.response.dataneeds.models import DataNeed
from forum.response.dataneeds.subjects import Subject, subject_is_shown
from forum.response.datarequests.models import DataRequest
from forum.response.datasets.models import Dataset, DatasetState, DatasetVersion, Sensitivity
from forum.response.datasets.permissions import can_describe, can_keep_registry
from forum.response.datasets.queries import holders_of, steward_of
from forum.response.datauses.models import DataUse, DataUseDataset, UseState
from forum.response.datauses.permissions import WRITERS, can_read_use
from forum.response.referrals.models import Referral
from forum.voice.campaigns.models import Campaign

USABLE = (DatasetState.OFFERED, DatasetState.ENDED)
"""Datasets from which people can have learnt something."""
MOST_ON_A_PAGE = 20
"""Uses that the page of another thing, a desk, or one's own page shows at most, the newest."""


def shown() -> sa.ColumnElement[bool]:
    """Return the condition that everybody can read a use, and what it is about."""
    return sa.and_(~DataUse.is_hidden, DataUse.state == UseState.PUBLISHED, subject_is_shown(DataUse))


def get_use(use_id: int, actor: Actor) -> DataUse:
    """Return a use that the actor may read.

    :raise NotFound: no such use, or not for this actor
    """
    query = sa.select(DataUse, shown()).where(DataUse.id == use_id).options(*_with_all())
    found = db.session.execute(query).one_or_none()
    if found is not None:
        use, is_public = found[0], bool(found[1])
        if can_read_use(actor, use, is_public, () if is_public else own_holders(actor)):
            return use
    raise NotFound(_("그런 글이 없어요."))


def is_shown(use_id: int) -> bool:
    """Return whether everybody can read a use now."""
    return db.session.scalar(sa.select(DataUse.id).where(DataUse.id == use_id, shown())) is not None


def own_holders(actor: Actor) -> frozenset[int]:
    """Return the ids of the holders that an actor speaks for."""
    return frozenset(one.id for one in holders_of(actor))


def holders_to_write(actor: Actor) -> frozenset[int]:
    """Return the holders that matter for whether the actor may write; whose role may already costs no statement."""
    return frozenset() if actor.role in WRITERS else own_holders(actor)


def uses_page(campaign_id: int | None, page: int, size: int) -> list[DataUse]:
    """Return one page of the public list, the newest first. Two statements."""
    return _shown_uses(_of_campaign(campaign_id), limit=size, offset=(page - 1) * size)


def count_uses(campaign_id: int | None = None) -> int:
    query = sa.select(sa.func.count(DataUse.id)).where(shown(), *_of_campaign(campaign_id))
    return db.session.scalar(query) or 0


def all_uses(campaign_id: int) -> list[DataUse]:
    """Return the uses of a campaign that everybody can read, the newest first."""
    return _shown_uses(_of_campaign(campaign_id))


def campaigns_with_uses() -> Sequence[Campaign]:
    """Return the campaigns that have some use in the list, by title."""
    ids = sa.select(DataUse.campaign_id).where(shown())
    return db.session.scalars(
        sa.select(Campaign).where(Campaign.id.in_(ids)).order_by(Campaign.title, Campaign.id)
    ).all()


def uses_of(subject: Subject) -> list[DataUse]:
    """Return the uses about one thing, as `uses_on_way`."""
    return uses_on_way(**{subject.kind.column: [subject.thing.id]})


def uses_on_way(**ids: Collection[int]) -> list[DataUse]:
    """Return the uses about any of these things, which everybody can read, the newest first.

    Two statements where there are some, else one.

    :param ids: by the column that names the thing, such as `idea_id`
    """
    about = [getattr(DataUse, column).in_(found) for column, found in ids.items() if found]
    query = (
        sa.select(DataUse)
        .where(sa.or_(sa.false(), *about), ~DataUse.is_hidden, DataUse.state == UseState.PUBLISHED)
        .options(_with_datasets(), joinedload(DataUse.need), _with_author())
    )
    return list(db.session.scalars(_newest(query).limit(MOST_ON_A_PAGE)))


def uses_of_need(need: DataNeed) -> list[DataUse]:
    """Return the uses that answer a need, the one that settled it first, then the newest."""
    found = _shown_uses([DataUse.need_id == need.id], limit=MOST_ON_A_PAGE)
    return sorted(found, key=lambda one: not one.settles_need)


def uses_of_dataset(dataset: Dataset) -> list[DataUse]:
    """Return what was found out with a dataset, the newest first."""
    with_it = sa.select(DataUseDataset.use_id).where(DataUseDataset.dataset_id == dataset.id)
    return _shown_uses([DataUse.id.in_(with_it)], limit=MOST_ON_A_PAGE)


def uses_of_request(request: DataRequest) -> list[DataUse]:
    """Return what the person who asked for a dataset found out with it, the newest first."""
    with_it = sa.select(DataUseDataset.use_id).where(DataUseDataset.dataset_id == request.dataset_id)
    return _shown_uses([DataUse.author_id == request.author_id, DataUse.id.in_(with_it)], limit=MOST_ON_A_PAGE)


def own_uses(participant_id: int) -> Sequence[DataUse]:
    """Return what somebody wrote, in any state, the newest first."""
    query = sa.select(DataUse).where(DataUse.author_id == participant_id, DataUse.state != UseState.REMOVED)
    query = query.options(*_with_subject()).order_by(DataUse.id.desc()).limit(MOST_ON_A_PAGE)
    return db.session.scalars(query).all()


def waiting_uses(actor: Actor) -> Sequence[DataUse]:
    """Return what waits for a check that the actor may make or follow, the longest first."""
    query = sa.select(DataUse).where(DataUse.state == UseState.WAITING, ~DataUse.is_hidden)
    if not can_keep_registry(actor):
        own = own_holders(actor)
        if not own:
            return []
        with_own = (
            sa.select(DataUseDataset.use_id)
            .join(Dataset, Dataset.id == DataUseDataset.dataset_id)
            .where(Dataset.holder_id.in_(own), Dataset.sensitivity != Sensitivity.OPEN)
        )
        query = query.where(DataUse.id.in_(with_own))
    query = query.options(_with_datasets(), _with_author()).order_by(DataUse.id).limit(MOST_ON_A_PAGE)
    return db.session.scalars(query).all()


def count_waiting() -> int:
    query = sa.select(sa.func.count(DataUse.id)).where(DataUse.state == UseState.WAITING, ~DataUse.is_hidden)
    return db.session.scalar(query) or 0


def usable_datasets() -> Sequence[Dataset]:
    """Return the datasets from which people can have learnt something, by title. Who may have which is asked later."""
    query = sa.select(Dataset).where(Dataset.state.in_(USABLE)).options(joinedload(Dataset.holder))
    return db.session.scalars(query.order_by(Dataset.title, Dataset.id)).all()


def may_have_some(dataset: Dataset, actor: Actor) -> bool:
    """Return whether the actor keeps a dataset, or may have one of its files now."""
    if can_describe(actor, steward_of(dataset.holder_id, actor)):
        return True
    query = (
        sa.select(DataFile)
        .join(DatasetVersion, DatasetVersion.id == DataFile.version_id)
        .where(DatasetVersion.dataset_id == dataset.id, DataFile.state == DataFileState.READY)
        .options(joinedload(DataFile.version).joinedload(DatasetVersion.dataset))
        .order_by(DataFile.id.desc())
    )
    return any(may_have(file, actor) for file in db.session.scalars(query).all())


def _shown_uses(conditions: Sequence[Any], limit: int | None = None, offset: int = 0) -> list[DataUse]:
    query = _newest(sa.select(DataUse).where(shown(), *conditions).options(*_with_all()))
    return list(db.session.scalars(query.limit(limit).offset(offset)))


def _newest(query: sa.Select[DataUse]) -> sa.Select[DataUse]:
    return query.order_by(DataUse.published_at.desc(), DataUse.id.desc())


def _of_campaign(campaign_id: int | None) -> list[sa.ColumnElement[bool]]:
    return [DataUse.campaign_id == campaign_id] if campaign_id is not None else []


def _with_datasets() -> ExecutableOption:
    return selectinload(DataUse.datasets).joinedload(Dataset.holder)


def _with_author() -> ExecutableOption:
    return joinedload(DataUse.author).joinedload(Participant.account)


def _with_all() -> list[ExecutableOption]:
    return [_with_datasets(), *_with_subject()]


def _with_subject() -> list[ExecutableOption]:
    return [
        joinedload(DataUse.campaign),
        joinedload(DataUse.need),
        joinedload(DataUse.idea),
        joinedload(DataUse.theme),
        joinedload(DataUse.referral).joinedload(Referral.theme),
        joinedload(DataUse.task).joinedload(CouncilTask.round),
        _with_author(),
    ]
