from __future__ import annotations

from flask import Blueprint, Response, make_response
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.extensions import db, limiter
from forum.core.i18n import _
from forum.deliberation.gatherings.queries import get_gathering
from forum.deliberation.kits.content import Copies
from forum.deliberation.kits.forms import CodesForm
from forum.deliberation.kits.secret_slips import may_print_secrets
from forum.deliberation.kits.services import CODES_ONLY, MOST_AT_ONCE, kit_pdf, kit_with_codes
from forum.web.downloads import attachment
from forum.web.forms import query_number
from forum.web.idempotency import idempotency_exempt

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
    return _file(kit_pdf(gathering, current_user, copies), _("모임 꾸러미 %(n)s.pdf", n=gathering_id), gathering_id)


@bp.post("/<int:gathering_id>/kit-with-codes.pdf")
@limiter.limit("30 per minute")
@idempotency_exempt  # its answer holds codes, which are never stored; pressing the button again should send it again
def pdf_with_codes(gathering_id: int) -> ResponseReturnValue:
    """Print the kit with the recovery codes of its room. No link leads to it: each time is in the audit."""
    gathering = get_gathering(gathering_id)
    require(may_print_secrets(current_user, gathering), str(CODES_ONLY))
    form, seats = CodesForm(), min(gathering.seats, MOST_AT_ONCE)
    n_slips = seats if form.slips.data is None else form.slips.data
    n_sheets = seats if form.sheets.data is None else form.sheets.data
    file = kit_with_codes(gathering, current_user, Copies(1, n_slips, n_sheets))
    db.session.commit()
    return _file(file, _("모임 꾸러미 %(n)s (되살림 번호).pdf", n=gathering_id), gathering_id)


def _file(content: bytes, name: str, gathering_id: int) -> Response:
    response = make_response(content)
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = attachment(name, f"kit-{gathering_id}.pdf")
    response.headers["Cache-Control"] = "private, no-store"  # it holds the codes of all slips
    return response
