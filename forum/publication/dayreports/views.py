from __future__ import annotations

import io

from flask import Blueprint, render_template, send_file
from flask.typing import ResponseReturnValue

from forum.core.i18n import _
from forum.deliberation.joint.wall_queries import get_shown_session
from forum.publication.dayreports.queries import get_report_file, report_of
from forum.publication.digests.formats import FORMATS
from forum.web.downloads import attachment
from forum.web.gate import public

bp = Blueprint("dayreports", __name__, template_folder="templates")


@bp.get("/joint/<int:session_id>/report")
@public
def show(session_id: int) -> ResponseReturnValue:
    """Show what a session came to; before, when that will be here."""
    session = get_shown_session(session_id)
    report = report_of(session_id)
    return render_template(
        "dayreports/show.html", session=session, campaign=session.campaign, report=report, formats=FORMATS
    )


@bp.get("/joint/<int:session_id>/report/<file_format>")
@public
def download(session_id: int, file_format: str) -> ResponseReturnValue:
    session = get_shown_session(session_id)
    file = get_report_file(session_id, file_format)
    response = send_file(io.BytesIO(file.content), etag=file.sha256, download_name=f"report.{file.format}")
    response.content_type = FORMATS[file.format].media_type  # send_file would name the charset of a text twice
    name = _("그날-보고서-%(id)d.%(ending)s", id=session.id, ending=file.format)
    response.headers["Content-Disposition"] = attachment(name, f"day-report-{session.id}.{file.format}")
    return response
