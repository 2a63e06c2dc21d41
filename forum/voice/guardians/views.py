from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.extensions import db
from forum.voice.guardians.forms import AnswerForm, AskForm, RevokeForm
from forum.voice.guardians.models import ConsentState
from forum.voice.guardians.permissions import can_answer_for, can_request_consent
from forum.voice.guardians.queries import ANSWER_PURPOSE, MANAGE_PURPOSE, consent_from_token, consents_of
from forum.voice.guardians.services import (
    ONLY_A_CHILD,
    ONLY_THE_GUARDIAN,
    give_consent,
    refuse_consent,
    request_consent,
    revoke_consent,
)
from forum.voice.guardians.verifiers import verifier
from forum.web.forms import ForumForm
from forum.web.gate import public

bp = Blueprint("guardians", __name__, template_folder="templates")


@bp.route("/profile/guardian", methods=["GET", "POST"])
def ask() -> ResponseReturnValue:
    account = current_user._get_current_object()
    if request.method == "POST":
        require(can_request_consent(account, account), ONLY_A_CHILD)
    form = AskForm()
    with form.collect_errors():
        if form.validate_on_submit():
            request_consent(account, account, form.guardian_email.data)
            db.session.commit()
            flash("보호자에게 메일을 보냈어요. 보호자가 링크를 열고 동의하면 알려 드릴게요.")
            return redirect(url_for("guardians.ask"), 303)
    return _page(
        form, "guardians/ask.html", consents=consents_of(account.id), can_ask=can_request_consent(account, account)
    )


@bp.route("/guardian/<token>", methods=["GET", "POST"])
@public
def answer(token: str) -> ResponseReturnValue:
    consent = consent_from_token(token, ANSWER_PURPOSE)
    if request.method == "POST":
        require(can_answer_for(current_user, consent), ONLY_THE_GUARDIAN)
    form = AnswerForm()
    with form.collect_errors():
        if request.method == "POST" and "refuse" in request.form:
            refuse_consent(consent, current_user)
            db.session.commit()
            return redirect(url_for("guardians.answer", token=token), 303)
        if form.validate_on_submit():
            give_consent(consent, current_user, **form.given())
            db.session.commit()
            return redirect(url_for("guardians.answer", token=token), 303)
    may = can_answer_for(current_user, consent)
    return _page(form, "guardians/answer.html", consent=consent, token=token, may=may)


@bp.route("/guardian/manage/<token>", methods=["GET", "POST"])
@public
def manage(token: str) -> ResponseReturnValue:
    consent = consent_from_token(token, MANAGE_PURPOSE)
    if request.method == "POST":
        require(can_answer_for(current_user, consent), ONLY_THE_GUARDIAN)
    form = RevokeForm()
    with form.collect_errors():
        if form.validate_on_submit():
            revoke_consent(consent, current_user)
            db.session.commit()
            return redirect(url_for("guardians.manage", token=token), 303)
    return _page(form, "guardians/manage.html", consent=consent, token=token)


def _page(form: ForumForm, template: str, **context: object) -> ResponseReturnValue:
    return form.page(template, way=verifier(), states=ConsentState, **context)
