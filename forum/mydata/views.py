from __future__ import annotations

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, logout_user

from forum.extensions import db, limiter
from forum.forms import ForumForm
from forum.idempotency import never_kept
from forum.mydata.forms import LeaveForm
from forum.mydata.services import leave as leave_forum

bp = Blueprint("mydata", __name__, template_folder="templates")


@bp.route("/profile/leave", methods=["GET", "POST"])
@limiter.limit("10 per hour", methods=["POST"])
@never_kept
def leave() -> ResponseReturnValue:
    account, form = current_user._get_current_object(), LeaveForm()
    with form.refusals():
        if form.validate_on_submit():
            leave_forum(account, account, form.password.data, form.posts.data == "keep")
            db.session.commit()
            logout_user()
            flash("계정을 지웠습니다. 그동안 고맙습니다.")
            return redirect(url_for("thread.home"), 303)
    return _page(form)


def _page(form: ForumForm) -> ResponseReturnValue:
    return form.page("mydata/leave.html")
