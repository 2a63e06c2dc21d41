"""The analysts' page of a campaign's synonyms."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.analysis.synonyms.forms import SynonymsForm
from forum.analysis.synonyms.permissions import can_edit_synonyms
from forum.analysis.synonyms.queries import synonym_list
from forum.analysis.synonyms.services import change_synonyms, shipped_synonyms
from forum.core.access import require
from forum.core.extensions import db
from forum.core.i18n import _
from forum.voice.campaigns.queries import get_campaign

bp = Blueprint("synonyms", __name__, template_folder="templates")


@bp.route("/c/<slug>/synonyms", methods=["GET", "POST"])
def edit(slug: str) -> ResponseReturnValue:
    campaign = get_campaign(slug)
    require(can_edit_synonyms(current_user))
    own = synonym_list(campaign.id)
    form = SynonymsForm(words=own.words if own else "", version=str(own.version if own else 0))
    with form.collect_errors():
        if form.validate_on_submit():
            change_synonyms(campaign, current_user, form.words.data or "", form.seen_version())
            db.session.commit()
            flash(_("낱말을 저장했어요. ‘같은 뜻의 제안’에서 다시 찾으면 이 낱말을 써요."))
            return redirect(url_for("synonyms.edit", slug=slug), 303)
    campaign = get_campaign(slug)
    return form.page("synonyms/edit.html", campaign=campaign, own=synonym_list(campaign.id), shipped=shipped_synonyms())
