from __future__ import annotations

import io

from flask import Blueprint, flash, redirect, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.meetings.calendar import is_sample
from forum.deliberation.meetings.models import CouncilMeeting
from forum.deliberation.meetings.queries import get_meeting
from forum.publication.councilpapers.permissions import SECRETARIAT_ONLY, can_make_paper
from forum.publication.councilpapers.queries import get_paper, get_paper_file, paper_of, papers_of
from forum.publication.councilpapers.services import make_paper
from forum.publication.councilpapers.state import paper_now
from forum.publication.digests.formats import FORMATS
from forum.web.downloads import attachment
from forum.web.forms import ForumForm, query_number
from forum.web.gate import public

bp = Blueprint("councilpapers", __name__, template_folder="templates")


@bp.get("/council/meetings/<int:meeting_id>/paper")
@public
def show(meeting_id: int) -> ResponseReturnValue:
    """Show the newest papers of a meeting, or those of a number; before, that there are none."""
    return _page(get_meeting(meeting_id), ForumForm(formdata=None))


@bp.post("/council/meetings/<int:meeting_id>/paper")
def make(meeting_id: int) -> ResponseReturnValue:
    """Have papers made. Twice is once, while they are being made."""
    meeting = get_meeting(meeting_id)
    require(can_make_paper(current_user), str(SECRETARIAT_ONLY))
    form = ForumForm()
    with form.collect_errors():
        if form.validate_on_submit():
            make_paper(meeting, current_user)
            db.session.commit()
            flash(_("회의 자료를 만들고 있어요."))
            return redirect(url_for("councilpapers.show", meeting_id=meeting_id), 303)
    return _page(get_meeting(meeting_id), form)


@bp.get("/council/meetings/<int:meeting_id>/paper/<file_format>")
@public
def download(meeting_id: int, file_format: str) -> ResponseReturnValue:
    """Give a file of the newest papers, or of those of a number."""
    meeting = get_meeting(meeting_id)
    paper = get_paper(meeting.id, query_number("number"))
    file = get_paper_file(paper, file_format)
    response = send_file(io.BytesIO(file.content), etag=file.sha256, download_name=f"paper.{file.format}")
    response.content_type = FORMATS[file.format].media_type  # send_file would name the charset of a text twice
    values = {"id": meeting.id, "number": paper.number, "ending": file.format}
    name = _("회의-자료-%(id)d-%(number)d.%(ending)s", **values)
    plain = f"council-paper-{meeting.id}-{paper.number}.{file.format}"
    response.headers["Content-Disposition"] = attachment(name, plain)
    return response


def _page(meeting: CouncilMeeting, form: ForumForm) -> ResponseReturnValue:
    number = query_number("number")
    return form.page(
        "councilpapers/show.html",
        meeting=meeting,
        paper=paper_of(meeting.id) if number is None else get_paper(meeting.id, number),
        papers=papers_of(meeting.id),
        now=paper_now(meeting, current_user),
        formats=FORMATS,
        is_sample=is_sample(meeting),
    )
