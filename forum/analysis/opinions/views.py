from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.analysis.opinions.models import OpinionSnapshot
from forum.analysis.opinions.pages import ground_page, group_rows, looks_of
from forum.analysis.opinions.permissions import can_ask_where_one_stands, can_start_snapshot, why_not_ask
from forum.analysis.opinions.queries import current_snapshot, finished_snapshots, get_snapshot
from forum.analysis.opinions.services import start_snapshot, verifier_source
from forum.analysis.opinions.standing import (
    FEWEST_VOTES,
    give_consent,
    has_consented,
    votes_known_to,
    where_one_stands,
    withdraw_consent,
)
from forum.core.access import Role, require
from forum.core.extensions import db
from forum.core.i18n import _
from forum.voice.campaigns.models import Campaign
from forum.voice.campaigns.queries import get_campaign
from forum.web.gate import public
from forum.web.page_data import page_data
from forum.web.pagecache import same_for_visitors

bp = Blueprint("opinions", __name__, template_folder="templates")


@bp.get("/slates/verify_slate.py")
@public
@same_for_visitors
def verifier() -> ResponseReturnValue:
    """Show the verifier as plain text. Published proofs name this address, so it never changes."""
    return Response(verifier_source(), mimetype="text/plain")


@bp.get("/c/<slug>/common-ground")
@public
@same_for_visitors
def show(slug: str) -> ResponseReturnValue:
    """Show what all opinion groups back and what divides them, as the current snapshot says."""
    campaign = get_campaign(slug)
    return _page(campaign, current_snapshot(campaign.id))


@bp.get("/c/<slug>/common-ground/<int:number>")
@public
@same_for_visitors
def show_number(slug: str, number: int) -> ResponseReturnValue:
    """Show one snapshot by its number. The address and what it says never change, but for what was hidden since."""
    campaign = get_campaign(slug)
    return _page(campaign, get_snapshot(campaign, number))


@bp.post("/c/<slug>/common-ground")
def start(slug: str) -> ResponseReturnValue:
    """Ask for a snapshot before it is due."""
    job = start_snapshot(get_campaign(slug), current_user)
    db.session.commit()
    flash(_("공감대를 계산하기 시작했어요. 끝나면 새 회차가 한꺼번에 나타나요."))
    return redirect(url_for("jobs.show", job_id=job.id), 303)


def _page(campaign: Campaign, snapshot: OpinionSnapshot | None) -> ResponseReturnValue:
    return render_template(
        "opinions/show.html",
        campaign=campaign,
        snapshot=snapshot,
        page=ground_page(snapshot) if snapshot else None,
        snapshots=finished_snapshots(campaign.id) if snapshot else (),
        **page_data("opinions/show.html", campaign),
        may_start=can_start_snapshot(current_user),
        may_ask=current_user.role is Role.ANONYMOUS or can_ask_where_one_stands(current_user),
    )


@bp.get("/c/<slug>/common-ground/me")
def standing(slug: str) -> ResponseReturnValue:
    """Show one's own place among the groups to oneself. No copy is kept, in the browser either."""
    campaign = get_campaign(slug)
    require(can_ask_where_one_stands(current_user), why_not_ask(current_user))
    snapshot = current_snapshot(campaign.id)
    n_votes, consented = len(votes_known_to(snapshot, current_user)) if snapshot else 0, has_consented(current_user)
    may_see = snapshot is not None and consented and n_votes >= FEWEST_VOTES
    found = where_one_stands(snapshot, current_user) if snapshot and may_see else None
    response = make_response(
        render_template(
            "opinions/standing.html",
            campaign=campaign,
            snapshot=snapshot,
            page=ground_page(snapshot) if snapshot and found else None,
            found=found,
            rows={one.idea.id: group_rows(one.ground, looks_of(snapshot)) for one in found.differs}
            if snapshot and found
            else {},
            n_votes=n_votes,
            fewest=FEWEST_VOTES,
            consented=consented,
        )
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


@bp.post("/c/<slug>/common-ground/me")
def consent(slug: str) -> ResponseReturnValue:
    """Consent to be told where one stands."""
    campaign = get_campaign(slug)
    give_consent(current_user)
    db.session.commit()
    return redirect(url_for("opinions.standing", slug=campaign.slug), 303)


@bp.post("/c/<slug>/common-ground/me/withdraw")
def withdraw(slug: str) -> ResponseReturnValue:
    """Take one's consent back."""
    campaign = get_campaign(slug)
    withdraw_consent(current_user)
    db.session.commit()
    flash(_("동의를 거두었어요. 이제 내 자리를 계산하지 않아요."))
    return redirect(url_for("opinions.show", slug=campaign.slug), 303)
