from __future__ import annotations

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from forum.core.errors import NotFound
from forum.development.style.examples import examples
from forum.web.gate import public

bp = Blueprint("style", __name__, template_folder="templates")


@bp.get("/style")
@public
def show() -> ResponseReturnValue:
    """Show the components. Only where the forum is developed: what the page shows is made up."""
    if current_app.config["ENVIRONMENT"] != "development":
        raise NotFound("그런 화면이 없어요.")
    return render_template("style/show.html", **examples())
