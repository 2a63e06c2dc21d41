"""The public page of a shortlist and its slate, and the analysts' page."""

from __future__ import annotations

import json
from collections.abc import Sequence

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.analysis.shortlists.forms import ChangeForm, IdeasForm, OpenForm
from forum.analysis.shortlists.models import Shortlist, ShortlistState
from forum.analysis.shortlists.permissions import can_manage_shortlists
from forum.analysis.shortlists.queries import (
    N_FOUND,
    candidates,
    found_ideas,
    get_shortlist,
    last_progress,
    latest_slate_job,
    listed_ideas,
    n_on_shortlist,
    old_votes,
    open_shortlist_of,
    shortlist_ideas,
    shortlists_of,
    slate_of,
    takes_part,
)
from forum.analysis.shortlists.results import slate_result
from forum.analysis.shortlists.services import (
    MAX_IDEAS,
    change_shortlist,
    close_shortlist,
    count_old_votes,
    open_shortlist,
    start_slate,
)
from forum.core.access import require
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.voice.campaigns.models import Campaign
from forum.voice.campaigns.queries import get_campaign
from forum.voice.ideas.models import Idea
from forum.voice.votes.queries import votes_beside
from forum.web.forms import ForumForm
from forum.web.gate import public
from forum.web.page_data import page_data
from forum.web.pagecache import same_for_visitors

bp = Blueprint("shortlists", __name__, template_folder="templates")


@bp.get("/c/<slug>/shortlists/<int:number>")
@public
@same_for_visitors
def show(slug: str, number: int) -> ResponseReturnValue:
    """Show the ideas to vote on; of a closed shortlist its slate, how it was paid, and how to check it."""
    shortlist = get_shortlist(get_campaign(slug), number)
    ideas, slate = shortlist_ideas(shortlist), slate_of(shortlist.id)
    n_listed = n_on_shortlist(shortlist)
    return render_template(
        "shortlists/show.html",
        shortlist=shortlist,
        campaign=shortlist.campaign,
        is_open=shortlist.state is ShortlistState.OPEN,
        ideas=ideas,
        n_not_shown=n_listed - len(ideas),
        votes=votes_beside(shortlist.campaign, [idea.id for idea in ideas], current_user),
        takes_part=takes_part(shortlist, current_user),
        n_old=len(old_votes(shortlist, current_user)),
        seen_by=None if slate else last_progress(shortlist),
        slate=slate,
        result=slate_result(slate, n_listed) if slate and slate.proof else None,
        **page_data("shortlists/show.html", shortlist),
    )


@bp.get("/c/<slug>/shortlists/<int:number>/proof.json")
@public
@same_for_visitors
def proof(slug: str, number: int) -> ResponseReturnValue:
    """Give the proof as it was published. Others name this address, so it never changes."""
    slate = slate_of(get_shortlist(get_campaign(slug), number).id)
    if slate is None or slate.proof is None:
        raise NotFound(_("이 후보 투표에는 검산표가 없어요."))
    return Response(json.dumps(slate.proof, ensure_ascii=False), mimetype="application/json")


@bp.post("/c/<slug>/shortlists/<int:number>/old-votes")
def count_old(slug: str, number: int) -> ResponseReturnValue:
    """Let the reader take part, and their earlier votes count."""
    shortlist = get_shortlist(get_campaign(slug), number)
    n = count_old_votes(shortlist, current_user)
    db.session.commit()
    if n:
        flash(_("전에 한 투표 %(n)s개도 함께 세요.", n=n))
    return redirect(url_for("shortlists.show", slug=slug, number=number), 303)


@bp.get("/c/<slug>/shortlists/manage")
def manage(slug: str) -> ResponseReturnValue:
    """Show the analyst the open shortlist to change or close, or the form that opens one."""
    require(can_manage_shortlists(current_user))
    campaign = get_campaign(slug)
    shortlist = open_shortlist_of(campaign.id)
    return _manage_page(campaign, shortlist, ChangeForm() if shortlist else OpenForm())


@bp.post("/c/<slug>/shortlists")
def open_it(slug: str) -> ResponseReturnValue:
    campaign = get_campaign(slug)
    require(can_manage_shortlists(current_user))
    form = OpenForm()
    with form.collect_errors():
        if not form.is_search and form.validate_on_submit():
            shortlist = open_shortlist(campaign, current_user, form.chosen(), form.size.data or 0)
            db.session.commit()
            flash(_("후보 투표를 열었어요."))
            return redirect(url_for("shortlists.show", slug=slug, number=shortlist.number), 303)
    campaign = get_campaign(slug)
    return _manage_page(campaign, open_shortlist_of(campaign.id), form)


@bp.post("/c/<slug>/shortlists/<int:number>/ideas")
def change(slug: str, number: int) -> ResponseReturnValue:
    require(can_manage_shortlists(current_user))
    shortlist = get_shortlist(get_campaign(slug), number)
    form = ChangeForm()
    with form.collect_errors():
        if not form.is_search and form.validate_on_submit():
            change_shortlist(shortlist, current_user, form.chosen(), form.seen_revision())
            db.session.commit()
            flash(_("후보 투표의 제안을 고쳤어요."))
            return redirect(url_for("shortlists.manage", slug=slug), 303)
    return _manage_page(get_campaign(slug), get_shortlist(get_campaign(slug), number), form)


@bp.post("/c/<slug>/shortlists/<int:number>/close")
def close(slug: str, number: int) -> ResponseReturnValue:
    require(can_manage_shortlists(current_user))
    shortlist = get_shortlist(get_campaign(slug), number)
    form = ChangeForm()
    with form.collect_errors():
        if form.validate_on_submit():
            close_shortlist(shortlist, current_user, form.seen_revision())
            db.session.commit()
            flash(_("후보 투표를 끝냈어요. 대표안을 곧 공개해요."))
            return redirect(url_for("shortlists.show", slug=slug, number=number), 303)
    return _manage_page(get_campaign(slug), get_shortlist(get_campaign(slug), number), form)


@bp.post("/c/<slug>/shortlists/<int:number>/slate")
def start(slug: str, number: int) -> ResponseReturnValue:
    """Ask again for a slate whose job failed."""
    job = start_slate(get_shortlist(get_campaign(slug), number), current_user)
    db.session.commit()
    return redirect(url_for("jobs.show", job_id=job.id), 303)


def _manage_page(campaign: Campaign, shortlist: Shortlist | None, form: ForumForm) -> ResponseReturnValue:
    """Render the analyst's page.

    A refused form and one that searches keep what was ticked; after a conflict the present is ticked.
    """
    is_open = shortlist is not None and shortlist.state is ShortlistState.OPEN
    present = shortlist_ideas(shortlist) if shortlist and is_open else []
    found: Sequence[Idea] = ()
    if isinstance(form, IdeasForm):
        found = found_ideas(campaign, form.searched)
        ticked = listed_ideas(campaign, (form.idea_ids.data or [])[: MAX_IDEAS + N_FOUND])
        offered = {idea.id: idea for idea in (*found, *present, *ticked, *candidates(campaign))}
        form.offer(list(offered.values()))
        if isinstance(form, ChangeForm) and form.status in {200, 409} and not form.is_search:
            form.idea_ids.data = sorted(idea.id for idea in present)
    past = [(one, slate_of(one.id), latest_slate_job(one.id)) for one in shortlists_of(campaign.id) if one != shortlist]
    return form.page(
        "shortlists/manage.html",
        campaign=campaign,
        shortlist=shortlist,
        is_open=is_open,
        present=present,
        seen_by=last_progress(shortlist) if shortlist and is_open else None,
        max_ideas=MAX_IDEAS,
        n_found=len(found),
        past=past,
    )
