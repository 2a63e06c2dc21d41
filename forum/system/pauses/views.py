from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.extensions import db
from forum.core.i18n import _
from forum.system.pauses.forms import PauseForm
from forum.system.pauses.permissions import can_set_pause
from forum.system.pauses.queries import all_pauses, get_pause
from forum.system.pauses.services import ADMINS_ONLY, end_pause, set_pause
from forum.web.forms import ForumForm

bp = Blueprint("pauses", __name__, url_prefix="/admin/pauses", template_folder="templates")


@bp.get("")
def listing() -> ResponseReturnValue:
    require(can_set_pause(current_user), ADMINS_ONLY)
    return PauseForm(formdata=None).page("pauses/listing.html", pauses=all_pauses())


@bp.post("")
def set_new() -> ResponseReturnValue:
    require(can_set_pause(current_user), ADMINS_ONLY)
    form = PauseForm()
    with form.collect_errors():
        if form.validate_on_submit():
            set_pause(current_user, form.name.data or "", form.begins_on.data, form.ends_on.data, form.note.data or "")
            db.session.commit()
            flash(_("선거 기간 쉼을 정했어요."))
            return redirect(url_for("pauses.listing"), 303)
    return form.page("pauses/listing.html", pauses=all_pauses())


@bp.post("/<int:pause_id>/end")
def end(pause_id: int) -> ResponseReturnValue:
    require(can_set_pause(current_user), ADMINS_ONLY)
    pause, form = get_pause(pause_id), ForumForm()
    with form.collect_errors():
        if form.validate_on_submit():
            end_pause(pause, current_user)
            db.session.commit()
            flash(_("선거 기간 쉼을 끝냈어요. 기다리던 메일을 보내기 시작해요."))
            return redirect(url_for("pauses.listing"), 303)
    blank = PauseForm(formdata=None)
    page = render_template("pauses/listing.html", pauses=all_pauses(), form=blank, refused=form)
    return page, form.status
