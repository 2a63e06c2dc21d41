from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.analysis.themes.models import Theme
from forum.analysis.themes.queries import get_theme
from forum.core import clock
from forum.core.access import require
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.response.pledges.forms import MILESTONE, PILOT, CheckInForm, PledgeForm, SettingsForm
from forum.response.pledges.keeping import period_of
from forum.response.pledges.pages import PledgePage, items_by_sector, pledge_page
from forum.response.pledges.permissions import can_keep, can_pledge, can_read, is_own, why_not_pledge
from forum.response.pledges.queries import get_pledge, pledges_of, takes_pledges, tied_to
from forum.response.pledges.services import change_settings, check_in, get_own, make_pledge, stop_pledge
from forum.web.forms import query_number
from forum.web.gate import public

bp = Blueprint("pledges", __name__, template_folder="templates")


@bp.route("/themes/<int:theme_id>/pledges/new", methods=["GET", "POST"])
def new(theme_id: int) -> ResponseReturnValue:
    theme = _theme(theme_id)
    require(can_pledge(current_user), why_not_pledge(current_user))
    tied = tied_to(theme.id)
    form = PledgeForm(data=_preset() if request.method == "GET" else None)
    form.offer(tied)
    with form.collect_errors():
        if form.validate_on_submit():
            made = make_pledge(theme, current_user, form.typed(), **form.tied_ids(), address=request.remote_addr)
            db.session.commit()
            flash(_("약속했어요. 언제든 그만둘 수 있어요."))
            return redirect(url_for("pledges.show", pledge_id=made.id), 303)
    theme = _theme(theme_id)
    takes = takes_pledges(theme)
    campaign = theme.campaign
    return form.page("pledges/new.html", theme=theme, campaign=campaign, takes=takes, sectors=items_by_sector())


@bp.get("/pledges/<int:pledge_id>")
@public
def show(pledge_id: int) -> ResponseReturnValue:
    pledge = get_pledge(pledge_id)
    if not can_read(current_user, pledge):
        raise NotFound(_("그런 실천 약속이 없어요."))
    return _page(pledge_page(pledge, is_own=is_own(current_user, pledge)), CheckInForm(), SettingsForm.of(pledge))


@bp.post("/pledges/<int:pledge_id>/check-in", endpoint="check_in")
def check_in_now(pledge_id: int) -> ResponseReturnValue:
    pledge = get_own(pledge_id, current_user)
    require(can_keep(current_user, pledge), why_not_pledge(current_user))
    form = CheckInForm()
    with form.collect_errors():
        if form.validate_on_submit():
            shown = form.seen_outcome.data or ""
            check_in(pledge, current_user, form.typed(), seen_period=form.period(), seen_outcome=shown)
            db.session.commit()
            flash(_("알려 주어서 고마워요."))
            if request.form.get("back") == "mine":
                return redirect(url_for("pledges.mine"), 303)
            return redirect(url_for("pledges.show", pledge_id=pledge_id), 303)
    pledge = get_own(pledge_id, current_user)
    return _page(pledge_page(pledge, is_own=True), form, SettingsForm.of(pledge), form)


@bp.post("/pledges/<int:pledge_id>/settings")
def settings(pledge_id: int) -> ResponseReturnValue:
    pledge = get_own(pledge_id, current_user)
    require(can_keep(current_user, pledge), why_not_pledge(current_user))
    form = SettingsForm()
    with form.collect_errors():
        if form.validate_on_submit():
            change_settings(
                pledge,
                current_user,
                is_public=bool(form.is_public.data),
                reminds=bool(form.reminds.data),
                weekday=form.chosen_weekday(),
                seen_revision=form.seen(),
            )
            db.session.commit()
            flash(_("바꾸었어요."))
            return redirect(url_for("pledges.show", pledge_id=pledge_id), 303)
    pledge = get_own(pledge_id, current_user)
    return _page(pledge_page(pledge, is_own=True), CheckInForm(), form, form)


@bp.post("/pledges/<int:pledge_id>/stop")
def stop(pledge_id: int) -> ResponseReturnValue:
    pledge = get_own(pledge_id, current_user)
    stop_pledge(pledge, current_user)
    db.session.commit()
    flash(_("그만두었어요. 지금까지 한 것은 그대로 남아요."))
    return redirect(url_for("pledges.show", pledge_id=pledge_id), 303)


@bp.get("/mine/pledges")
def mine() -> ResponseReturnValue:
    pages = [pledge_page(one, is_own=True) for one in pledges_of(current_user.participant_id)]
    is_sample = current_user.is_sample or any(page.pledge.theme.campaign.is_sample for page in pages)
    return render_template("pledges/mine.html", pages=pages, period_of=_present_first, is_sample=is_sample)


def _theme(theme_id: int) -> Theme:
    """:raise NotFound: no such theme that citizens can read"""
    theme = get_theme(theme_id)
    if theme.frozen_at is None:
        raise NotFound(_("그런 주제가 없어요."))
    return theme


def _preset() -> dict[str, Any]:
    """Return what a link to the form has chosen already."""
    for name in (MILESTONE, PILOT):
        if (number := query_number(name)) is not None:
            return {"goes_with": f"{name}-{number}", "starts_on": clock.today()}
    return {"starts_on": clock.today()}


def _page(
    page: PledgePage, check_in_form: CheckInForm, settings_form: SettingsForm, failed: Any = None
) -> ResponseReturnValue:
    pledge = page.pledge
    return (failed or check_in_form).page(
        "pledges/show.html",
        page=page,
        pledge=pledge,
        is_own=is_own(current_user, pledge),
        may_keep=can_keep(current_user, pledge),
        failed_form=failed,
        check_in_form=check_in_form,
        settings_form=settings_form,
        takes=takes_pledges(pledge.theme),
        period_of=_present_first,
        campaign=pledge.theme.campaign,
    )


def _present_first(pledge: Any) -> str:
    """Return the first day of the present period, as the check-in form sends it back."""
    return period_of(pledge.rhythm, clock.today()).first.isoformat()
