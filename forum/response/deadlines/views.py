from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from forum.core.workdays import rules as all_rules
from forum.response.deadlines.services import DAYS_BEFORE, EVERY_DAYS_AFTER
from forum.web.gate import public

bp = Blueprint("deadlines", __name__, template_folder="templates")


@bp.get("/clock")
@public
def rules() -> ResponseReturnValue:
    return render_template(
        "deadlines/rules.html", rules=all_rules().values(), days_before=DAYS_BEFORE, every=EVERY_DAYS_AFTER
    )
