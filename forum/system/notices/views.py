from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.errors import NotFound
from forum.core.extensions import csrf, db
from forum.core.i18n import _
from forum.system.notices.models import MailStream
from forum.system.notices.permissions import can_see_undelivered_mail
from forum.system.notices.queries import get_mail, latest_notices, own_notice, undelivered_counts, undelivered_mails
from forum.system.notices.services import mark_all_read, open_notice, resend_mail
from forum.system.notices.streams import choose_mail, leave_stream, left_streams, read_leaving_token, resume_stream
from forum.web.gate import public
from forum.web.page_data import page_data

bp = Blueprint("notices", __name__, url_prefix="/notices", template_folder="templates")
STREAMS = {stream.value.lower(): stream for stream in MailStream}


@bp.get("")
def listing() -> ResponseReturnValue:
    return render_template(
        "notices/listing.html",
        notices=latest_notices(current_user.id),
        **page_data("notices/listing.html", current_user),
    )


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


@bp.get("/leave/<token>")
@public
def leave(token: str) -> ResponseReturnValue:
    """Ask before stopping a mail: programs that scan mail open its links."""
    account_id, stream = read_leaving_token(token)
    has_left = stream in left_streams(account_id)
    return render_template("notices/leave.html", token=token, stream=stream, has_left=has_left)


@csrf.exempt
@bp.post("/leave/<token>", endpoint="leave_now")
@public
def leave_now(token: str) -> ResponseReturnValue:
    """Stop a mail. Mail programs do this too, without cookie and form (RFC 8058); so the token alone decides."""
    account_id, stream = read_leaving_token(token)
    leave_stream(account_id, stream)
    db.session.commit()
    return render_template("notices/leave.html", token=token, stream=stream, has_left=True)


@bp.post("/leave/<token>/undo")
@public
def undo_leaving(token: str) -> ResponseReturnValue:
    account_id, stream = read_leaving_token(token)
    resume_stream(account_id, stream)
    db.session.commit()
    return redirect(url_for("notices.leave", token=token), 303)


@bp.post("/mail/<stream>/stop")
def stop_mail(stream: str) -> ResponseReturnValue:
    return _choose(stream, is_wanted=False)


@bp.post("/mail/<stream>/resume")
def resume_mail(stream: str) -> ResponseReturnValue:
    return _choose(stream, is_wanted=True)


def _choose(stream: str, is_wanted: bool) -> ResponseReturnValue:
    if stream not in STREAMS:
        raise NotFound(_("그런 메일이 없어요."))
    choose_mail(current_user, STREAMS[stream], is_wanted)
    db.session.commit()
    return redirect(url_for("follows.listing"), 303)


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
