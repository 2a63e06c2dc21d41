from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import joinedload

from forum.core import clock
from forum.core.access import Actor, Role
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.reference import regions
from forum.deliberation.gatherings.models import (
    PUBLIC_STATES,
    AgeGroup,
    Gathering,
    GatheringHelper,
    GatheringState,
    Registration,
    RegistrationState,
)
from forum.deliberation.gatherings.permissions import can_be_organiser, can_see_gathering
from forum.people.accounts.models import Account, RoleGrant
from forum.voice.campaigns.models import Campaign

ENDED_STATES = frozenset({GatheringState.FINISHED, GatheringState.CANCELLED})
OPEN_STATES = frozenset(GatheringState) - ENDED_STATES
ON_LIST = frozenset({RegistrationState.SEATED, RegistrationState.WAITING})
MAX_OWN = 200


def get_gathering(gathering_id: int) -> Gathering:
    """:raise NotFound: no such gathering"""
    found = db.session.get(Gathering, gathering_id)
    if found is None:
        raise NotFound(_("그런 모임이 없어요."))
    return found


def seen_gathering(gathering_id: int, actor: Actor) -> tuple[Gathering, frozenset[int]]:
    """Return a gathering with its campaign and the ids of its helpers.

    :raise NotFound: no such gathering, or the actor may not see it
    """
    query = sa.select(Gathering).where(Gathering.id == gathering_id)
    found = db.session.scalar(query.options(joinedload(Gathering.campaign).selectinload(Campaign.phases)))
    helpers = helper_ids(gathering_id) if found is not None and actor.id is not None else frozenset()
    if found is None or not can_see_gathering(actor, found, helpers):
        raise NotFound(_("그런 모임이 없어요."))
    return found, helpers


def lock_gathering(gathering: Gathering) -> None:
    """Lock the gathering until the end of the transaction, and reload it. It is locked before anything in its room."""
    db.session.refresh(gathering, with_for_update={"of": Gathering})


def helper_ids(gathering_id: int) -> frozenset[int]:
    """Return the accounts that help to run a gathering."""
    query = sa.select(GatheringHelper.account_id).where(GatheringHelper.gathering_id == gathering_id)
    return frozenset(db.session.scalars(query))


def helpers_of(gathering_id: int) -> Sequence[Account]:
    """Return the helpers, in the order in which they were named."""
    query = (
        sa.select(Account)
        .join(GatheringHelper, GatheringHelper.account_id == Account.id)
        .where(GatheringHelper.gathering_id == gathering_id)
        .order_by(GatheringHelper.added_at, Account.id)
    )
    return db.session.scalars(query).all()


# lists


@dataclass(frozen=True)
class Filters:
    """Which gatherings of a campaign a list shows; None is all of them."""

    region_code: str | None = None
    age_group: AgeGroup | None = None
    from_day: date | None = None

    @classmethod
    def parse(cls, args: Mapping[str, str]) -> Filters:
        """Parse query parameters; an unknown value means no filter."""
        region = args.get("region", "")
        return cls(
            region_code=region if region in regions() else None,
            age_group=AgeGroup.__members__.get(args.get("age", "")),
            from_day=_day(args.get("from", "")),
        )

    def as_args(self, **changes: str) -> dict[str, str]:
        """Return the query parameters that lead back to these filters, or to those with `changes`."""
        args = {
            "region": self.region_code or "",
            "age": self.age_group.name if self.age_group else "",
            "from": self.from_day.isoformat() if self.from_day else "",
        }
        return {name: value for name, value in (args | changes).items() if value}

    @property
    def chosen(self) -> list[tuple[str, dict[str, str]]]:
        """Return each chosen filter by its label, with the query parameters of the list without it."""
        region = regions().get(self.region_code) if self.region_code else None
        found = {
            "region": region.short_name if region else "",
            "age": str(self.age_group.label) if self.age_group else "",
            "from": _("%(day)s부터", day=self.from_day.isoformat()) if self.from_day else "",
        }
        return [(label, self.as_args(**{name: ""})) for name, label in found.items() if label]


@dataclass(frozen=True)
class Seats:
    """How many people have a seat, how many wait for one, and how many seats people may still register for."""

    seated: int = 0
    waiting: int = 0
    free: int = 0


@dataclass(frozen=True)
class ListedGathering:
    gathering: Gathering
    is_past: bool
    seats: Seats


@dataclass(frozen=True)
class GatheringPage:
    """One page of a campaign's gatherings. `page` counts from 1, and `n_pages` is at least 1."""

    coming: Sequence[ListedGathering]
    past: Sequence[ListedGathering]
    page: int
    n_pages: int


def gathering_page(campaign: Campaign, filters: Filters, page: int, size: int) -> GatheringPage:
    """Return a page of the gatherings that everybody sees, with two queries: those to come first, the next one on top;
    then past ones, the latest on top.
    """
    where = _public_conditions(campaign, filters)
    n_all = db.session.scalar(sa.select(sa.func.count()).select_from(Gathering).where(*where)) or 0
    n_pages = max(-(-n_all // size), 1)
    page = min(max(page, 1), n_pages)
    is_past = _is_past()
    coming_first = sa.case((is_past, 1), else_=0)
    next_first = sa.case((is_past, None), else_=Gathering.starts_at)
    query = (
        sa.select(Gathering, coming_first, *_counts())
        .where(*where)
        .order_by(coming_first, next_first, Gathering.starts_at.desc(), Gathering.id)
        .offset((page - 1) * size)
        .limit(size)
    )
    rows = [
        ListedGathering(gathering, bool(past), _seats(gathering, seated, waiting))
        for gathering, past, seated, waiting in db.session.execute(query)
    ]
    coming, past = [row for row in rows if not row.is_past], [row for row in rows if row.is_past]
    return GatheringPage(coming, past, page, n_pages)


def coming_gatherings(campaign_id: int, size: int) -> Sequence[Gathering]:
    """Return the next announced gatherings of a campaign, with one query."""
    query = sa.select(Gathering).where(
        Gathering.campaign_id == campaign_id,
        Gathering.state.in_([GatheringState.PLANNED, GatheringState.RUNNING]),
        ~Gathering.is_hidden,
        Gathering.ends_at > clock.now(),
    )
    return db.session.scalars(query.order_by(Gathering.starts_at, Gathering.id).limit(size)).all()


def own_gatherings(actor: Actor) -> Sequence[Gathering]:
    """Return what an account organises or helps to run: open ones first, then the latest."""
    helped = sa.select(GatheringHelper.gathering_id).where(GatheringHelper.account_id == actor.id)
    mine = sa.or_(Gathering.organiser_id == actor.id, Gathering.id.in_(helped))
    return _listed(mine)


def without_organiser() -> Sequence[Gathering]:
    """Return the gatherings not ended whose organiser has left or has lost the role: an admin finds somebody else."""
    is_facilitator = (
        sa.select(RoleGrant.id)
        .where(
            RoleGrant.account_id == Gathering.organiser_id,
            RoleGrant.role == Role.FACILITATOR,
            RoleGrant.revoked_at.is_(None),
        )
        .exists()
    )
    active = sa.select(Account.id).where(Account.id == Gathering.organiser_id, Account.active).exists()
    return _listed(sa.and_(Gathering.state.in_(OPEN_STATES), sa.or_(~is_facilitator, ~active)))


def n_without_organiser() -> int:
    return len(without_organiser())


def _listed(which: sa.ColumnElement[bool]) -> Sequence[Gathering]:
    open_first = sa.case((Gathering.state.in_(ENDED_STATES), 1), else_=0)
    no_time_first = sa.case((Gathering.starts_at.is_(None), 0), else_=1)
    query = (
        sa.select(Gathering)
        .where(which)
        .options(joinedload(Gathering.campaign), joinedload(Gathering.organiser))
        .order_by(open_first, no_time_first, Gathering.starts_at, Gathering.id)
        .limit(MAX_OWN)
    )
    return db.session.scalars(query).all()


def copied_from(gathering: Gathering) -> Gathering | None:
    """Return the finished gathering that was this one's template, if everybody can read it."""
    if gathering.copied_from_id is None:
        return None
    found = db.session.get(Gathering, gathering.copied_from_id)
    return found if found is not None and found.is_public else None


def n_copies(gathering: Gathering) -> int:
    """Return how many announced gatherings follow this one."""
    query = sa.select(sa.func.count()).where(
        Gathering.copied_from_id == gathering.id, Gathering.state.in_(PUBLIC_STATES), ~Gathering.is_hidden
    )
    return db.session.scalar(query) or 0


def _public_conditions(campaign: Campaign, filters: Filters) -> list[sa.ColumnElement[bool]]:
    conditions = [
        Gathering.campaign_id == campaign.id,
        Gathering.state.in_(PUBLIC_STATES),
        ~Gathering.is_hidden,
    ]
    if filters.region_code:
        conditions.append(Gathering.region_code == filters.region_code)
    if filters.age_group:
        conditions.append(Gathering.age_group == filters.age_group)
    if filters.from_day:
        conditions.append(Gathering.starts_at >= start_of(filters.from_day))
    return conditions


def _is_past() -> sa.ColumnElement[bool]:
    planned_and_over = sa.and_(Gathering.state == GatheringState.PLANNED, Gathering.ends_at <= clock.now())
    return sa.or_(Gathering.state.in_(ENDED_STATES), planned_and_over)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text) if text.isascii() else None
    except ValueError:
        return None
    return day if day is not None and clock.FIRST_YEAR < day.year < clock.LAST_YEAR else None


def start_of(day: date) -> datetime:
    """Return when a day begins in Seoul."""
    return datetime.combine(day, time(), tzinfo=clock.SEOUL)


# registrations


@dataclass(frozen=True)
class OwnRegistration:
    """Somebody's own registration. `place` counts from 1 among those who wait."""

    state: RegistrationState
    place: int = 0

    @property
    def is_seated(self) -> bool:
        return self.state is RegistrationState.SEATED


def seats_of(gathering: Gathering) -> Seats:
    seated, waiting = db.session.execute(sa.select(*_counts()).where(Gathering.id == gathering.id)).one()
    return _seats(gathering, seated, waiting)


def registration_of(gathering: Gathering, actor: Actor) -> OwnRegistration | None:
    """Return the actor's own registration, if it was not cancelled."""
    if actor.id is None:
        return None
    own = db.session.get(Registration, (gathering.id, actor.id))
    if own is None or own.state not in ON_LIST:
        return None
    return OwnRegistration(own.state, _place_of(own) if own.state is RegistrationState.WAITING else 0)


def registered(gathering_id: int, *states: RegistrationState) -> Sequence[Registration]:
    """Return registrations with their accounts, in the order in which people asked."""
    query = (
        sa.select(Registration)
        .where(Registration.gathering_id == gathering_id, Registration.state.in_(states or ON_LIST))
        .options(joinedload(Registration.account))
        .order_by(Registration.asked_at, Registration.account_id)
    )
    return db.session.scalars(query).all()


def addresses_on_list(gathering_id: int) -> dict[int, str]:
    """Return the addresses of those who have a seat or wait for one, by account id; without closed accounts."""
    query = (
        sa.select(Account.id, Account.email)
        .join(Registration, Registration.account_id == Account.id)
        .where(Registration.gathering_id == gathering_id, Registration.state.in_(ON_LIST), Account.active)
        .order_by(Account.id)
    )
    return {row.id: row.email for row in db.session.execute(query)}


def why_registration_closed(gathering: Gathering) -> str:
    """Return why nobody can register any more, as a sentence; empty if people can."""
    if gathering.state is GatheringState.CANCELLED:
        return _("취소된 모임이에요.")
    if gathering.state is GatheringState.FINISHED:
        return _("끝난 모임이에요.")
    if gathering.state is not GatheringState.PLANNED:
        return _("지금은 신청을 받지 않아요.")
    if gathering.starts_at is None or gathering.starts_at <= clock.now():
        return _("모임을 시작할 때가 되어 신청을 더 받지 않아요.")
    return ""


def lists_end_on(gathering: Gathering) -> date | None:
    """Return the day on which registrations and attendance are deleted, as it stands now; None without a time."""
    if gathering.lists_until is not None:
        return gathering.lists_until
    if gathering.ends_at is None:
        return None
    days = int(current_app.config["GATHERING_LIST_DAYS"])
    return gathering.ends_at.astimezone(clock.SEOUL).date() + timedelta(days=days)


@dataclass(frozen=True)
class OwnGathering:
    """A line of one's own list: a gathering that one registered for, helps in or organises, and as what."""

    gathering: Gathering
    role: str


def gatherings_of_person(account_id: int, size: int) -> list[OwnGathering]:
    """Return the gatherings that somebody has to do with, the latest first, with two queries.

    Without hidden ones, and without registrations that were cancelled.
    """
    state = (
        sa.select(Registration.state)
        .where(
            Registration.gathering_id == Gathering.id,
            Registration.account_id == account_id,
            Registration.state.in_(ON_LIST),
        )
        .scalar_subquery()
    )
    helps = (
        sa.select(GatheringHelper.account_id)
        .where(GatheringHelper.gathering_id == Gathering.id, GatheringHelper.account_id == account_id)
        .exists()
    )
    query = (
        sa.select(Gathering, state, helps)
        .where(
            sa.or_(state.is_not(None), helps, Gathering.organiser_id == account_id),
            Gathering.state.in_(PUBLIC_STATES),
            ~Gathering.is_hidden,
        )
        .options(joinedload(Gathering.campaign))
        .order_by(Gathering.starts_at.desc(), Gathering.id.desc())
        .limit(size)
    )
    return [
        OwnGathering(gathering, _role(gathering, account_id, registration, is_helper))
        for gathering, registration, is_helper in db.session.execute(query)
    ]


def _role(gathering: Gathering, account_id: int, state: RegistrationState | None, is_helper: bool) -> str:
    if gathering.organiser_id == account_id:
        return _("내가 연 모임")
    if is_helper:
        return _("도우미")
    return str(state.label) if state is not None else ""


def _place_of(own: Registration) -> int:
    asked = sa.tuple_(Registration.asked_at, Registration.account_id)
    query = sa.select(sa.func.count()).where(
        Registration.gathering_id == own.gathering_id,
        Registration.state == RegistrationState.WAITING,
        asked <= sa.tuple_(sa.literal(own.asked_at, Registration.asked_at.type), sa.literal(own.account_id)),
    )
    return db.session.scalar(query) or 1


def _counts() -> list[Any]:
    return [
        sa.select(sa.func.count())
        .select_from(Registration)
        .where(Registration.gathering_id == Gathering.id, Registration.state == state)
        .correlate(Gathering)
        .scalar_subquery()
        for state in (RegistrationState.SEATED, RegistrationState.WAITING)
    ]


def _seats(gathering: Gathering, seated: int, waiting: int) -> Seats:
    return Seats(seated, waiting, max(gathering.seats - gathering.held_seats - seated, 0))


# what periodic tasks look for


def due_for_reminding(today: date) -> Sequence[int]:
    """Return planned gatherings of tomorrow in which somebody with a seat has not been reminded, by id."""
    tomorrow = today + timedelta(days=1)
    query = (
        sa.select(Gathering.id)
        .where(
            Gathering.state == GatheringState.PLANNED,
            ~Gathering.is_hidden,
            Gathering.starts_at >= start_of(tomorrow),
            Gathering.starts_at < start_of(tomorrow + timedelta(days=1)),
            waits_for_reminder(today).exists(),
        )
        .order_by(Gathering.id)
    )
    return db.session.scalars(query).all()


def waits_for_reminder(today: date) -> sa.Select[Any]:
    """Return the query for the accounts to remind, of `Gathering`; who got the seat today knows."""
    query = sa.select(Registration.account_id).where(
        Registration.gathering_id == Gathering.id,
        Registration.state == RegistrationState.SEATED,
        Registration.reminded_at.is_(None),
        Registration.seated_at < start_of(today),
    )
    return query.order_by(Registration.account_id)


def untended_ids() -> Sequence[int]:
    """Return gatherings to come with somebody on the list who may not take part any more, or a seat for who waits."""
    seated, waiting = _counts()
    may = sa.and_(Account.active, Account.confirmed_at.is_not(None), ~Account.waits_for_consent)
    gone = (
        sa.select(Registration.account_id)
        .join(Account, Account.id == Registration.account_id)
        .where(Registration.gathering_id == Gathering.id, Registration.state.in_(ON_LIST), ~may)
        .exists()
    )
    has_room = sa.and_(waiting > 0, seated < Gathering.seats - Gathering.held_seats)
    query = sa.select(Gathering.id).where(
        Gathering.state == GatheringState.PLANNED, Gathering.starts_at > clock.now(), sa.or_(gone, has_room)
    )
    return db.session.scalars(query.order_by(Gathering.id)).all()


def due_for_deletion(today: date) -> Sequence[int]:
    """Return the gatherings whose lists are due, by id: those that have ended, and those that never began."""
    days = int(current_app.config["GATHERING_LIST_DAYS"])
    never_began = sa.and_(
        Gathering.state == GatheringState.PLANNED, Gathering.ends_at < start_of(today - timedelta(days=days - 1))
    )
    query = sa.select(Gathering.id).where(
        Gathering.lists_deleted_at.is_(None), sa.or_(Gathering.lists_until <= today, never_began)
    )
    return db.session.scalars(query.order_by(Gathering.id)).all()


def organiser_is_gone(gathering: Gathering) -> bool:
    """Has the organiser left, or lost the role? Then an admin finds somebody else."""
    return not can_be_organiser(gathering.organiser)
