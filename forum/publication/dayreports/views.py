from __future__ import annotations

import io

from flask import Blueprint, flash, redirect, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.joint.models import JointSession
from forum.deliberation.joint.wall_queries import get_shown_session
from forum.publication.dayreports.permissions import BUILDERS_ONLY, can_build_report
from forum.publication.dayreports.queries import get_report_file, report_of
from forum.publication.dayreports.services import start_report
from forum.publication.dayreports.state import report_now
from forum.publication.digests.formats import FORMATS
from forum.web.downloads import attachment
from forum.web.forms import ForumForm
from forum.web.gate import public

bp = Blueprint("dayreports", __name__, template_folder="templates")


@bp.get("/joint/<int:session_id>/report")
@public
def show(session_id: int) -> ResponseReturnValue:
    """Show what a session came to; before, when that will be here, or that it could not be made."""
    return _page(get_shown_session(session_id), ForumForm(formdata=None))


@bp.post("/joint/<int:session_id>/report")
def build(session_id: int) -> ResponseReturnValue:
    """Ask for a report again that could not be made. Twice is once."""
    session = get_shown_session(session_id)
    require(can_build_report(current_user, session), str(BUILDERS_ONLY))
    form = ForumForm()
    with form.collect_errors():
        if form.validate_on_submit():
            is_begun = start_report(session, current_user) is not None
            db.session.commit()
            flash(_("그날 보고서를 만들고 있어요.") if is_begun else _("그날 보고서가 벌써 나와 있어요."))
            return redirect(url_for("dayreports.show", session_id=session_id), 303)
    return _page(session, form)


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


def _page(session: JointSession, form: ForumForm) -> ResponseReturnValue:
    return form.page(
        "dayreports/show.html",
        session=session,
        campaign=session.campaign,
        report=report_of(session.id),
        now=report_now(session, current_user),
        formats=FORMATS,
    )
