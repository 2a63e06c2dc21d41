from __future__ import annotations

from flask import Blueprint, make_response
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.extensions import limiter
from forum.core.i18n import _
from forum.deliberation.gatherings.queries import get_gathering
from forum.deliberation.kits.content import Copies
from forum.deliberation.kits.services import MOST_AT_ONCE, kit_pdf
from forum.web.downloads import attachment
from forum.web.forms import query_number

bp = Blueprint("kits", __name__, url_prefix="/gatherings", template_folder="templates")


@bp.get("/<int:gathering_id>/kit.pdf")
@limiter.limit("30 per minute")
def pdf(gathering_id: int) -> ResponseReturnValue:
    """Print as many slips and vote sheets as there are seats, unless the address says other numbers."""
    gathering = get_gathering(gathering_id)
    seats = min(gathering.seats, MOST_AT_ONCE)
    copies = Copies(
        query_number("first", 1) or 0, query_number("slips", seats) or 0, query_number("sheets", seats) or 0
    )
    response = make_response(kit_pdf(gathering, current_user, copies))
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = attachment(
        _("모임 꾸러미 %(n)s.pdf", n=gathering_id), f"kit-{gathering_id}.pdf"
    )
    response.headers["Cache-Control"] = "private, no-store"  # it holds the codes of all slips
    return response
