"""The page from which an admin takes out a campaign's votes."""

from __future__ import annotations

from flask import Blueprint, Response, send_file
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.analysis.opinions.permissions import can_export_votes
from forum.analysis.opinions.polis_export import PAGE_MAX_VOTES, PolisExport, export_votes, file_name
from forum.core.access import require
from forum.core.extensions import db, limiter
from forum.core.i18n import _
from forum.voice.campaigns.models import Campaign
from forum.voice.campaigns.queries import get_campaign
from forum.web.downloads import attachment
from forum.web.forms import ForumForm
from forum.web.idempotency import idempotency_exempt

bp = Blueprint("polis", __name__)


def _account_key() -> str:
    return f"account:{current_user.id}"


@bp.route("/admin/campaigns/<slug>/votes", methods=["GET", "POST"])
@limiter.limit("10 per hour", key_func=_account_key, methods=["POST"])
@idempotency_exempt  # a ZIP is kept for nobody; pressing the button again makes another file, and another entry
def export(slug: str) -> ResponseReturnValue:
    require(can_export_votes(current_user))
    campaign, form = get_campaign(slug), ForumForm()
    with form.collect_errors():
        if form.validate_on_submit():
            made = export_votes(campaign, current_user._get_current_object(), PAGE_MAX_VOTES)
            db.session.commit()
            return _attached(campaign, made)
    return form.page("opinions/export.html", campaign=get_campaign(slug))


def _attached(campaign: Campaign, made: PolisExport) -> Response:
    plain_name = file_name(campaign, made)
    response = send_file(made.file, "application/zip")
    name = _("예시-%(name)s", name=plain_name) if campaign.is_sample else plain_name
    response.headers["Content-Disposition"] = attachment(name, plain_name)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
