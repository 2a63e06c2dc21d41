from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.access import public, require
from forum.campaigns.queries import get_campaign
from forum.extensions import db
from forum.pagecache import same_for_visitors
from forum.referrals.forms import AnswerForm, ForwardForm, MilestoneForm
from forum.referrals.permissions import can_answer, can_forward, can_read_letter, can_use_ministry_desk, is_own_referral
from forum.referrals.queries import board as board_of
from forum.referrals.queries import get_milestone, get_referral, ministry_desk, past_choices, referrals_of
from forum.referrals.services import acknowledge as acknowledge_referral
from forum.referrals.services import answer_referral, forward_theme, update_milestone
from forum.routing.services import suggest_ministries
from forum.themes.queries import get_theme

bp = Blueprint("referrals", __name__, template_folder="templates")


@bp.get("/c/<slug>/referrals")
@public
@same_for_visitors
def board(slug: str) -> ResponseReturnValue:
    campaign = get_campaign(slug)
    return render_template("referrals/board.html", campaign=campaign, referrals=board_of(campaign))


@bp.get("/referrals/<int:referral_id>")
@public
@same_for_visitors
def show(referral_id: int) -> ResponseReturnValue:
    return _page(AnswerForm(formdata=None), referral_id)


@bp.get("/ministry")
def desk() -> ResponseReturnValue:
    require(can_use_ministry_desk(current_user))
    return render_template("referrals/desk.html", referrals=ministry_desk(current_user.ministry_id))


@bp.route("/themes/<int:theme_id>/forward", methods=["GET", "POST"])
def forward(theme_id: int) -> ResponseReturnValue:
    require(can_forward(current_user))
    theme, form = get_theme(theme_id), ForwardForm()
    with form.refusals():
        if form.validate_on_submit():
            sent = forward_theme(
                theme, current_user, form.lead_ministry(), form.co_ministries(), form.letter.data, form.due_on.data
            )
            db.session.commit()
            flash(f"{sent.code} 문서로 전달했습니다.")
            return redirect(url_for("referrals.show", referral_id=sent.id), 303)
    theme = get_theme(theme_id)
    return form.page(
        "referrals/forward.html",
        theme=theme,
        campaign=theme.campaign,
        earlier=referrals_of(theme_id),
        suggestions=suggest_ministries(theme, past_choices(theme_id)),
    )


@bp.post("/referrals/<int:referral_id>/acknowledge")
def acknowledge(referral_id: int) -> ResponseReturnValue:
    acknowledge_referral(get_referral(referral_id), current_user)
    db.session.commit()
    return redirect(url_for("referrals.show", referral_id=referral_id), 303)


@bp.post("/referrals/<int:referral_id>/answer")
def answer(referral_id: int) -> ResponseReturnValue:
    referral, form = get_referral(referral_id), AnswerForm()
    with form.refusals():
        if form.validate_on_submit():
            answer_referral(
                referral, current_user, form.chosen(), form.reason.data or "", form.promises(), form.version()
            )
            db.session.commit()
            flash("답변을 공개했습니다. 제안한 사람과 찬성한 사람에게 알립니다.")
            return redirect(url_for("referrals.show", referral_id=referral_id), 303)
    return _page(form, referral_id)


@bp.post("/milestones/<int:milestone_id>")
def milestone(milestone_id: int) -> ResponseReturnValue:
    found, form = get_milestone(milestone_id), MilestoneForm()
    percent = form.percent_done.data if form.validate_on_submit() else None
    update_milestone(found, current_user, -1 if percent is None else percent)
    db.session.commit()
    return redirect(url_for("referrals.show", referral_id=found.answer.referral_id), 303)


def _page(form: AnswerForm, referral_id: int) -> ResponseReturnValue:
    referral = get_referral(referral_id)
    return form.page(
        "referrals/show.html",
        referral=referral,
        theme=referral.theme,
        campaign=referral.theme.campaign,
        can_read=can_read_letter(current_user, referral),
        can_answer=can_answer(current_user, referral),
        is_own=is_own_referral(current_user, referral),
    )
