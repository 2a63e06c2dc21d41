"""The analysts' page of a campaign's own words."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.analysis.words.forms import WordsForm
from forum.analysis.words.permissions import can_edit_words
from forum.analysis.words.queries import campaign_words
from forum.analysis.words.services import change_words, shipped_words
from forum.core.access import require
from forum.core.extensions import db
from forum.core.i18n import _
from forum.voice.campaigns.queries import get_campaign

bp = Blueprint("words", __name__, template_folder="templates")


@bp.route("/c/<slug>/words", methods=["GET", "POST"])
def edit(slug: str) -> ResponseReturnValue:
    campaign = get_campaign(slug)
    require(can_edit_words(current_user))
    own = campaign_words(campaign.id)
    form = WordsForm(obj=own) if own else WordsForm(version="0")
    with form.collect_errors():
        if form.validate_on_submit():
            typed = form.user_words.data or "", form.synonyms.data or ""
            change_words(campaign, current_user, *typed, form.seen_version())
            db.session.commit()
            flash(_("낱말을 저장했어요. 다음 분석과 ‘같은 뜻의 제안’을 다시 찾을 때부터 써요."))
            return redirect(url_for("words.edit", slug=slug), 303)
    campaign = get_campaign(slug)
    user_words, synonyms = shipped_words()
    return form.page(
        "words/edit.html",
        campaign=campaign,
        own=campaign_words(campaign.id),
        shipped_user_words=user_words,
        shipped_synonyms=synonyms,
    )
