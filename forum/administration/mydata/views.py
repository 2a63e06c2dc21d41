from __future__ import annotations

from typing import IO

from flask import Blueprint, Response, flash, redirect, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, logout_user

from forum.administration.mydata.export_tables import EXPORT_TABLES
from forum.administration.mydata.forms import CloseAccountForm
from forum.administration.mydata.services import close_account, export_data, record_download
from forum.core import clock
from forum.core.database import reading
from forum.core.extensions import db, limiter
from forum.web.downloads import attachment
from forum.web.forms import ForumForm
from forum.web.idempotency import idempotency_exempt, no_replay

bp = Blueprint("mydata", __name__, template_folder="templates")


def _account_key() -> str:
    return f"account:{current_user.id}"


@bp.route("/profile/data", methods=["GET", "POST"])
@limiter.limit("10 per hour", key_func=_account_key, methods=["POST"])  # a school may share one address
@idempotency_exempt  # it changes nothing, and pressing the button again should send the file again
def data() -> ResponseReturnValue:
    account, form = current_user._get_current_object(), ForumForm()
    with form.collect_errors():
        if form.validate_on_submit():
            record_download(account, account)
            db.session.commit()  # also releases SQLite's write lock: the archive may take a while
            with reading():
                return _attached(export_data(account, account))
    return form.page("mydata/data.html", account=account, tables=EXPORT_TABLES)


@bp.route("/profile/leave", methods=["GET", "POST"])
@limiter.limit("10 per hour", methods=["POST"])
@no_replay
def leave() -> ResponseReturnValue:
    account, form = current_user._get_current_object(), CloseAccountForm()
    with form.collect_errors():
        if form.validate_on_submit():
            close_account(account, account, form.password.data, form.posts.data == "keep")
            db.session.commit()
            logout_user()
            flash("계정을 지웠어요. 그동안 고마웠어요.")
            return redirect(url_for("thread.home"), 303)
    return _page(form)


def _attached(archive: IO[bytes]) -> Response:
    name = f"탄소중립-국민포럼-내-자료-{clock.today()}.zip"
    response = send_file(archive, "application/zip")
    response.headers["Content-Disposition"] = attachment(name, f"my-data-{clock.today()}.zip")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _page(form: ForumForm) -> ResponseReturnValue:
    return form.page("mydata/leave.html")
