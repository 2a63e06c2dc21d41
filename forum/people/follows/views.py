from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.extensions import db
from forum.core.i18n import _
from forum.people.follows.permissions import can_follow
from forum.people.follows.queries import follows_of, get_followable
from forum.people.follows.registry import FollowKind, follow_kind_named
from forum.people.follows.services import follow, stop_following
from forum.system.notices.models import MailStream
from forum.system.notices.streams import left_streams
from forum.web.page_data import page_data

bp = Blueprint("follows", __name__, url_prefix="/follows", template_folder="templates")


@bp.get("")
def listing() -> ResponseReturnValue:
    """Show everything that decides which notices and mails come, with a button for each."""
    return render_template(
        "follows/listing.html",
        follows=follows_of(current_user.id),
        streams=MailStream,
        left=left_streams(current_user.id),
        **page_data("follows/listing.html", current_user),
    )


@bp.post("/<kind>/<int:thing_id>")
def start(kind: str, thing_id: int) -> ResponseReturnValue:
    require(can_follow(current_user))
    found = follow_kind_named(kind)
    follow(found, thing_id, current_user)
    db.session.commit()
    thing = get_followable(found, thing_id)
    flash(_("‘%(title)s’의 알림을 받아요.", title=found.title(thing)))
    return redirect(found.path(thing), 303)


@bp.post("/<kind>/<int:thing_id>/stop")
def stop(kind: str, thing_id: int) -> ResponseReturnValue:
    found = follow_kind_named(kind)
    stop_following(found, thing_id, current_user)
    db.session.commit()
    flash(_("이제 이 알림을 받지 않아요."))
    return redirect(_page_of(found, thing_id), 303)


def _page_of(kind: FollowKind, thing_id: int) -> str:
    """Return where the button was: one's own list, or the thing's page if others can read it."""
    thing = kind.get(thing_id)
    is_listed = request.form.get("back") == "list" or thing is None or not kind.is_public(thing)
    return url_for("follows.listing") if is_listed else kind.path(thing)
