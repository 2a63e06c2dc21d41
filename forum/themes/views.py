from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.access import public, require
from forum.campaigns.queries import all_campaigns, get_campaign
from forum.errors import NotFound
from forum.extensions import db
from forum.ideas.queries import get_idea
from forum.themes.forms import AdoptForm, DecisionForm, ThemeForm
from forum.themes.models import ThemeState, UnthemedReason
from forum.themes.permissions import can_make_themes, can_read_runs, can_read_theme
from forum.themes.queries import (
    adopted_themes,
    current_run,
    finished_runs,
    get_cluster,
    get_run,
    get_theme,
    ideas_without_body,
    latest_run_job,
    members_of,
    theme_ideas,
    themes_of,
    unthemed_counts,
    unthemed_page,
    vote_sums,
)
from forum.themes.services import (
    add_idea_to_theme,
    adopt_cluster,
    decide_theme,
    edit_theme,
    remove_idea_from_theme,
    start_run,
)

bp = Blueprint("themes", __name__, template_folder="templates")


@bp.get("/c/<slug>/themes")
@public
def public_listing(slug: str) -> ResponseReturnValue:
    campaign = get_campaign(slug)
    themes = themes_of(campaign, ThemeState.APPROVED, ThemeState.REJECTED)
    sums = vote_sums([theme.id for theme in themes])
    return render_template("themes/public_listing.html", campaign=campaign, themes=themes, sums=sums)


@bp.get("/themes/<int:theme_id>")
@public
def show(theme_id: int) -> ResponseReturnValue:
    theme = get_theme(theme_id)
    if not can_read_theme(current_user, theme):
        raise NotFound("그런 정책 주제가 없습니다.")
    return _theme_page(ThemeForm(formdata=None, obj=theme), DecisionForm(formdata=None, obj=theme), theme_id)


@bp.get("/desk")
def desk() -> ResponseReturnValue:
    require(can_read_runs(current_user))
    campaigns = all_campaigns()
    rows = [(campaign, current_run(campaign.id), latest_run_job(campaign.id)) for campaign in campaigns]
    return render_template("themes/desk.html", rows=rows)


@bp.get("/c/<slug>/desk")
def campaign_desk(slug: str) -> ResponseReturnValue:
    require(can_read_runs(current_user))
    campaign = get_campaign(slug)
    run = current_run(campaign.id)
    return render_template(
        "themes/campaign_desk.html",
        campaign=campaign,
        run=run,
        runs=finished_runs(campaign.id),
        job=latest_run_job(campaign.id),
        adopted=adopted_themes(run) if run else {},
        themes=themes_of(campaign),
    )


@bp.post("/c/<slug>/runs")
def start(slug: str) -> ResponseReturnValue:
    job = start_run(get_campaign(slug), current_user)
    db.session.commit()
    flash("분석을 시작했습니다. 끝나면 새 묶음이 한꺼번에 나타납니다.")
    return redirect(url_for("jobs.show", job_id=job.id), 303)


@bp.get("/runs/<int:run_id>")
def run_show(run_id: int) -> ResponseReturnValue:
    require(can_read_runs(current_user))
    run = get_run(run_id)
    return render_template(
        "themes/run.html",
        run=run,
        campaign=run.campaign,
        adopted=adopted_themes(run),
        reasons=unthemed_counts(run),
        without_body=ideas_without_body(run),
    )


@bp.get("/runs/<int:run_id>/unthemed/<reason>")
def unthemed(run_id: int, reason: str) -> ResponseReturnValue:
    require(can_read_runs(current_user))
    if reason not in UnthemedReason.__members__:
        raise NotFound
    run, why, size = get_run(run_id), UnthemedReason[reason], current_app.config["PAGE_SIZE"]
    rows = unthemed_page(run, why, request.args.get("after", 0, type=int), size)
    return render_template("themes/unthemed.html", run=run, campaign=run.campaign, reason=why, rows=rows, size=size)


@bp.route("/runs/<int:run_id>/clusters/<int:number>", methods=["GET", "POST"])
def cluster(run_id: int, number: int) -> ResponseReturnValue:
    require(can_read_runs(current_user))
    found = get_cluster(run_id, number)
    form = AdoptForm(title=found.title)
    with form.refusals():
        if form.validate_on_submit():
            theme = adopt_cluster(found, current_user, form.title.data or "", form.summary.data or "")
            db.session.commit()
            return redirect(url_for("themes.show", theme_id=theme.id), 303)
    adopted = adopted_themes(found.run).get(found.id)
    campaign = found.run.campaign
    return form.page(
        "themes/cluster.html", cluster=found, campaign=campaign, members=members_of(found), adopted=adopted
    )


@bp.post("/themes/<int:theme_id>/edit")
def edit(theme_id: int) -> ResponseReturnValue:
    theme, form = get_theme(theme_id), ThemeForm()
    with form.refusals():
        if form.validate_on_submit():
            edit_theme(theme, current_user, form.title.data or "", form.summary.data or "", form.seen_version())
            db.session.commit()
            return redirect(url_for("themes.show", theme_id=theme_id), 303)
    return _theme_page(form, DecisionForm(formdata=None), theme_id)


@bp.post("/themes/<int:theme_id>/decision")
def decide(theme_id: int) -> ResponseReturnValue:
    theme, form = get_theme(theme_id), DecisionForm()
    with form.refusals():
        if form.validate_on_submit():
            decision = ThemeState.APPROVED if form.decision.data == "APPROVED" else ThemeState.REJECTED
            decide_theme(theme, current_user, decision, form.reason.data or "", form.seen_version())
            db.session.commit()
            return redirect(url_for("themes.show", theme_id=theme_id), 303)
    return _theme_page(ThemeForm(formdata=None, obj=get_theme(theme_id)), form, theme_id)


@bp.post("/themes/<int:theme_id>/ideas")
def add_idea(theme_id: int) -> ResponseReturnValue:
    idea_id = request.form.get("idea_id", "", type=str).strip().lstrip("#")
    idea = get_idea(int(idea_id) if idea_id.isascii() and idea_id.isdigit() and len(idea_id) < 10 else 0)
    add_idea_to_theme(get_theme(theme_id), idea, current_user)
    db.session.commit()
    return redirect(url_for("themes.show", theme_id=theme_id), 303)


@bp.post("/themes/<int:theme_id>/ideas/<int:idea_id>/remove")
def remove_idea(theme_id: int, idea_id: int) -> ResponseReturnValue:
    remove_idea_from_theme(get_theme(theme_id), idea_id, current_user)
    db.session.commit()
    return redirect(url_for("themes.show", theme_id=theme_id), 303)


def _theme_page(form: ThemeForm, decision_form: DecisionForm, theme_id: int) -> ResponseReturnValue:
    """The theme with both of an analyst's forms, whichever of them was refused."""
    theme = get_theme(theme_id)
    form.status = max(form.status, decision_form.status)
    return form.page(
        "themes/show.html",
        theme=theme,
        campaign=theme.campaign,
        decision_form=decision_form,
        members=theme_ideas(theme),
        sums=vote_sums([theme.id])[theme.id],
        can_make=can_make_themes(current_user),
    )
