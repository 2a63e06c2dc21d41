from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.response.delivery.forms import ProgressForm
from forum.response.delivery.services import complete_delivery, update_milestone
from forum.response.referrals.permissions import can_answer
from forum.response.referrals.queries import get_milestone, get_referral
from forum.system.audit.refused_attempts import audit_rejected_posts
from forum.web.forms import hidden_number
from forum.web.uploads import accepts_files

bp = Blueprint("delivery", __name__, template_folder="templates")
audit_rejected_posts(bp)


@bp.route("/milestones/<int:milestone_id>", methods=["GET", "POST"])
@accepts_files
def milestone(milestone_id: int) -> ResponseReturnValue:
    found = get_milestone(milestone_id)
    if not can_answer(current_user, found.answer.referral):
        raise NotFound("그런 이행 단계가 없어요.")
    form = ProgressForm(data={"percent_done": found.percent_done})
    with form.collect_errors():
        if form.validate_on_submit():
            note, url = form.note.data or "", form.evidence_url.data or ""
            percent, seen = form.percent(), form.seen()
            update_milestone(found, current_user, percent, note, url, form.file(), seen_percent=seen)
            db.session.commit()
            flash("이행 상황을 알렸어요.")
            return redirect(url_for("referrals.show", referral_id=found.answer.referral_id), 303)
    found = get_milestone(milestone_id)
    referral = found.answer.referral
    return form.page("delivery/milestone.html", milestone=found, referral=referral, campaign=referral.theme.campaign)


@bp.post("/referrals/<int:referral_id>/complete")
def complete(referral_id: int) -> ResponseReturnValue:
    complete_delivery(get_referral(referral_id), current_user, hidden_number(request.form.get("seen_version")))
    db.session.commit()
    flash("약속한 일을 모두 마쳤다고 알렸어요.")
    return redirect(url_for("referrals.show", referral_id=referral_id), 303)
