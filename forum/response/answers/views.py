from __future__ import annotations

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.response.answers import services
from forum.response.answers.forms import AnswerForm, NoteForm, ReasonForm
from forum.response.answers.permissions import can_approve_draft
from forum.response.answers.queries import authors_of, get_draft, ideas_to_answer
from forum.response.referrals.models import Referral
from forum.response.referrals.permissions import can_answer, can_ask_reexamination
from forum.response.referrals.queries import get_referral
from forum.system.audit.refused_attempts import audit_rejected_posts
from forum.web.forms import ForumForm

bp = Blueprint("answers", __name__, template_folder="templates")
audit_rejected_posts(bp)


@bp.get("/referrals/<int:referral_id>/answer")
def draft(referral_id: int) -> ResponseReturnValue:
    referral = _own(referral_id)
    answer = referral.draft or referral.published_answer
    version = referral.published_answer.version if referral.published_answer else 0
    form = AnswerForm(formdata=None, data=AnswerForm.prefilled(answer, version, ideas_to_answer(referral_id)))
    return _draft_page(form, referral)


@bp.post("/referrals/<int:referral_id>/answer")
def save(referral_id: int) -> ResponseReturnValue:
    referral = get_referral(referral_id)
    services.require_answering(referral, current_user)
    form = AnswerForm()
    with form.collect_errors():
        if form.validate_on_submit():
            answer = services.save_draft(referral, current_user, form.answer_input(), *form.seen())
            db.session.commit()
            flash("초안을 저장했습니다. 결재를 올리면 결재자가 공개합니다.")
            return redirect(url_for("answers.read", answer_id=answer.id), 303)
    return _draft_page(form, _own(referral_id))


@bp.get("/answers/<int:answer_id>")
def read(answer_id: int) -> ResponseReturnValue:
    return _read_page(NoteForm(formdata=None), answer_id)


@bp.post("/answers/<int:answer_id>/submit")
def submit(answer_id: int) -> ResponseReturnValue:
    services.submit_draft(get_draft(answer_id), current_user)
    db.session.commit()
    flash("결재를 올렸습니다. 결재권이 있는 다른 담당자에게 알립니다.")
    return redirect(url_for("answers.read", answer_id=answer_id), 303)


@bp.post("/answers/<int:answer_id>/withdraw")
def withdraw(answer_id: int) -> ResponseReturnValue:
    services.withdraw_draft(get_draft(answer_id), current_user)
    db.session.commit()
    return redirect(url_for("answers.read", answer_id=answer_id), 303)


@bp.post("/answers/<int:answer_id>/return")
def send_back(answer_id: int) -> ResponseReturnValue:
    answer = get_draft(answer_id)
    if not can_answer(current_user, answer.referral):
        raise NotFound("그런 답변 초안이 없습니다.")
    require(can_approve_draft(current_user, answer), services.NOT_AN_APPROVER)
    form = NoteForm()
    with form.collect_errors():
        if form.validate_on_submit():
            services.return_draft(answer, current_user, form.note.data or "")
            db.session.commit()
            flash("고칠 점을 적어 돌려보냈습니다.")
            return redirect(url_for("answers.read", answer_id=answer_id), 303)
    return _read_page(form, answer_id)


@bp.post("/answers/<int:answer_id>/approve")
def approve(answer_id: int) -> ResponseReturnValue:
    answer = services.approve_answer(get_draft(answer_id), current_user)
    db.session.commit()
    flash("답변을 공개했습니다. 제안한 사람과 찬성한 사람에게 알립니다.")
    return redirect(url_for("referrals.show", referral_id=answer.referral_id), 303)


@bp.route("/referrals/<int:referral_id>/reexamination", methods=["GET", "POST"])
def reexamination(referral_id: int) -> ResponseReturnValue:
    require(can_ask_reexamination(current_user, authors_of(referral_id)), services.NOT_THE_CITIZENS_SIDE)
    referral = get_referral(referral_id)
    form = ReasonForm()
    with form.collect_errors():
        if form.validate_on_submit():
            services.ask_reexamination(referral, current_user, form.reason.data or "")
            db.session.commit()
            flash("재심사를 요청했습니다. 부처는 한 달 안에 다시 답해야 합니다.")
            return redirect(url_for("referrals.show", referral_id=referral_id), 303)
    referral = get_referral(referral_id)
    return form.page("answers/reexamination.html", referral=referral, campaign=referral.theme.campaign)


def _own(referral_id: int) -> Referral:
    referral = get_referral(referral_id)
    if not can_answer(current_user, referral):
        raise NotFound("그런 전달 문서가 없습니다.")
    return referral


def _draft_page(form: AnswerForm, referral: Referral) -> ResponseReturnValue:
    quoted = {one.idea_id: one for one in ideas_to_answer(referral.id)}
    return form.page("answers/draft.html", referral=referral, campaign=referral.theme.campaign, quoted=quoted)


def _read_page(form: ForumForm, answer_id: int) -> ResponseReturnValue:
    answer = get_draft(answer_id)
    if not can_answer(current_user, answer.referral):
        raise NotFound("그런 답변 초안이 없습니다.")
    quoted = {one.idea_id: one for one in ideas_to_answer(answer.referral_id)}
    may = can_approve_draft(current_user, answer)
    return form.page(
        "answers/read.html",
        answer=answer,
        referral=answer.referral,
        campaign=answer.referral.theme.campaign,
        quoted=quoted,
        can_approve=may,
    )
