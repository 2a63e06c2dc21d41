"""Requests for data: the public list, the page of one, the form, and what the person who asked does."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.response.dataneeds.models import DataNeed
from forum.response.dataneeds.queries import get_need
from forum.response.datarequests.days import MIN_PANEL
from forum.response.datarequests.desk_views import page_of, register_desk
from forum.response.datarequests.forms import AcceptForm, AppealForm, RequestForm, SeenForm
from forum.response.datarequests.models import DataRequest
from forum.response.datarequests.pages import pace
from forum.response.datarequests.permissions import AUTHOR_ONLY, can_act_on_own, can_request, why_not_request
from forum.response.datarequests.queries import (
    LISTED,
    RequestFilters,
    all_criteria,
    counts_by_state,
    current_criteria,
    get_request,
    is_panel_ready,
    open_request_of,
    requests_page,
    seats_in_force,
)
from forum.response.datarequests.services import (
    OWN_HOLDER,
    accept_terms,
    appeal,
    ask_for_data,
    confirm_erasure,
    takes_requests,
    withdraw_request,
)
from forum.response.datarequests.terms import agreement
from forum.response.datasets.models import Dataset
from forum.response.datasets.permissions import can_read_dataset
from forum.response.datasets.queries import get_dataset, steward_of
from forum.system.audit.refused_attempts import audit_rejected_posts
from forum.web.forms import hidden_number, query_number
from forum.web.gate import public
from forum.web.pagecache import same_for_visitors

bp = Blueprint("datarequests", __name__, template_folder="templates")
audit_rejected_posts(bp)
register_desk(bp)


@bp.get("/data-requests")
@public
@same_for_visitors
def listing() -> ResponseReturnValue:
    """List requests, the overdue ones first, and how long access takes."""
    filters, counts = RequestFilters.parse(request.args), counts_by_state()
    size = current_app.config["PAGE_SIZE"]
    last = max(1, -(-counts.get(filters.state, 0) // size))
    page = min(max(query_number("page", 1) or 1, 1), last)
    found = requests_page(filters, page, size)
    return render_template(
        "datarequests/listing.html",
        requests=found,
        filters=filters,
        states=LISTED,
        counts=counts,
        page=page,
        last=last,
        pace=pace(),
        is_sample=any(one.dataset.proposed_by.is_sample for one in found),
    )


@bp.get("/data-requests/criteria")
@public
@same_for_visitors
def criteria() -> ResponseReturnValue:
    """Show by what the panel reviews, who sits on it, and how long each step may take."""
    seats = seats_in_force()
    is_sample = any(one.account.is_sample for one in seats)
    return render_template(
        "datarequests/criteria.html", editions=all_criteria(), seats=seats, fewest=MIN_PANEL, is_sample=is_sample
    )


@bp.route("/datasets/<int:dataset_id>/request", methods=["GET", "POST"])
def new(dataset_id: int) -> ResponseReturnValue:
    """Ask for a restricted dataset."""
    require(can_request(current_user), why_not_request(current_user))
    dataset = _readable(dataset_id)
    require(steward_of(dataset.holder_id, current_user) is None, str(OWN_HOLDER))
    form, need = RequestForm(), _named_need()
    with form.collect_errors():
        if form.validate_on_submit():
            made = ask_for_data(dataset, current_user, form.words(), need, request.remote_addr)
            db.session.commit()
            flash(_("신청했어요. 심사위원과 보유기관에 알렸어요."))
            return redirect(url_for("datarequests.show", request_id=made.id), 303)
    dataset = _readable(dataset_id)
    return form.page(
        "datarequests/form.html",
        dataset=dataset,
        need=_named_need(),
        edition=current_criteria(),
        is_ready=is_panel_ready(),
        takes=takes_requests(dataset),
        own=open_request_of(dataset.id, current_user.participant_id),
    )


@bp.get("/data-requests/<int:request_id>")
@public
@same_for_visitors
def show(request_id: int) -> ResponseReturnValue:
    """Show a request: what for, what the panel says, what was decided and on what terms."""
    return page_of(request_id)


@bp.get("/data-requests/<int:request_id>/terms.json")
@public
def terms(request_id: int) -> ResponseReturnValue:
    """Give out the terms in force as an ODRL agreement, for programs."""
    found = get_request(request_id, current_user).terms_in_force
    if found is None:
        raise NotFound(_("지금 따르는 조건이 없어요."))
    response: Response = jsonify(agreement(found))
    response.content_type = "application/ld+json"
    return response


@bp.post("/data-requests/<int:request_id>/withdraw")
def withdraw(request_id: int) -> ResponseReturnValue:
    """Take one's request back."""
    found, form = _own(request_id), SeenForm()
    with form.collect_errors():
        if form.validate_on_submit():
            withdraw_request(found, current_user, seen=form.seen_revision())
            db.session.commit()
            flash(_("신청을 거두었어요."))
            return _back(request_id)
    return page_of(request_id, form)


@bp.post("/data-requests/<int:request_id>/accept")
def accept(request_id: int) -> ResponseReturnValue:
    """Accept the terms of an approval."""
    found, form = _own(request_id), AcceptForm()
    with form.collect_errors():
        if form.validate_on_submit():
            accept_terms(found, current_user, seen=form.seen_revision(), seen_terms=form.terms.data or "")
            db.session.commit()
            flash(_("조건을 받아들였어요."))
            return _back(request_id, "files")
    return page_of(request_id, form)


@bp.post("/data-requests/<int:request_id>/erased")
def erased(request_id: int) -> ResponseReturnValue:
    """Say that the received files are deleted."""
    found, form = _own(request_id), SeenForm()
    with form.collect_errors():
        if form.validate_on_submit():
            confirm_erasure(found, current_user, seen=form.seen_revision())
            db.session.commit()
            flash(_("지웠다고 알렸어요."))
            return _back(request_id)
    return page_of(request_id, form)


@bp.post("/data-requests/<int:request_id>/appeal")
def make_appeal(request_id: int) -> ResponseReturnValue:
    """Ask that a refusal is looked at again."""
    found, form = _own(request_id), AppealForm()
    with form.collect_errors():
        if form.validate_on_submit():
            appeal(found, current_user, form.reason.data or "", seen=form.seen_revision())
            db.session.commit()
            flash(_("이의를 신청했어요. 거절을 정하지 않은 분석가가 답해요."))
            return _back(request_id, "appeal")
    return page_of(request_id, form)


def _own(request_id: int) -> DataRequest:
    found = get_request(request_id, current_user)
    require(can_act_on_own(current_user, found), str(AUTHOR_ONLY))
    return found


def _readable(dataset_id: int) -> Dataset:
    """:raise NotFound: no such dataset, or a proposal"""
    dataset = get_dataset(dataset_id)
    if not can_read_dataset(current_user, dataset, steward_of(dataset.holder_id, current_user)):
        raise NotFound(_("그런 자료가 없어요."))
    return dataset


def _named_need() -> DataNeed | None:
    """Return the need that the address or the form names, if there is one.

    :raise NotFound: there is none of that number for this reader
    """
    named: Any = request.values.get("need", "")
    return get_need(hidden_number(named), current_user).need if named else None


def _back(request_id: int, anchor: str | None = None) -> ResponseReturnValue:
    return redirect(url_for("datarequests.show", request_id=request_id, _anchor=anchor), 303)
