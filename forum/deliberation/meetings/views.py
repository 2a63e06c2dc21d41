from __future__ import annotations

from pathlib import PurePosixPath

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.council.models import Seat
from forum.deliberation.council.permissions import can_run_council
from forum.deliberation.council.queries import chair_signing, get_term
from forum.deliberation.meetings.calendar import CONTENT_TYPE, calendar_of, is_sample
from forum.deliberation.meetings.desk_views import register_desk
from forum.deliberation.meetings.dissenting import own_ballot
from forum.deliberation.meetings.forms import AttendanceForm, BallotForm, DissentForm, SeenForm
from forum.deliberation.meetings.models import CouncilMeeting, CouncilMinutesState
from forum.deliberation.meetings.pages import meeting_page
from forum.deliberation.meetings.permissions import CHAIRS_ONLY, MEMBERS_ONLY, can_see_inside, can_sign
from forum.deliberation.meetings.queries import (
    get_file,
    get_meeting,
    get_minutes,
    get_motion,
    meetings_of_term,
    own_seats,
)
from forum.deliberation.meetings.services import arrive, cast_ballot, leave, record_dissent, sign_minutes
from forum.deliberation.meetings.show import show_page
from forum.deliberation.meetings.voting import voter_of
from forum.deliberation.meetings.writing import missing_signatures
from forum.web.downloads import ALONE, attachment
from forum.web.forms import ForumForm
from forum.web.gate import public

bp = Blueprint("meetings", __name__, template_folder="templates")
register_desk(bp)


@bp.get("/council/terms/<int:number>/meetings")
@public
def listing(number: int) -> ResponseReturnValue:
    """List the meetings of a term."""
    term = get_term(number)
    return render_template(
        "meetings/listing.html",
        term=term,
        meetings=meetings_of_term(term.id),
        may_run=can_run_council(current_user),
        is_sample_meeting=is_sample,
    )


@bp.get("/council/meetings/<int:meeting_id>")
@public
def show(meeting_id: int) -> ResponseReturnValue:
    """Show a meeting: its agenda, who is there, and the votes; members act here, also on a phone."""
    return show_page(meeting_id, ForumForm(formdata=None))


@bp.get("/council/meetings/<int:meeting_id>.ics")
@public
def calendar(meeting_id: int) -> ResponseReturnValue:
    """Give the meeting as a calendar file."""
    meeting = get_meeting(meeting_id)
    response = Response(calendar_of(meeting), content_type=CONTENT_TYPE)
    response.headers["Content-Disposition"] = attachment(f"{meeting.title}.ics", f"council-meeting-{meeting.id}.ics")
    return response


@bp.get("/council/meetings/files/<int:file_id>")
@public
def file(file_id: int) -> ResponseReturnValue:
    """Give a paper of the agenda as a download, which the browser never displays."""
    found = get_file(file_id)
    response = Response(found.content, content_type=found.media_type)
    plain = f"paper-{file_id}{PurePosixPath(found.name).suffix}"
    response.headers["Content-Disposition"] = attachment(found.name, plain)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = ALONE
    return response


@bp.get("/council/meetings/<int:meeting_id>/minutes")
@public
def minutes(meeting_id: int) -> ResponseReturnValue:
    """Show the minutes: everybody once both chairs signed them, members and the secretariat before."""
    return _minutes_page(meeting_id, SeenForm(formdata=None))


@bp.post("/council/meetings/<int:meeting_id>/minutes/sign")
def sign(meeting_id: int) -> ResponseReturnValue:
    """Sign the minutes as one of the joint chairs, or in the place of one."""
    found = get_minutes(meeting_id)
    require(can_sign(chair_signing(current_user, found.meeting.term_id)), CHAIRS_ONLY)
    form = SeenForm()
    with form.collect_errors():
        if form.validate_on_submit():
            sign_minutes(found, current_user, seen=form.seen_revision())
            db.session.commit()
            is_public = found.state is CouncilMinutesState.PUBLISHED
            flash(_("두 공동위원장이 서명해 회의록을 공개했어요.") if is_public else _("서명했어요."))
            return redirect(url_for("meetings.minutes", meeting_id=meeting_id), 303)
    return _minutes_page(meeting_id, form)


@bp.post("/council/meetings/<int:meeting_id>/arrive")
def come(meeting_id: int) -> ResponseReturnValue:
    """Note that a member arrived."""
    meeting = get_meeting(meeting_id)
    _require_inside(meeting)
    form = AttendanceForm()
    with form.collect_errors():
        if form.validate_on_submit():
            arrive(meeting, current_user, _seat(meeting, form), form.chosen_way(), bool(form.by_substitute.data))
            db.session.commit()
            flash(_("출석을 적었어요."))
            return redirect(url_for("meetings.show", meeting_id=meeting_id), 303)
    return show_page(meeting_id, form)


@bp.post("/council/meetings/<int:meeting_id>/leave")
def go(meeting_id: int) -> ResponseReturnValue:
    """Note that a member left."""
    meeting = get_meeting(meeting_id)
    _require_inside(meeting)
    form = AttendanceForm()
    with form.collect_errors():
        if form.validate_on_submit():
            leave(meeting, current_user, _seat(meeting, form))
            db.session.commit()
            flash(_("나간 것으로 적었어요. 끝나지 않은 투표의 표는 빠졌어요."))
            return redirect(url_for("meetings.show", meeting_id=meeting_id), 303)
    return show_page(meeting_id, form)


@bp.post("/council/motions/<int:motion_id>/ballot")
def ballot(motion_id: int) -> ResponseReturnValue:
    """Vote by name, or change one's vote."""
    motion = get_motion(motion_id)
    meeting_id = motion.item.meeting_id
    voter_of(motion, current_user)
    form = BallotForm.of(motion)
    with form.collect_errors():
        if form.validate_on_submit():
            cast_ballot(motion, current_user, **form.said(), seen=form.seen_revision())
            db.session.commit()
            flash(_("투표했어요. 투표가 끝나기 전에는 바꿀 수 있어요."))
            return redirect(url_for("meetings.show", meeting_id=meeting_id), 303)
    return show_page(meeting_id, form, motion_id)


@bp.post("/council/motions/<int:motion_id>/dissent")
def dissent(motion_id: int) -> ResponseReturnValue:
    """Record why one did not want what was decided."""
    motion = get_motion(motion_id)
    meeting_id = motion.item.meeting_id
    own_ballot(motion, current_user)
    form = DissentForm()
    with form.collect_errors():
        if form.validate_on_submit():
            record_dissent(motion, current_user, form.text.data or "")
            db.session.commit()
            flash(_("소수 의견을 적었어요."))
            return redirect(url_for("meetings.show", meeting_id=meeting_id), 303)
    return show_page(meeting_id, form, motion_id)


def _require_inside(meeting: CouncilMeeting) -> None:
    seats = own_seats(current_user, meeting.term_id)
    require(can_see_inside(current_user, seats[0][0] if seats else None), MEMBERS_ONLY)


def _seat(meeting: CouncilMeeting, form: AttendanceForm) -> Seat:
    """:raise NotFound: no such seat in the meeting's term"""
    seat = db.session.get(Seat, form.seat_id())
    if seat is None or seat.term_id != meeting.term_id:
        raise NotFound(_("이 기에 그런 위원이 없어요."))
    return seat


def _minutes_page(meeting_id: int, form: ForumForm) -> ResponseReturnValue:
    """:raise NotFound: not published, and the reader is not of the council"""
    get_meeting(meeting_id)
    found = get_minutes(meeting_id)
    seats = own_seats(current_user, found.meeting.term_id)
    if found.state is not CouncilMinutesState.PUBLISHED and not can_see_inside(
        current_user, seats[0][0] if seats else None
    ):
        raise NotFound(_("두 공동위원장이 서명하면 회의록을 볼 수 있어요."))
    return form.page(
        "meetings/minutes.html",
        page=meeting_page(meeting_id, current_user),
        minutes=found,
        missing=[kind.label for kind in missing_signatures(found)],
        is_sample=is_sample(found.meeting),
    )
