from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.extensions import db
from forum.core.i18n import _
from forum.voice.campaigns.forms import CampaignForm
from forum.voice.campaigns.models import CampaignKind
from forum.voice.campaigns.permissions import can_manage_campaigns
from forum.voice.campaigns.queries import all_campaigns, get_campaign
from forum.voice.campaigns.services import add_campaign, edit_campaign, state_hash
from forum.web.forms import HTTP_BAD_REQUEST

bp = Blueprint("campaigns", __name__, url_prefix="/admin/campaigns", template_folder="templates")


@bp.get("")
def admin_listing() -> ResponseReturnValue:
    require(can_manage_campaigns(current_user))
    return render_template("campaigns/admin_listing.html", campaigns=all_campaigns())


@bp.route("/new", methods=["GET", "POST"])
def admin_new() -> ResponseReturnValue:
    require(can_manage_campaigns(current_user))
    form = CampaignForm(data=CampaignForm.prefilled(None))
    with form.collect_errors():
        if form.validate_on_submit():
            kind = CampaignKind[form.kind.data]
            made = add_campaign(
                current_user, form.slug.data or "", form.title.data, kind, form.summary.data, form.spans()
            )
            db.session.commit()
            flash(f"‘{made.title}’ 포럼을 만들었어요.")
            return redirect(url_for("campaigns.admin_listing"))
    return form.page("campaigns/admin_edit.html", campaign=None)


@bp.route("/<slug>", methods=["GET", "POST"])
def admin_edit(slug: str) -> ResponseReturnValue:
    require(can_manage_campaigns(current_user))
    campaign = get_campaign(slug)
    form = CampaignForm(data=CampaignForm.prefilled(campaign))
    with form.collect_errors():
        if form.validate_on_submit():
            seen = request.form.get("seen", "")
            edit_campaign(campaign, current_user, form.title.data, form.summary.data, form.spans(), seen)
            db.session.commit()
            flash(_("‘%(title)s’ 포럼을 고쳤어요.", title=campaign.title))
            return redirect(url_for("campaigns.admin_listing"))
    campaign = get_campaign(slug)
    # The page shows the present values with 200 and 409; beside what was typed wrongly it does not.
    seen = request.form.get("seen", "") if form.status == HTTP_BAD_REQUEST else state_hash(campaign)
    return form.page("campaigns/admin_edit.html", campaign=campaign, seen=seen)
