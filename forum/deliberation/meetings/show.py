"""Render the page of a meeting; each act on it shows it again when it is refused."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.deliberation.meetings.calendar import is_sample
from forum.deliberation.meetings.forms import AttendanceForm, BallotForm, DissentForm
from forum.deliberation.meetings.pages import MotionPage, meeting_page
from forum.deliberation.meetings.writing import missing_signatures
from forum.web.forms import ForumForm
from forum.web.page_data import page_data


def show_page(meeting_id: int, form: ForumForm, motion_id: int | None = None) -> ResponseReturnValue:
    """Render a meeting's page with the errors of a form.

    :param motion_id: whose form it is: what was typed there stays
    """
    page = meeting_page(meeting_id, current_user)
    kept = form if motion_id is not None else None
    return form.page(
        "meetings/show.html",
        page=page,
        meeting=page.meeting,
        missing=[kind.label for kind in missing_signatures(page.minutes)] if page.minutes else [],
        is_sample=is_sample(page.meeting),
        attendance_form=form if isinstance(form, AttendanceForm) else AttendanceForm(formdata=None),
        ballot_forms={
            key: _ballot_form(one, kept if key == motion_id else None)
            for key, one in page.motions.items()
            if one.own is not None and one.own.may_vote
        },
        dissent_forms={
            key: kept if key == motion_id and isinstance(kept, DissentForm) else _dissent_form(one)
            for key, one in page.motions.items()
            if one.dissenting is not None
        },
        **page_data("meetings/show.html", page.meeting),
    )


def _ballot_form(one: MotionPage, kept: ForumForm | None) -> BallotForm:
    if isinstance(kept, BallotForm):
        _leave_out_ties(kept, one)
        return kept
    own = one.own.ballot if one.own else None
    data = {"choice": own.choice.name if own else None, "approved": list(own.approved) if own else []}
    form = BallotForm.of(one.motion, data)
    _leave_out_ties(form, one)
    return form


def _leave_out_ties(form: BallotForm, one: MotionPage) -> None:
    """Offer only tasks that the reader may approve and that are still in the round."""
    tied = one.own.tied if one.own else frozenset()
    gone = {option.task_id for option in one.motion.options if option.task.state.name in {"WITHDRAWN", "MERGED"}}
    form.approved.choices = [choice for choice in form.approved.choices if choice[0] not in tied | gone]


def _dissent_form(one: MotionPage) -> DissentForm:
    return DissentForm(formdata=None, data={"text": one.dissenting.dissent if one.dissenting else ""})
