"""The list of needs for data, the page of one, the form, and what holders and analysts do."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.extensions import db
from forum.core.i18n import _
from forum.response.dataneeds.deciding import (
    offer_dataset,
    refuse_need,
    reopen_need,
    settle_need,
    take_offer_back,
)
from forum.response.dataneeds.forms import NeedForm, OfferForm, RefuseForm, SeenForm, SettleForm
from forum.response.dataneeds.models import DataNeed
from forum.response.dataneeds.pages import most_wanted, need_page
from forum.response.dataneeds.panels import NeedPlace
from forum.response.dataneeds.permissions import (
    ANALYSTS_ONLY,
    AUTHOR_ONLY,
    STEWARDS_ONLY,
    can_ask,
    can_change,
    can_decide,
    can_offer,
    why_not_ask,
)
from forum.response.dataneeds.queries import (
    LISTED,
    NeedFilters,
    campaigns_with_needs,
    counts_by_state,
    get_need,
    holders_by_actor,
    needs_page,
)
from forum.response.dataneeds.services import ask_need, change_need, join_need, leave_need, withdraw_need
from forum.response.dataneeds.subjects import SUBJECT_KINDS, Subject, subject_named
from forum.response.datasets.queries import get_dataset, steward_of
from forum.web.forms import ForumForm, hidden_number, query_number
from forum.web.gate import public
from forum.web.pagecache import same_for_visitors
from forum.web.panels import panels_of

bp = Blueprint("dataneeds", __name__, template_folder="templates")


@bp.get("/data-needs")
@public
@same_for_visitors
def listing() -> ResponseReturnValue:
    """List what people want to know, the most wanted first."""
    campaigns = campaigns_with_needs()
    filters = NeedFilters.parse(request.args, campaigns)
    counts, size = counts_by_state(filters.campaign_id), current_app.config["PAGE_SIZE"]
    last = max(1, -(-counts.get(filters.state, 0) // size))
    page = min(max(query_number("page", 1) or 1, 1), last)
    needs = needs_page(filters, page, size)
    chosen = next((one for one in campaigns if one.id == filters.campaign_id), None)
    return render_template(
        "dataneeds/listing.html",
        needs=needs,
        most=most_wanted(needs),
        filters=filters,
        campaigns=campaigns,
        chosen=chosen,
        states=LISTED,
        counts=counts,
        page=page,
        last=last,
        is_sample=any(one.need.campaign.is_sample for one in needs),
    )


@bp.route("/data-needs/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Ask for data about an idea, a theme, a letter or a task."""
    require(can_ask(current_user), why_not_ask(current_user))
    subject = _named_subject()
    form = NeedForm()
    with form.collect_errors():
        if form.validate_on_submit():
            need = ask_need(subject, current_user, form.words(), request.remote_addr)
            db.session.commit()
            flash(_("공개했어요. 자료를 가진 곳이 볼 수 있어요."))
            return redirect(url_for("dataneeds.show", need_id=need.id), 303)
    subject = _named_subject()
    return form.page("dataneeds/form.html", subject=subject, need=None, campaign=subject.campaign)


@bp.get("/data-needs/<int:need_id>")
@public
@same_for_visitors
def show(need_id: int) -> ResponseReturnValue:
    """Show a need: what people want to know, how many, what is offered, and what became of it."""
    return _page(need_id)


@bp.route("/data-needs/<int:need_id>/edit", methods=["GET", "POST"])
def edit(need_id: int) -> ResponseReturnValue:
    """Change what one asked, while nobody else joined."""
    need = get_need(need_id, current_user).need
    require(can_change(current_user, need), str(AUTHOR_ONLY))
    form = NeedForm.of(need) if request.method == "GET" else NeedForm()
    with form.collect_errors():
        if form.validate_on_submit():
            change_need(need, current_user, form.words(), seen=form.seen_revision())
            db.session.commit()
            flash(_("고쳤어요."))
            return redirect(url_for("dataneeds.show", need_id=need_id), 303)
    wanted = get_need(need_id, current_user)
    subject = wanted.subject
    return form.page("dataneeds/form.html", subject=subject, need=wanted.need, campaign=wanted.need.campaign)


@bp.post("/data-needs/<int:need_id>/withdraw")
def withdraw(need_id: int) -> ResponseReturnValue:
    """Take back what one asked."""
    need = get_need(need_id, current_user).need
    require(can_change(current_user, need), str(AUTHOR_ONLY))
    form = SeenForm()
    with form.collect_errors():
        if form.validate_on_submit():
            withdraw_need(need, current_user, seen=form.seen_revision())
            db.session.commit()
            flash(_("거두었어요. 이제 나만 볼 수 있어요."))
            return _back(need_id)
    return _page(need_id, form)


@bp.post("/data-needs/<int:need_id>/join")
def join(need_id: int) -> ResponseReturnValue:
    """Say that one wants to know too."""
    join_need(get_need(need_id, current_user).need, current_user)
    db.session.commit()
    return _back(need_id, "people")


@bp.post("/data-needs/<int:need_id>/leave")
def leave(need_id: int) -> ResponseReturnValue:
    """Take that back."""
    leave_need(get_need(need_id, current_user).need, current_user)
    db.session.commit()
    return _back(need_id, "people")


@bp.post("/data-needs/<int:need_id>/offer")
def offer(need_id: int) -> ResponseReturnValue:
    """Offer a dataset that may answer it."""
    need = get_need(need_id, current_user).need
    require(can_decide(current_user) or bool(holders_by_actor(current_user)), str(STEWARDS_ONLY))
    form = OfferForm()
    with form.collect_errors():
        if form.validate_on_submit():
            offer_dataset(need, get_dataset(form.chosen_id()), current_user, seen=form.seen_revision())
            db.session.commit()
            flash(_("자료를 내놓았어요. 알고 싶어 한 사람에게 알려요."))
            return _back(need_id, "offers")
    return _page(need_id, form)


@bp.post("/data-needs/<int:need_id>/offers/<int:dataset_id>/take-back")
def undo_offer(need_id: int, dataset_id: int) -> ResponseReturnValue:
    """Take an offer back."""
    need, dataset = get_need(need_id, current_user).need, get_dataset(dataset_id)
    require(can_offer(current_user, steward_of(dataset.holder_id, current_user)), str(STEWARDS_ONLY))
    form = SeenForm()
    with form.collect_errors():
        if form.validate_on_submit():
            take_offer_back(need, dataset, current_user, seen=form.seen_revision())
            db.session.commit()
            flash(_("내놓은 자료를 거두었어요."))
            return _back(need_id, "offers")
    return _page(need_id, form)


@bp.post("/data-needs/<int:need_id>/settle")
def settle(need_id: int) -> ResponseReturnValue:
    """Say what an offered dataset settled."""
    need = _to_decide(need_id)
    form = SettleForm()
    with form.collect_errors():
        if form.validate_on_submit():
            settle_need(need, current_user, form.reason.data or "", seen=form.seen_revision())
            db.session.commit()
            flash(_("풀렸다고 적었어요."))
            return _back(need_id)
    return _page(need_id, form)


@bp.post("/data-needs/<int:need_id>/refuse")
def refuse(need_id: int) -> ResponseReturnValue:
    """Say that no holder gives the data."""
    need = _to_decide(need_id)
    form = RefuseForm()
    with form.collect_errors():
        if form.validate_on_submit():
            refuse_need(need, current_user, form.reason.data or "", seen=form.seen_revision())
            db.session.commit()
            flash(_("자료를 얻지 못했다고 적었어요."))
            return _back(need_id)
    return _page(need_id, form)


@bp.post("/data-needs/<int:need_id>/reopen")
def reopen(need_id: int) -> ResponseReturnValue:
    """Open a settled or refused need again."""
    need = _to_decide(need_id)
    form = SeenForm()
    with form.collect_errors():
        if form.validate_on_submit():
            reopen_need(need, current_user, seen=form.seen_revision())
            db.session.commit()
            flash(_("다시 열었어요."))
            return _back(need_id)
    return _page(need_id, form)


def _named_subject() -> Subject:
    """Return what the address or the form names.

    :raise NotFound: nothing, or more than one thing
    """
    named = {kind.name: set(request.values.getlist(kind.name)) for kind in SUBJECT_KINDS}
    return subject_named({name: [hidden_number(one) for one in found] for name, found in named.items()})


def _to_decide(need_id: int) -> DataNeed:
    need = get_need(need_id, current_user).need
    require(can_decide(current_user), str(ANALYSTS_ONLY))
    return need


def _back(need_id: int, anchor: str | None = None) -> ResponseReturnValue:
    return redirect(url_for("dataneeds.show", need_id=need_id, _anchor=anchor), 303)


def _page(need_id: int, refused: ForumForm | None = None) -> ResponseReturnValue:
    """Show a need, with the form that was refused if there is one."""
    page = need_page(get_need(need_id, current_user), current_user)
    forms = {kind: _form(kind, refused) for kind in (OfferForm, SettleForm, RefuseForm)}
    offer_form = forms[OfferForm]
    assert isinstance(offer_form, OfferForm)
    offer_form.offer(page.to_offer)
    return (refused or offer_form).page(
        "dataneeds/show.html",
        page=page,
        need=page.need,
        campaign=page.need.campaign,
        offer_form=offer_form,
        settle_form=forms[SettleForm],
        refuse_form=forms[RefuseForm],
        refused=refused,
        panels=panels_of(NeedPlace.PAGE, page.need, current_user),
    )


def _form(kind: type[ForumForm], refused: ForumForm | None) -> ForumForm:
    return refused if type(refused) is kind else kind(formdata=None)
