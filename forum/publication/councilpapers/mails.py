"""Notices to members about the papers of their meetings. They quote nothing of them."""

from __future__ import annotations

from forum.core.i18n import _
from forum.core.links import path_for
from forum.deliberation.meetings.models import CouncilMeeting
from forum.deliberation.meetings.queries import accounts_to_notify
from forum.system.notices.services import notify_all


def notify_of_paper(meeting: CouncilMeeting) -> None:
    """Say to the members and their substitutes that papers are there. The caller commits."""
    text = _("협의회 회의 ‘%(title)s’의 회의 자료가 나왔어요.", title=meeting.title)
    path = path_for("councilpapers.show", meeting_id=meeting.id)
    notify_all(accounts_to_notify(meeting.term_id), "council_paper", text, path, in_daily_mail=True)
