from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from forum.core import clock
from forum.core.access import Actor
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.rounds.models import CouncilTask
from forum.people.accounts.models import Account, Participant
from forum.response.dataneeds.models import DataNeed, NeedJoin, NeedOffer, NeedState
from forum.response.dataneeds.permissions import can_read_need
from forum.response.dataneeds.subjects import Subject, subject_is_shown, subject_of
from forum.response.datasets.models import Dataset, DatasetState, DataSteward
from forum.response.datasets.permissions import can_keep_registry
from forum.response.datasets.queries import holders_of
from forum.response.referrals.models import Referral
from forum.voice.campaigns.models import Campaign

OFFERABLE = (DatasetState.TALKING, DatasetState.OFFERED)
LISTED = (NeedState.OPEN, NeedState.OFFERED, NeedState.SETTLED, NeedState.REFUSED)
"""States of the public list, in its order."""
MOST_ON_A_PAGE = 50
"""Needs that the page of another thing, or of one's own, shows at most: the most wanted, or the newest of one's own."""
WAITS_TOO_LONG = timedelta(days=14)
"""From then on an open need without an offer waits for an analyst."""


@dataclass(frozen=True)
class WantedNeed:
    """A need in a list. `n_people` want to know: whoever asked, and whoever joined and may take part."""

    need: DataNeed
    n_people: int

    @property
    def subject(self) -> Subject:
        return subject_of(self.need)


def may_count() -> sa.ColumnElement[bool]:
    """Return the condition that an account's wish counts: it is not closed, and waits for no consent."""
    return sa.and_(Account.active, ~Account.waits_for_consent)


def n_joined() -> sa.ScalarSelect[int]:
    """Return how many joined each need, as a column; counted each time, so that nobody has to keep it right."""
    query = (
        sa.select(sa.func.count())
        .select_from(NeedJoin)
        .join(Participant, Participant.id == NeedJoin.participant_id)
        .join(Account, Account.id == Participant.account_id)
        .where(NeedJoin.need_id == DataNeed.id, may_count())
    )
    return query.correlate(DataNeed).scalar_subquery()


def shown() -> sa.ColumnElement[bool]:
    """Return the condition that everybody can read a need, and what it is about."""
    return sa.and_(~DataNeed.is_hidden, DataNeed.state.in_(LISTED), subject_is_shown())


def get_need(need_id: int, actor: Actor) -> WantedNeed:
    """Return a need that the actor may read, with how many want to know.

    :raise NotFound: no such need, or not for this actor
    """
    query = sa.select(DataNeed, n_joined(), shown()).where(DataNeed.id == need_id).options(*_with_subject())
    found = db.session.execute(query).one_or_none()
    if found is None or not can_read_need(actor, found[0], bool(found[2])):
        raise NotFound(_("그런 글이 없어요."))
    return WantedNeed(found[0], found[1] + 1)


def has_joined(need: DataNeed, actor: Actor) -> bool:
    if actor.participant_id is None:
        return False
    return db.session.get(NeedJoin, (need.id, actor.participant_id)) is not None


def is_shown(need_id: int) -> bool:
    """Return whether everybody can read a need now."""
    return db.session.scalar(sa.select(DataNeed.id).where(DataNeed.id == need_id, shown())) is not None


def joined_by_any(need_id: int) -> bool:
    """Return whether anybody joined, counted or not."""
    return bool(db.session.scalar(sa.select(sa.exists().where(NeedJoin.need_id == need_id))))


@dataclass(frozen=True)
class NeedFilters:
    """What a list is narrowed to."""

    state: NeedState = NeedState.OPEN
    campaign_id: int | None = None

    @classmethod
    def parse(cls, args: Any, campaigns: Sequence[Campaign]) -> NeedFilters:
        """Parse query parameters; an unknown value means the usual list."""
        states = {one.name: one for one in LISTED}
        ids = {one.slug: one.id for one in campaigns}
        return cls(states.get(args.get("state", ""), NeedState.OPEN), ids.get(args.get("campaign", "")))


def needs_page(filters: NeedFilters, page: int, size: int) -> list[WantedNeed]:
    """Return one page of the list, the most wanted first. Five statements, whatever it finds."""
    people = n_joined()
    query = (
        sa.select(DataNeed, people)
        .where(shown(), DataNeed.state == filters.state, *_of_campaign(filters.campaign_id))
        .options(*_with_subject())
        .order_by(people.desc(), DataNeed.id.desc())
        .limit(size)
        .offset((page - 1) * size)
    )
    return [WantedNeed(need, n + 1) for need, n in db.session.execute(query)]


def all_needs(campaign_id: int) -> list[WantedNeed]:
    """Return the needs of a campaign that everybody can read, in any state, the most wanted first."""
    people = n_joined()
    query = sa.select(DataNeed, people).where(shown(), DataNeed.campaign_id == campaign_id).options(*_with_subject())
    return [
        WantedNeed(need, n + 1) for need, n in db.session.execute(query.order_by(people.desc(), DataNeed.id.desc()))
    ]


def counts_by_state(campaign_id: int | None = None) -> dict[NeedState, int]:
    """Return how many needs of each state the list shows."""
    query = sa.select(DataNeed.state, sa.func.count()).where(shown(), *_of_campaign(campaign_id))
    rows = db.session.execute(query.group_by(DataNeed.state)).all()
    return {state: n for state, n in rows}  # noqa: C416 (rows are no pairs)


def campaigns_with_needs() -> Sequence[Campaign]:
    """Return the campaigns that have some need in the list, by title."""
    ids = sa.select(DataNeed.campaign_id).where(shown())
    return db.session.scalars(
        sa.select(Campaign).where(Campaign.id.in_(ids)).order_by(Campaign.title, Campaign.id)
    ).all()


def needs_of(subject: Subject) -> list[WantedNeed]:
    """Return the needs about one thing, as `needs_on_way`."""
    return needs_on_way(**{subject.kind.column: [subject.thing.id]})


def needs_on_way(**ids: Collection[int]) -> list[WantedNeed]:
    """Return the needs about any of these things, which everybody can read, the most wanted first.

    Two statements where there are some, else one.

    :param ids: by the column that names the thing, such as `idea_id`
    """
    people = n_joined()
    about = [getattr(DataNeed, column).in_(found) for column, found in ids.items() if found]
    query = (
        sa.select(DataNeed, people)
        .where(sa.or_(sa.false(), *about), ~DataNeed.is_hidden, DataNeed.state.in_(LISTED))
        .options(_with_offers())
        .order_by(people.desc(), DataNeed.id.desc())
        .limit(MOST_ON_A_PAGE)
    )
    return [WantedNeed(need, n + 1) for need, n in db.session.execute(query)]


def needs_of_dataset(dataset: Dataset) -> list[WantedNeed]:
    """Return the needs that a dataset is offered for, the most wanted first."""
    people = n_joined()
    query = (
        sa.select(DataNeed, people)
        .join(NeedOffer, NeedOffer.need_id == DataNeed.id)
        .where(NeedOffer.dataset_id == dataset.id, shown())
        .options(*_with_subject())
        .order_by(people.desc(), DataNeed.id.desc())
        .limit(MOST_ON_A_PAGE)
    )
    return [WantedNeed(need, n + 1) for need, n in db.session.execute(query)]


def own_needs(participant_id: int) -> list[WantedNeed]:
    """Return what somebody asked and what they joined, the newest first: their own hidden ones too."""
    people = n_joined()
    joined = sa.select(NeedJoin.need_id).where(NeedJoin.participant_id == participant_id)
    is_own = sa.and_(DataNeed.author_id == participant_id, DataNeed.state != NeedState.REMOVED)
    query = (
        sa.select(DataNeed, people)
        .where(sa.or_(is_own, sa.and_(DataNeed.id.in_(joined), shown())))
        .options(*_with_subject())
        .order_by(DataNeed.id.desc())
        .limit(MOST_ON_A_PAGE)
    )
    return [WantedNeed(need, n + 1) for need, n in db.session.execute(query)]


def holders_of_offers(need_id: int) -> list[int]:
    """Return the holders of the datasets that are offered for a need."""
    query = sa.select(Dataset.holder_id).join(NeedOffer, NeedOffer.dataset_id == Dataset.id)
    return list(db.session.scalars(query.where(NeedOffer.need_id == need_id).order_by(Dataset.holder_id)))


def joiners_of(need_id: int) -> list[int]:
    """Return the accounts that joined a need and can be told."""
    query = (
        sa.select(Account.id)
        .join(Participant, Participant.account_id == Account.id)
        .join(NeedJoin, NeedJoin.participant_id == Participant.id)
        .where(NeedJoin.need_id == need_id, may_count())
        .order_by(Account.id)
    )
    return list(db.session.scalars(query))


def datasets_to_offer(actor: Actor, need: DataNeed) -> Sequence[Dataset]:
    """Return the datasets that the actor may offer for a need and that are not offered yet, by title."""
    if actor.id is None:
        return ()
    offered = sa.select(NeedOffer.dataset_id).where(NeedOffer.need_id == need.id)
    query = sa.select(Dataset).where(Dataset.state.in_(OFFERABLE), Dataset.id.not_in(offered))
    if not can_keep_registry(actor):
        own = sa.select(DataSteward.holder_id).where(DataSteward.account_id == actor.id, DataSteward.ended_at.is_(None))
        query = query.where(Dataset.holder_id.in_(own))
    return db.session.scalars(query.options(joinedload(Dataset.holder)).order_by(Dataset.title, Dataset.id)).all()


def holders_by_actor(actor: Actor) -> frozenset[int]:
    """Return the ids of the holders that an actor speaks for."""
    return frozenset(one.id for one in holders_of(actor))


def count_waiting() -> int:
    """Return how many open needs have had no offer for too long."""
    before = clock.now() - WAITS_TOO_LONG
    query = sa.select(sa.func.count()).select_from(DataNeed)
    return db.session.scalar(query.where(shown(), DataNeed.state == NeedState.OPEN, DataNeed.created_at < before)) or 0


def _of_campaign(campaign_id: int | None) -> list[sa.ColumnElement[bool]]:
    return [DataNeed.campaign_id == campaign_id] if campaign_id is not None else []


def _with_offers() -> ExecutableOption:
    return selectinload(DataNeed.offers).joinedload(NeedOffer.dataset).joinedload(Dataset.holder)


def _with_subject() -> list[ExecutableOption]:
    return [
        _with_offers(),
        joinedload(DataNeed.campaign),
        joinedload(DataNeed.idea),
        joinedload(DataNeed.theme),
        joinedload(DataNeed.referral).joinedload(Referral.theme),
        joinedload(DataNeed.task).joinedload(CouncilTask.round),
        joinedload(DataNeed.author).joinedload(Participant.account),
    ]
