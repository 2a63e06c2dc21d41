from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from forum.core import clock
from forum.core.access import Actor
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.people.accounts.models import Account
from forum.people.accounts.permissions import may_take_part
from forum.response.datarequests.days import MIN_PANEL, day_of
from forum.response.datarequests.models import (
    DataCriteria,
    DataRequest,
    PanelSeat,
    RequestAppeal,
    RequestDecision,
    RequestReview,
    RequestState,
    RequestTerms,
    TermsAcceptance,
)
from forum.response.datarequests.permissions import can_read_request
from forum.response.datasets.models import Dataset, DataSteward

LISTED = (RequestState.REVIEW, RequestState.APPROVED, RequestState.REFUSED, RequestState.REVOKED)
"""States of the public list, in its order. Of withdrawn ones those are shown that were decided."""
MOST_ON_A_PAGE = 50


def shown() -> sa.ColumnElement[bool]:
    """Return the condition that everybody can read a request's purpose and what became of it."""
    is_decided = sa.exists().where(RequestDecision.request_id == DataRequest.id).correlate(DataRequest)
    withdrawn = sa.and_(DataRequest.state == RequestState.WITHDRAWN, is_decided)
    return sa.and_(~DataRequest.is_hidden, sa.or_(DataRequest.state.in_(LISTED), withdrawn))


def is_shown(request_id: int) -> bool:
    return db.session.scalar(sa.select(DataRequest.id).where(DataRequest.id == request_id, shown())) is not None


def review_is_shown() -> sa.ColumnElement[bool]:
    """Return the condition that everybody can read a review: it is not hidden, nor is its request."""
    of_shown = sa.exists().where(DataRequest.id == RequestReview.request_id, shown()).correlate(RequestReview)
    return sa.and_(~RequestReview.is_hidden, of_shown)


def get_request(request_id: int, actor: Actor) -> DataRequest:
    """Return a request that the actor may read, with everything its page shows.

    :raise NotFound: no such request, or not for this actor
    """
    query = sa.select(DataRequest, shown()).where(DataRequest.id == request_id).options(*_whole())
    found = db.session.execute(query).one_or_none()
    if found is None or not can_read_request(actor, found[0], bool(found[1])):
        raise NotFound(_("그런 신청이 없어요."))
    request: DataRequest = found[0]
    return request


def seat_of(actor: Actor) -> PanelSeat | None:
    """Return the actor's seat on the panel that is in force."""
    if actor.id is None or not may_take_part(actor):
        return None
    query = sa.select(PanelSeat).where(PanelSeat.account_id == actor.id, PanelSeat.ended_at.is_(None))
    return db.session.scalar(query)


def get_seat(seat_id: int) -> PanelSeat:
    """:raise NotFound: no such seat"""
    found = db.session.get(PanelSeat, seat_id)
    if found is None:
        raise NotFound(_("그런 심사위원이 없어요."))
    return found


def seats_in_force() -> Sequence[PanelSeat]:
    query = sa.select(PanelSeat).where(PanelSeat.ended_at.is_(None)).options(joinedload(PanelSeat.account))
    return db.session.scalars(query.order_by(PanelSeat.id)).all()


def count_reviewers(request: DataRequest) -> int:
    """Return how many members may review a request: neither its author nor stewards of the holder."""
    holder_id = request.dataset.holder_id
    stewards = sa.select(DataSteward.account_id).where(
        DataSteward.holder_id == holder_id, DataSteward.ended_at.is_(None)
    )
    query = (
        sa.select(sa.func.count(PanelSeat.id))
        .join(Account, Account.id == PanelSeat.account_id)
        .where(
            PanelSeat.ended_at.is_(None),
            Account.active,
            ~Account.waits_for_consent,
            PanelSeat.account_id.not_in(stewards),
            PanelSeat.account_id != sa.func.coalesce(request.author.account_id, 0),
        )
    )
    return db.session.scalar(query) or 0


def is_panel_ready() -> bool:
    """Return whether there is a panel that requests can go to."""
    query = sa.select(sa.func.count(PanelSeat.id)).where(PanelSeat.ended_at.is_(None))
    return (db.session.scalar(query) or 0) >= MIN_PANEL


def current_criteria() -> DataCriteria | None:
    query = (
        sa.select(DataCriteria).order_by(DataCriteria.number.desc()).limit(1).options(selectinload(DataCriteria.items))
    )
    return db.session.scalar(query)


def all_criteria() -> Sequence[DataCriteria]:
    """Return every edition, the newest first."""
    return db.session.scalars(
        sa.select(DataCriteria).order_by(DataCriteria.number.desc()).options(selectinload(DataCriteria.items))
    ).all()


@dataclass(frozen=True)
class RequestFilters:
    state: RequestState = RequestState.REVIEW

    @classmethod
    def parse(cls, args: Any) -> RequestFilters:
        """Parse query parameters; an unknown value means the usual list."""
        return cls({one.name: one for one in LISTED}.get(args.get("state", ""), RequestState.REVIEW))


def requests_page(filters: RequestFilters, page: int, size: int) -> Sequence[DataRequest]:
    """Return one page of the public list: of open ones the longest overdue first, of others the newest."""
    query = sa.select(DataRequest).where(shown(), DataRequest.state == filters.state).options(*_with_dataset())
    if filters.state is RequestState.REVIEW:
        query = query.order_by(DataRequest.due_on, DataRequest.id)
    else:
        query = query.order_by(DataRequest.id.desc())
    return db.session.scalars(query.limit(size).offset((page - 1) * size)).all()


def counts_by_state() -> dict[RequestState, int]:
    query = sa.select(DataRequest.state, sa.func.count()).where(shown()).group_by(DataRequest.state)
    return {state: n for state, n in db.session.execute(query).all()}  # noqa: C416 (rows are no pairs)


def requests_of_dataset(dataset_id: int) -> Sequence[DataRequest]:
    """Return a dataset's requests that everybody can read, the newest first."""
    query = sa.select(DataRequest).where(DataRequest.dataset_id == dataset_id, shown())
    return db.session.scalars(query.order_by(DataRequest.id.desc()).limit(MOST_ON_A_PAGE)).all()


def requests_for_need(need_id: int) -> Sequence[DataRequest]:
    """Return the requests that would answer a need, which everybody can read, the oldest first."""
    query = sa.select(DataRequest).where(DataRequest.need_id == need_id, shown()).options(*_with_dataset())
    return db.session.scalars(query.order_by(DataRequest.id).limit(MOST_ON_A_PAGE)).all()


def own_requests(participant_id: int) -> Sequence[DataRequest]:
    """Return somebody's own requests, the newest first: hidden and withdrawn ones too."""
    query = sa.select(DataRequest).where(
        DataRequest.author_id == participant_id, DataRequest.state != RequestState.REMOVED
    )
    query = query.options(*_with_dataset()).order_by(DataRequest.id.desc())
    return db.session.scalars(query.limit(MOST_ON_A_PAGE)).all()


def open_request_of(dataset_id: int, participant_id: int | None) -> DataRequest | None:
    """Return the person's request for a dataset that is being reviewed or is approved; there is at most one."""
    query = sa.select(DataRequest).where(
        DataRequest.dataset_id == dataset_id,
        DataRequest.author_id == participant_id,
        DataRequest.state.in_((RequestState.REVIEW, RequestState.APPROVED)),
    )
    return db.session.scalar(query)


def requests_to_decide(holder_ids: Collection[int] | None) -> Sequence[DataRequest]:
    """Return what waits for a decision of these holders, or of all, the longest overdue first."""
    query = sa.select(DataRequest).where(DataRequest.state == RequestState.REVIEW, ~DataRequest.is_hidden)
    if holder_ids is not None:
        query = query.join(Dataset, Dataset.id == DataRequest.dataset_id).where(Dataset.holder_id.in_(holder_ids))
    query = query.options(*_with_dataset()).order_by(DataRequest.due_on, DataRequest.id)
    return db.session.scalars(query.limit(MOST_ON_A_PAGE)).all()


def requests_to_review(actor: Actor) -> Sequence[DataRequest]:
    """Return what waits for a review of this member of the panel: not their own, and of no holder of theirs."""
    mine = sa.exists().where(
        RequestReview.request_id == DataRequest.id,
        RequestReview.round == DataRequest.round,
        RequestReview.author_id == actor.participant_id,
    )
    own_holders = sa.select(DataSteward.holder_id).where(
        DataSteward.account_id == actor.id, DataSteward.ended_at.is_(None)
    )
    query = (
        sa.select(DataRequest)
        .join(Dataset, Dataset.id == DataRequest.dataset_id)
        .where(
            DataRequest.state == RequestState.REVIEW,
            ~DataRequest.is_hidden,
            ~mine.correlate(DataRequest),
            DataRequest.author_id != actor.participant_id,
            Dataset.holder_id.not_in(own_holders),
        )
        .options(*_with_dataset())
        .order_by(DataRequest.panel_due_on, DataRequest.id)
    )
    return db.session.scalars(query.limit(MOST_ON_A_PAGE)).all()


def appeals_to_answer() -> Sequence[RequestAppeal]:
    """Return the appeals that wait, the longest overdue first."""
    query = sa.select(RequestAppeal).where(RequestAppeal.is_granted.is_(None)).join(RequestAppeal.request)
    query = query.options(joinedload(RequestAppeal.request).joinedload(DataRequest.dataset))
    return db.session.scalars(query.order_by(RequestAppeal.due_on, RequestAppeal.request_id)).all()


def count_overdue() -> int:
    """Return how many decisions and answers to appeals are late, in one statement."""
    today = clock.today()
    requests = sa.select(sa.func.count(DataRequest.id)).where(
        DataRequest.state == RequestState.REVIEW, DataRequest.due_on < today
    )
    appeals = sa.select(sa.func.count(RequestAppeal.request_id)).where(
        RequestAppeal.is_granted.is_(None), RequestAppeal.due_on < today
    )
    return db.session.scalar(sa.select(requests.scalar_subquery() + appeals.scalar_subquery())) or 0


def approved_request_of(dataset_id: int, participant_id: int) -> DataRequest | None:
    """Return the person's approved request for a dataset, with its terms: what access is decided by."""
    query = sa.select(DataRequest).where(
        DataRequest.dataset_id == dataset_id,
        DataRequest.author_id == participant_id,
        DataRequest.state == RequestState.APPROVED,
    )
    query = query.options(
        joinedload(DataRequest.dataset), selectinload(DataRequest.terms).selectinload(RequestTerms.acceptances)
    )
    return db.session.scalar(query)


def days_to_access(dataset_ids: Collection[int] | None = None) -> dict[int, int]:
    """Return the days from each request to the first moment at which its files could be had, by its id.

    Calendar days in Seoul; a request whose terms were never accepted has none.
    """
    query = (
        sa.select(DataRequest.id, DataRequest.created_at, sa.func.min(TermsAcceptance.accepted_at))
        .join(RequestTerms, RequestTerms.request_id == DataRequest.id)
        .join(TermsAcceptance, TermsAcceptance.terms_id == RequestTerms.id)
        .where(shown())
        .group_by(DataRequest.id, DataRequest.created_at)
        .order_by(DataRequest.id)
    )
    if dataset_ids is not None:
        query = query.where(DataRequest.dataset_id.in_(dataset_ids))
    return {
        request_id: (day_of(accepted) - day_of(asked)).days for request_id, asked, accepted in db.session.execute(query)
    }


def decisions_in_time() -> tuple[int, int]:
    """Return how many shown decisions came in time, and how many there are."""
    rows = db.session.execute(
        sa.select(RequestDecision.decided_at, RequestDecision.due_on)
        .join(DataRequest, DataRequest.id == RequestDecision.request_id)
        .where(shown())
    ).all()
    return sum(day_of(decided) <= due for decided, due in rows), len(rows)


def _with_dataset() -> Sequence[Any]:
    return (joinedload(DataRequest.dataset).joinedload(Dataset.holder),)


def _whole() -> Sequence[Any]:
    return (
        *_with_dataset(),
        joinedload(DataRequest.author),
        joinedload(DataRequest.need),
        joinedload(DataRequest.appeal),
        joinedload(DataRequest.criteria).selectinload(DataCriteria.items),
        selectinload(DataRequest.reviews),
        selectinload(DataRequest.decisions),
        selectinload(DataRequest.terms).selectinload(RequestTerms.acceptances),
    )
