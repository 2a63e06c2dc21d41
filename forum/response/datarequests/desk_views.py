"""What panel, stewards and analysts do with requests, and the page that all of them share."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.errors import Forbidden
from forum.core.extensions import db
from forum.core.i18n import _
from forum.response.datarequests.deciding import (
    answer_appeal,
    approve_request,
    change_terms,
    refuse_request,
    revoke_approval,
)
from forum.response.datarequests.forms import (
    AppealAnswerForm,
    AppealForm,
    ApproveForm,
    CriteriaForm,
    RefuseForm,
    ReviewForm,
    RevokeForm,
    SeatForm,
    SeenForm,
    TermsForm,
    usual_approval,
)
from forum.response.datarequests.models import DataRequest, Mark
from forum.response.datarequests.pages import desk_page, request_page
from forum.response.datarequests.panels import RequestPlace
from forum.response.datarequests.permissions import (
    ANALYSTS_ONLY,
    DESK_ONLY,
    HOLDER_ONLY,
    OTHER_ANALYST_ONLY,
    PANEL_ONLY,
    can_answer_appeal,
    can_decide,
    can_keep_panel,
    can_review,
)
from forum.response.datarequests.queries import current_criteria, get_request, get_seat, seat_of, seats_in_force
from forum.response.datarequests.reviewing import add_seat, end_seat, publish_criteria, review_request
from forum.response.datarequests.usual_criteria import usual_criteria
from forum.response.datasets.queries import steward_of
from forum.web.forms import ForumForm
from forum.web.panels import panels_of

BOTH = ["GET", "POST"]


def register_desk(bp: Blueprint) -> None:
    """Add the routes of panel, stewards and analysts to the slice's blueprint."""
    bp.get("/data-requests/desk")(desk)
    bp.route("/data-requests/panel", methods=BOTH)(panel)
    bp.post("/data-requests/panel/<int:seat_id>/end")(end_panel_seat)
    bp.route("/data-requests/criteria/new", methods=BOTH)(new_criteria)
    bp.post("/data-requests/<int:request_id>/review")(review)
    bp.post("/data-requests/<int:request_id>/approve")(approve)
    bp.post("/data-requests/<int:request_id>/refuse")(refuse)
    bp.post("/data-requests/<int:request_id>/terms")(new_terms)
    bp.post("/data-requests/<int:request_id>/revoke")(revoke)
    bp.post("/data-requests/<int:request_id>/appeal/answer")(answer)


def desk() -> ResponseReturnValue:
    """Show what waits: for the panel to review, for holders to decide, for analysts to answer."""
    page = desk_page(current_user)
    if page is None:
        raise Forbidden(str(DESK_ONLY))
    return render_template("datarequests/desk.html", page=page)


def panel() -> ResponseReturnValue:
    """Show who sits on the panel, and seat somebody."""
    require(can_keep_panel(current_user), str(ANALYSTS_ONLY))
    form = SeatForm()
    with form.collect_errors():
        if form.validate_on_submit():
            add_seat(current_user, form.email.data or "")
            db.session.commit()
            flash(_("공익 심사위원으로 정했어요."))
            return redirect(url_for("datarequests.panel"), 303)
    return form.page("datarequests/panel.html", seats=seats_in_force(), edition=current_criteria())


def end_panel_seat(seat_id: int) -> ResponseReturnValue:
    """End a seat."""
    require(can_keep_panel(current_user), str(ANALYSTS_ONLY))
    end_seat(get_seat(seat_id), current_user)
    db.session.commit()
    flash(_("이제 공익 심사위원이 아니에요."))
    return redirect(url_for("datarequests.panel"), 303)


def new_criteria() -> ResponseReturnValue:
    """Publish a new edition of the criteria."""
    require(can_keep_panel(current_user), str(ANALYSTS_ONLY))
    form, edition = CriteriaForm(), current_criteria()
    with form.collect_errors():
        if form.validate_on_submit():
            publish_criteria(current_user, form.typed(), seen=form.seen_revision())
            db.session.commit()
            flash(_("심사 기준을 공개했어요."))
            return redirect(url_for("datarequests.criteria"), 303)
    if form.items.data is None:
        form.items.data = CriteriaForm.lines(edition.items if edition else usual_criteria())
    return form.page("datarequests/criteria_form.html", edition=current_criteria())


def review(request_id: int) -> ResponseReturnValue:
    """Review a request as a member of the panel."""
    found = get_request(request_id, current_user)
    steward = steward_of(found.dataset.holder_id, current_user)
    require(can_review(current_user, found, seat_of(current_user), steward), str(PANEL_ONLY))
    form = ReviewForm.for_criteria(found.criteria.items)()
    with form.collect_errors():
        if form.validate_on_submit():
            marks, verdict = form.marks(), form.chosen_verdict()
            seen, address = form.seen_revision(), request.remote_addr
            review_request(found, current_user, marks, verdict, form.words.data or "", seen=seen, address=address)
            db.session.commit()
            flash(_("심사했어요. 이름 없이 공개돼요."))
            return _back(request_id, "reviews")
    return page_of(request_id, form)


def approve(request_id: int) -> ResponseReturnValue:
    """Approve a request on terms."""
    found, form = _to_decide(request_id), ApproveForm()
    with form.collect_errors():
        if form.validate_on_submit():
            reason = form.reason.data or ""
            approve_request(found, current_user, reason, form.terms(), seen=form.seen_revision())
            db.session.commit()
            flash(_("승인했어요. 신청한 사람이 조건을 받아들이면 받을 수 있어요."))
            return _back(request_id, "decision")
    return page_of(request_id, form)


def refuse(request_id: int) -> ResponseReturnValue:
    """Refuse a request."""
    found, form = _to_decide(request_id), RefuseForm()
    with form.collect_errors():
        if form.validate_on_submit():
            refuse_request(found, current_user, form.reason.data or "", seen=form.seen_revision())
            db.session.commit()
            flash(_("거절했어요. 까닭을 신청한 사람에게 알렸어요."))
            return _back(request_id, "decision")
    return page_of(request_id, form)


def new_terms(request_id: int) -> ResponseReturnValue:
    """Set another edition of the terms."""
    found, form = _to_decide(request_id), TermsForm()
    with form.collect_errors():
        if form.validate_on_submit():
            change_terms(found, current_user, form.terms(), seen=form.seen_revision())
            db.session.commit()
            flash(_("조건을 바꾸었어요. 다시 받아들일 때까지 파일을 받을 수 없어요."))
            return _back(request_id, "terms")
    return page_of(request_id, form)


def revoke(request_id: int) -> ResponseReturnValue:
    """Take an approval back."""
    found, form = _to_decide(request_id), RevokeForm()
    with form.collect_errors():
        if form.validate_on_submit():
            revoke_approval(found, current_user, form.reason.data or "", seen=form.seen_revision())
            db.session.commit()
            flash(_("승인을 취소했어요. 받던 것도 멈춰요."))
            return _back(request_id)
    return page_of(request_id, form)


def answer(request_id: int) -> ResponseReturnValue:
    """Answer an appeal."""
    found = get_request(request_id, current_user)
    require(can_answer_appeal(current_user, found), str(OTHER_ANALYST_ONLY))
    form = AppealAnswerForm()
    with form.collect_errors():
        if form.validate_on_submit():
            is_granted = form.chosen()
            answer_appeal(found, current_user, is_granted, form.answer.data or "", seen=form.seen_revision())
            db.session.commit()
            flash(_("이의 신청에 답했어요."))
            return _back(request_id, "appeal")
    return page_of(request_id, form)


def page_of(request_id: int, refused: ForumForm | None = None) -> ResponseReturnValue:
    """Show a request, with the form that was refused if there is one."""
    found = get_request(request_id, current_user)
    page, items = request_page(found, current_user), found.criteria.items
    forms = {
        "review_form": _kept(refused, ReviewForm) or ReviewForm.for_criteria(items)(formdata=None),
        "approve_form": _kept(refused, ApproveForm) or usual_approval(found),
        "refuse_form": _kept(refused, RefuseForm) or RefuseForm(formdata=None),
        "terms_form": _kept(refused, TermsForm, not_=ApproveForm) or _terms_form(found),
        "revoke_form": _kept(refused, RevokeForm) or RevokeForm(formdata=None),
        "appeal_form": _kept(refused, AppealForm) or AppealForm(formdata=None),
        "answer_form": _kept(refused, AppealAnswerForm) or AppealAnswerForm(formdata=None),
    }
    return (refused or SeenForm(formdata=None)).page(
        "datarequests/show.html",
        page=page,
        found=found,
        dataset=found.dataset,
        marks=list(Mark),
        refused=refused,
        seen={"seen": found.revision},
        panels=panels_of(RequestPlace.PAGE, found, current_user),
        deciding_panels=panels_of(RequestPlace.DECIDING, found, current_user) if page.may_decide else [],
        is_sample=found.dataset.proposed_by.is_sample,
        **forms,
    )


def _terms_form(found: DataRequest) -> TermsForm:
    return TermsForm.of(found.terms[-1]) if found.terms else TermsForm(formdata=None)


def _kept(refused: ForumForm | None, kind: type[ForumForm], not_: type[ForumForm] | None = None) -> ForumForm | None:
    if not isinstance(refused, kind) or (not_ is not None and isinstance(refused, not_)):
        return None
    return refused


def _to_decide(request_id: int) -> DataRequest:
    found = get_request(request_id, current_user)
    steward = steward_of(found.dataset.holder_id, current_user)
    require(can_decide(current_user, found, steward), str(HOLDER_ONLY))
    return found


def _back(request_id: int, anchor: str | None = None) -> ResponseReturnValue:
    return redirect(url_for("datarequests.show", request_id=request_id, _anchor=anchor), 303)
