"""Public pages of themes, and the analysts' pages of runs and duplicates."""

from __future__ import annotations

from collections import Counter
from typing import Any, TypeVar

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.analysis.themes import trust
from forum.analysis.themes.listing import AnswerGroup, ThemeOrder, arrange
from forum.analysis.themes.models import Granularity, UnthemedReason
from forum.analysis.themes.permissions import can_make_themes, can_read_runs, can_read_theme, can_start_run
from forum.analysis.themes.queries import (
    DUPLICATES_JOB,
    adopted_themes,
    divided_ideas,
    duplicate_groups,
    get_run,
    get_theme,
    ideas_without_body,
    latest_job,
    lineage_of,
    listed_themes,
    n_compared_by_meaning,
    theme_ideas,
    unthemed_counts,
    unthemed_page,
    vote_sums,
)
from forum.analysis.themes.services import start_duplicate_search, start_run
from forum.core.access import require
from forum.core.database import LabelledEnum
from forum.core.errors import InvalidInput, NotFound
from forum.core.extensions import db
from forum.people.follows.queries import follow_state
from forum.voice.campaigns.queries import get_campaign
from forum.web.forms import query_number
from forum.web.gate import public
from forum.web.page_data import page_data
from forum.web.pagecache import same_for_visitors

bp = Blueprint("themes", __name__, template_folder="templates")
Choice = TypeVar("Choice", bound=LabelledEnum)


@bp.get("/c/<slug>/themes")
@public
@same_for_visitors
def public_listing(slug: str) -> ResponseReturnValue:
    campaign = get_campaign(slug)
    more = page_data("themes/public_listing.html", campaign)
    standings: Any = more.pop("standings", {})
    order = _chosen(ThemeOrder, request.args.get("sort")) or ThemeOrder.AGREE
    group = _chosen(AnswerGroup, request.args.get("answer"))
    themes = listed_themes(campaign)
    sums = vote_sums([theme.id for theme in themes])
    page, size = query_number("page", 1) or 1, current_app.config["PAGE_SIZE"]
    found = arrange(themes, sums, standings, order, group, page, size)
    return render_template(
        "themes/public_listing.html",
        campaign=campaign,
        found=found,
        orders=ThemeOrder,
        groups=AnswerGroup,
        order=order,
        group=group,
        **more,
    )


def _chosen(choices: type[Choice], value: str | None) -> Choice | None:
    """Return the member whose value stands in the address; None if there is none such."""
    return next((one for one in choices if one.value == value), None)


@bp.get("/themes/how")
@public
@same_for_visitors
def method() -> ResponseReturnValue:
    return render_template("themes/method.html", reasons=UnthemedReason)


@bp.get("/themes/<int:theme_id>")
@public
@same_for_visitors
def show(theme_id: int) -> ResponseReturnValue:
    theme = get_theme(theme_id)
    if not can_read_theme(current_user, theme):
        raise NotFound("그런 정책 주제가 없어요.")
    sums, size = vote_sums([theme.id])[theme.id], current_app.config["PAGE_SIZE"]
    last = max(1, -(-sums.ideas // size))
    page = min(max(query_number("page", 1) or 1, 1), last)
    members, _more = theme_ideas(theme, page, size)
    return render_template(
        "themes/show.html",
        theme=theme,
        campaign=theme.campaign,
        members=members,
        page=page,
        last=last,
        sums=sums,
        divided=divided_ideas(theme) if page == 1 else (),
        can_make=can_make_themes(current_user),
        follow=follow_state("theme", theme.id, current_user),
        **page_data("themes/show.html", theme),
    )


@bp.post("/c/<slug>/runs")
def start(slug: str) -> ResponseReturnValue:
    campaign = get_campaign(slug)
    require(can_start_run(current_user))
    granularity = Granularity.__members__.get(request.form.get("granularity", "NORMAL"))
    if granularity is None:
        raise InvalidInput("넓게, 보통, 세밀하게 가운데 하나를 골라 주세요.")
    job = start_run(campaign, current_user, granularity)
    db.session.commit()
    flash("분석을 시작했어요. 끝나면 새 묶음이 한꺼번에 나타나요.")
    return redirect(url_for("jobs.show", job_id=job.id), 303)


@bp.get("/runs/<int:run_id>")
def run_show(run_id: int) -> ResponseReturnValue:
    require(can_read_runs(current_user))
    run = get_run(run_id)
    more = page_data("themes/run.html", run)
    themes = adopted_themes(run)
    if isinstance(continued := more.pop("continued", None), dict):
        themes = continued | themes
    return render_template(
        "themes/run.html",
        run=run,
        campaign=run.campaign,
        themes=themes,
        sums=vote_sums([theme.id for theme in themes.values()]),
        reasons=(reasons := unthemed_counts(run)),
        n_loose=reasons.get(UnthemedReason.LOOSE, 0),
        without_body=ideas_without_body(run),
        granularity=Granularity[str(run.parameters.get("granularity", "normal")).upper()],
        will_encode=run.is_current and current_app.config["NLP_ENCODER"] != "none",
        trust=trust,
        lineage=(lineage := lineage_of(run)),
        changes=trust.changes_since_last(lineage),
        counts=Counter(link.kind for link in lineage),
        **more,
    )


@bp.get("/c/<slug>/duplicates")
def duplicates(slug: str) -> ResponseReturnValue:
    require(can_read_runs(current_user))
    campaign, size = get_campaign(slug), current_app.config["PAGE_SIZE"]
    groups, more = duplicate_groups(campaign.id, query_number("after", 0) or 0, size)
    return render_template(
        "themes/duplicates.html",
        campaign=campaign,
        groups=groups,
        more=more,
        job=latest_job(campaign.id, DUPLICATES_JOB),
        next_after=(query_number("after", 0) or 0) + size,
        by_meaning=n_compared_by_meaning(campaign.id),
    )


@bp.post("/c/<slug>/duplicates")
def find_duplicates(slug: str) -> ResponseReturnValue:
    job = start_duplicate_search(get_campaign(slug), current_user)
    db.session.commit()
    return redirect(url_for("jobs.show", job_id=job.id), 303)


@bp.get("/runs/<int:run_id>/unthemed/<reason>")
def unthemed(run_id: int, reason: str) -> ResponseReturnValue:
    require(can_read_runs(current_user))
    if reason not in UnthemedReason.__members__:
        raise NotFound
    run, why, size = get_run(run_id), UnthemedReason[reason], current_app.config["PAGE_SIZE"]
    rows = unthemed_page(run, why, query_number("after", 0) or 0, size)
    return render_template("themes/unthemed.html", run=run, campaign=run.campaign, reason=why, rows=rows, size=size)
