"""Notices to members about their meetings and minutes."""

from __future__ import annotations

from forum.core.i18n import _
from forum.core.links import path_for
from forum.deliberation.meetings.models import CouncilMeeting
from forum.deliberation.meetings.queries import accounts_to_notify
from forum.system.notices.services import notify_all


def notify_of_meeting(meeting: CouncilMeeting) -> None:
    """Invite the members and their substitutes. The caller commits."""
    _notify(meeting, "council_meeting", _("협의회 회의 ‘%(title)s’가 잡혔어요.", title=meeting.title))


def notify_of_change(meeting: CouncilMeeting) -> None:
    """Say that time or place changed. The caller commits."""
    _notify(meeting, "council_meeting", _("협의회 회의 ‘%(title)s’의 때나 곳이 바뀌었어요.", title=meeting.title))


def notify_of_cancelling(meeting: CouncilMeeting) -> None:
    """Say that the meeting is cancelled. The caller commits."""
    _notify(meeting, "council_meeting", _("협의회 회의 ‘%(title)s’가 취소되었어요.", title=meeting.title))


def notify_of_minutes(meeting: CouncilMeeting) -> None:
    """Say that the minutes are published. The caller commits."""
    path = path_for("meetings.minutes", meeting_id=meeting.id)
    text = _("협의회 회의 ‘%(title)s’의 회의록을 공개했어요.", title=meeting.title)
    notify_all(accounts_to_notify(meeting.term_id), "council_minutes", text, path, in_daily_mail=True)


def _notify(meeting: CouncilMeeting, kind: str, text: str) -> None:
    path = path_for("meetings.show", meeting_id=meeting.id)
    notify_all(accounts_to_notify(meeting.term_id), kind, text, path, in_daily_mail=True)
