from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.extensions import db
from forum.system.notices.permissions import can_see_undelivered_mail
from forum.system.notices.queries import get_mail, latest_notices, own_notice, undelivered_counts, undelivered_mails
from forum.system.notices.services import mark_all_read, open_notice, resend_mail

bp = Blueprint("notices", __name__, url_prefix="/notices", template_folder="templates")


@bp.get("")
def listing() -> ResponseReturnValue:
    return render_template("notices/listing.html", notices=latest_notices(current_user.id))


@bp.post("/read")
def read() -> ResponseReturnValue:
    mark_all_read(current_user)
    db.session.commit()
    return redirect(url_for("notices.listing"))


@bp.post("/<int:notice_id>/open")
def open_one(notice_id: int) -> ResponseReturnValue:
    """Mark a notice as read and go to its page. No GET does this: browsers and mail scanners open links in advance."""
    notice = own_notice(notice_id, current_user.id)
    open_notice(notice, current_user)
    db.session.commit()
    return redirect(notice.path, 303)


@bp.get("/undelivered")
def undelivered() -> ResponseReturnValue:
    require(can_see_undelivered_mail(current_user))
    total, retrying = undelivered_counts()
    return render_template("notices/undelivered.html", mails=undelivered_mails(), total=total, retrying=retrying)


@bp.post("/undelivered/<int:mail_id>/resend")
def resend(mail_id: int) -> ResponseReturnValue:
    require(can_see_undelivered_mail(current_user))  # before the query: others must not learn which mails exist
    resend_mail(get_mail(mail_id), current_user)
    db.session.commit()
    return redirect(url_for("notices.undelivered"))
