from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.response.delivery.forms import ProgressForm, RatingForm
from forum.response.delivery.pages import RatedMilestone, rated_milestone, why_not_in
from forum.response.delivery.permissions import can_rate, why_not_rate
from forum.response.delivery.queries import newest_round, standing_milestone
from forum.response.delivery.ratings import rate
from forum.response.delivery.services import complete_delivery, update_milestone
from forum.response.referrals.permissions import can_answer
from forum.response.referrals.queries import get_milestone, get_referral
from forum.system.audit.refused_attempts import audit_rejected_posts
from forum.web.forms import hidden_number, query_number
from forum.web.gate import public
from forum.web.pagecache import same_for_visitors
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
    rated = rated_milestone(found, current_user) if found.answer.published_at else None
    campaign = referral.theme.campaign
    return form.page("delivery/milestone.html", milestone=found, referral=referral, campaign=campaign, rated=rated)


@bp.post("/referrals/<int:referral_id>/complete")
def complete(referral_id: int) -> ResponseReturnValue:
    complete_delivery(get_referral(referral_id), current_user, hidden_number(request.form.get("seen_version")))
    db.session.commit()
    flash("약속한 일을 모두 마쳤다고 알렸어요.")
    return redirect(url_for("referrals.show", referral_id=referral_id), 303)


@bp.get("/milestones/<int:milestone_id>/rating")
@public
@same_for_visitors
def rating(milestone_id: int) -> ResponseReturnValue:
    found = get_milestone(milestone_id)
    standing = standing_milestone(found)
    if standing is not found:
        return redirect(url_for("delivery.rating", milestone_id=standing.id))
    rated = rated_milestone(found, current_user, query_number("page", 1) or 1)
    return _rating_page(RatingForm.of(rated.own), rated)


@bp.post("/milestones/<int:milestone_id>/rating")
def rate_milestone(milestone_id: int) -> ResponseReturnValue:
    found = standing_milestone(get_milestone(milestone_id))
    require(can_rate(current_user), why_not_rate(current_user))
    current = newest_round(found.id)
    if current is not None and current.ended_at is None:  # the service asks again under its lock
        why_not = why_not_in(current, current_user)
        require(not why_not, why_not)
    form = RatingForm()
    with form.collect_errors():
        if form.validate_on_submit():
            seen = {"seen_round": form.seen_round(), "seen_revision": form.seen()}
            rate(found, current_user, form.typed(), address=request.remote_addr, **seen)
            db.session.commit()
            flash(_("고마워요. 평가를 받았어요. 이 평가를 하는 동안은 언제든 고칠 수 있어요."))
            return redirect(url_for("delivery.rating", milestone_id=found.id), 303)
    return _rating_page(form, rated_milestone(standing_milestone(get_milestone(milestone_id)), current_user))


def _rating_page(form: RatingForm, rated: RatedMilestone) -> ResponseReturnValue:
    referral = rated.milestone.answer.referral
    return form.page(
        "delivery/rating.html",
        rated=rated,
        milestone=rated.milestone,
        referral=referral,
        campaign=referral.theme.campaign,
    )
