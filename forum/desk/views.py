from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.access import require
from forum.campaigns.queries import all_campaigns, get_campaign
from forum.desk.forms import AdoptForm, DecisionForm, ThemeForm
from forum.desk.services import add_idea_to_theme, adopt_cluster, decide_theme, edit_theme, remove_idea_from_theme
from forum.extensions import db
from forum.ideas.queries import get_idea
from forum.themes.models import ThemeState
from forum.themes.permissions import can_make_themes, can_read_runs
from forum.themes.queries import (
    adopted_themes,
    current_run,
    finished_runs,
    get_cluster,
    get_theme,
    latest_run_job,
    members_of,
    theme_ideas,
    themes_of,
    vote_sums,
)

bp = Blueprint("desk", __name__, template_folder="templates")


@bp.get("/desk")
def home() -> ResponseReturnValue:
    require(can_read_runs(current_user))
    campaigns = all_campaigns()
    rows = [(campaign, current_run(campaign.id), latest_run_job(campaign.id)) for campaign in campaigns]
    return render_template("desk/home.html", rows=rows)


@bp.get("/c/<slug>/desk")
def workbench(slug: str) -> ResponseReturnValue:
    require(can_read_runs(current_user))
    campaign = get_campaign(slug)
    run = current_run(campaign.id)
    return render_template(
        "desk/workbench.html",
        campaign=campaign,
        run=run,
        runs=finished_runs(campaign.id),
        job=latest_run_job(campaign.id),
        adopted=adopted_themes(run) if run else {},
        themes=themes_of(campaign),
    )


@bp.route("/runs/<int:run_id>/clusters/<int:number>", methods=["GET", "POST"])
def cluster(run_id: int, number: int) -> ResponseReturnValue:
    require(can_read_runs(current_user))
    found = get_cluster(run_id, number)
    form = AdoptForm(title=found.title)
    with form.refusals():
        if form.validate_on_submit():
            theme = adopt_cluster(found, current_user, form.title.data or "", form.summary.data or "")
            db.session.commit()
            return redirect(url_for("desk.theme", theme_id=theme.id), 303)
    adopted = adopted_themes(found.run).get(found.id)
    campaign = found.run.campaign
    return form.page("desk/cluster.html", cluster=found, campaign=campaign, members=members_of(found), adopted=adopted)


@bp.post("/desk/themes/<int:theme_id>/edit")
def edit(theme_id: int) -> ResponseReturnValue:
    require(can_make_themes(current_user))
    theme, form = get_theme(theme_id), ThemeForm()
    with form.refusals():
        if form.validate_on_submit():
            edit_theme(theme, current_user, form.title.data or "", form.summary.data or "", form.seen_version())
            db.session.commit()
            return redirect(url_for("desk.theme", theme_id=theme_id), 303)
    return _theme_page(form, DecisionForm(formdata=None), theme_id)


@bp.post("/desk/themes/<int:theme_id>/decision")
def decide(theme_id: int) -> ResponseReturnValue:
    require(can_make_themes(current_user))
    theme, form = get_theme(theme_id), DecisionForm()
    with form.refusals():
        if form.validate_on_submit():
            decision = ThemeState.APPROVED if form.decision.data == "APPROVED" else ThemeState.REJECTED
            decide_theme(theme, current_user, decision, form.reason.data or "", form.seen_version())
            db.session.commit()
            return redirect(url_for("desk.theme", theme_id=theme_id), 303)
    return _theme_page(ThemeForm(formdata=None, obj=get_theme(theme_id)), form, theme_id)


@bp.post("/desk/themes/<int:theme_id>/ideas")
def add_idea(theme_id: int) -> ResponseReturnValue:
    require(can_make_themes(current_user))
    idea_id = request.form.get("idea_id", "", type=str).strip().lstrip("#")
    idea = get_idea(int(idea_id) if idea_id.isascii() and idea_id.isdigit() and len(idea_id) < 10 else 0)
    add_idea_to_theme(get_theme(theme_id), idea, current_user)
    db.session.commit()
    return redirect(url_for("desk.theme", theme_id=theme_id), 303)


@bp.post("/desk/themes/<int:theme_id>/ideas/<int:idea_id>/remove")
def remove_idea(theme_id: int, idea_id: int) -> ResponseReturnValue:
    require(can_make_themes(current_user))
    remove_idea_from_theme(get_theme(theme_id), idea_id, current_user)
    db.session.commit()
    return redirect(url_for("desk.theme", theme_id=theme_id), 303)


@bp.get("/desk/themes/<int:theme_id>")
def theme(theme_id: int) -> ResponseReturnValue:
    require(can_make_themes(current_user))
    found = get_theme(theme_id)
    return _theme_page(ThemeForm(formdata=None, obj=found), DecisionForm(formdata=None, obj=found), theme_id)


def _theme_page(form: ThemeForm, decision_form: DecisionForm, theme_id: int) -> ResponseReturnValue:
    """The theme with both of an analyst's forms, whichever of them was refused."""
    require(can_make_themes(current_user))
    theme = get_theme(theme_id)
    form.status = max(form.status, decision_form.status)
    return form.page(
        "desk/theme.html",
        theme=theme,
        campaign=theme.campaign,
        decision_form=decision_form,
        members=theme_ideas(theme),
        sums=vote_sums([theme.id])[theme.id],
    )
