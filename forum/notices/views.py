from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.extensions import db
from forum.notices.queries import latest_notices
from forum.notices.services import mark_all_read

bp = Blueprint("notices", __name__, url_prefix="/notices", template_folder="templates")


@bp.get("")
def listing() -> ResponseReturnValue:
    return render_template("notices/listing.html", notices=latest_notices(current_user.id))


@bp.post("/read")
def read() -> ResponseReturnValue:
    mark_all_read(current_user)
    db.session.commit()
    return redirect(url_for("notices.listing"))
