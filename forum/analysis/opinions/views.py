from __future__ import annotations

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from forum.analysis.opinions.queries import current_snapshot, dividing_ideas, ideas_by_ground, shown_groups
from forum.analysis.opinions.services import verifier_source
from forum.voice.campaigns.queries import get_campaign
from forum.web.gate import public
from forum.web.pagecache import same_for_visitors

bp = Blueprint("opinions", __name__, template_folder="templates")
IDEAS_SHOWN = 10


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
    snapshot = current_snapshot(campaign.id)
    if snapshot is None:
        return render_template("opinions/show.html", campaign=campaign, snapshot=None)
    return render_template(
        "opinions/show.html",
        campaign=campaign,
        snapshot=snapshot,
        groups=shown_groups(snapshot),
        backed=ideas_by_ground(snapshot, IDEAS_SHOWN, with_badge=True),
        dividing=dividing_ideas(snapshot, IDEAS_SHOWN),
    )
