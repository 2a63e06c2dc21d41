from __future__ import annotations

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from forum.analysis.opinions.services import verifier_source
from forum.web.gate import public
from forum.web.pagecache import same_for_visitors

bp = Blueprint("opinions", __name__)


@bp.get("/slates/verify_slate.py")
@public
@same_for_visitors
def verifier() -> ResponseReturnValue:
    """Show the verifier as plain text. Published proofs name this address, so it never changes."""
    return Response(verifier_source(), mimetype="text/plain")
