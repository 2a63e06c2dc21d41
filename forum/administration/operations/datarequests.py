"""Checks of requests for data: states against decisions, who reviewed, acceptances and dates.

Everything here is worked out from the rows in plain Python, and not by what the services and pages use.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

import sqlalchemy as sa

from forum.administration.operations.findings import Finding
from forum.core.extensions import db
from forum.core.i18n import _
from forum.people.accounts.models import Participant
from forum.response.datarequests.models import (
    DataRequest,
    PanelSeat,
    RequestAppeal,
    RequestDecision,
    RequestReview,
    RequestState,
    RequestTerms,
    TermsAcceptance,
)


def request_states() -> Finding:
    """Compare the state and round of each request with its decisions, terms and appeal."""
    finding = Finding(_("자료 신청의 상태와 결정"), 0)
    decisions = _by_request(sa.select(RequestDecision.request_id, RequestDecision.round, RequestDecision.is_approved))
    with_terms = set(db.session.scalars(sa.select(RequestTerms.request_id).distinct()))
    granted = set(db.session.scalars(sa.select(RequestAppeal.request_id).where(RequestAppeal.is_granted.is_(True))))
    query = sa.select(DataRequest.id, DataRequest.state, DataRequest.round).order_by(DataRequest.id)
    for request_id, state, round_ in db.session.execute(query):
        finding.n_checked += 1
        found = dict(decisions[request_id])
        now = found.get(round_)
        fits = {
            RequestState.REVIEW: now is None,
            RequestState.APPROVED: now is True,
            RequestState.REFUSED: now is False,
            RequestState.REVOKED: now is True,
        }.get(state, True)
        again = round_ == 1 or (found.get(1) is False and request_id in granted)
        has_terms = (True in found.values()) == (request_id in with_terms)
        if not (fits and again and has_terms):
            told = {"id": request_id, "state": state.label, "n": len(found)}
            finding.differences.append(
                _("자료 신청 %(id)s번: 상태 ‘%(state)s’{은} 결정 %(n)s개와 맞지 않습니다", **told)
            )
    return finding


def request_reviews() -> Finding:
    """Look for reviews by somebody without a seat at that time, or by the person who asked."""
    finding = Finding(_("자료 신청의 심사 의견"), 0)
    seats: dict[int, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    for account_id, added_at, ended_at in db.session.execute(
        sa.select(PanelSeat.account_id, PanelSeat.added_at, PanelSeat.ended_at)
    ):
        seats[account_id].append((added_at, ended_at))
    query = (
        sa.select(
            RequestReview.id,
            RequestReview.author_id,
            Participant.account_id,
            RequestReview.created_at,
            DataRequest.author_id,
        )
        .join(DataRequest, DataRequest.id == RequestReview.request_id)
        .join(Participant, Participant.id == RequestReview.author_id)
        .order_by(RequestReview.id)
    )
    for review_id, reviewer_id, by_account, at, asked_by in db.session.execute(query):
        finding.n_checked += 1
        sat = any(began <= at and (ended is None or at <= ended) for began, ended in seats[by_account or 0])
        if not sat or reviewer_id == asked_by:
            finding.differences.append(_("심사 의견 %(id)s번: 심사할 수 없던 계정이 냈습니다", id=review_id))
    return finding


def request_acceptances() -> Finding:
    """Look for terms that were accepted before they were set, or of a request that nobody approved."""
    finding = Finding(_("받아들인 자료 승인 조건"), 0)
    approved = set(
        db.session.scalars(sa.select(RequestDecision.request_id).where(RequestDecision.is_approved).distinct())
    )
    query = (
        sa.select(TermsAcceptance.id, TermsAcceptance.accepted_at, RequestTerms.set_at, RequestTerms.request_id)
        .join(RequestTerms, RequestTerms.id == TermsAcceptance.terms_id)
        .order_by(TermsAcceptance.id)
    )
    for acceptance_id, accepted_at, set_at, request_id in db.session.execute(query):
        finding.n_checked += 1
        if accepted_at < set_at or request_id not in approved:
            finding.differences.append(_("조건 동의 %(id)s번: 받아들일 조건이 없었습니다", id=acceptance_id))
    return finding


REQUEST_CHECKS = (request_states, request_reviews, request_acceptances)


def _by_request(query: sa.Select[int, int, bool]) -> dict[int, list[tuple[int, bool]]]:
    found: dict[int, list[tuple[int, bool]]] = defaultdict(list)
    for request_id, number, approved in db.session.execute(query):
        found[request_id].append((number, approved))
    return found
