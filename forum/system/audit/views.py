from __future__ import annotations

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.system.audit.permissions import can_read_audit
from forum.system.audit.queries import EntryPage, chain_head, entries_page, n_unsealed, subject_types
from forum.web.forms import query_number, query_text
from forum.web.gate import public

bp = Blueprint("audit", __name__, template_folder="templates")
NO_ENTRIES = EntryPage((), None)


@bp.get("/audit")
@public
def listing() -> ResponseReturnValue:
    """Show the chain's head to everybody, and the entries to those who may read them."""
    may_read, kind = can_read_audit(current_user), query_text("about", 32).replace("\x00", "")
    before = query_number("before")
    return render_template(
        "audit/listing.html",
        head=chain_head(),
        waiting=n_unsealed(),
        may_read=may_read,
        kind=kind,
        kinds=subject_types() if may_read else [],
        page=entries_page(kind, before, current_app.config["PAGE_SIZE"]) if may_read else NO_ENTRIES,
    )
