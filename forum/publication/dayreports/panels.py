"""What other pages show of reports: those of a session, the list and feed of reports, and that of a guest's pass."""

from __future__ import annotations

from forum.core.access import Actor
from forum.core.i18n import _, _l
from forum.core.korean import day, thousands
from forum.core.links import path_for
from forum.deliberation.joint.models import JointSession
from forum.deliberation.joint.queries import public_rooms, rooms_in
from forum.people.passes.actor import Guest
from forum.people.passes.links import PassLink
from forum.publication.dayreports.models import DayReport
from forum.publication.dayreports.queries import report_of_pass, shown_reports
from forum.publication.dayreports.state import ReportNow, ReportState, report_now
from forum.publication.digests.beside import ListedFile, ListedReport
from forum.voice.campaigns.models import Campaign


def session_panel(session: JointSession, actor: Actor) -> ReportNow | None:
    """Return how the report of a session that has ended stands; None before, and where no room is public any more."""
    now = report_now(session, actor)
    if now.state in {ReportState.NOT_YET, ReportState.CANCELLED} or not public_rooms(rooms_in(session.id)):
        return None
    return now


def pass_link(guest: Guest) -> PassLink | None:
    """Return the link to the report that tells of a guest's room."""
    session_id = report_of_pass(guest.participant_id) if guest.participant_id is not None else None
    if session_id is None:
        return None
    return PassLink(_l("그날 보고서 읽기"), path_for("dayreports.show", session_id=session_id))


def listed_reports(campaign: Campaign, limit: int | None) -> list[ListedReport]:
    """Return a campaign's reports of the day as the list and the feed of reports show them."""
    return [_listed(report) for report in shown_reports(campaign.id, limit)]


def _listed(report: DayReport) -> ListedReport:
    session, counts = report.session, report.counts
    about = _(
        "모임방 %(rooms)s곳 · 새 제안 %(ideas)s건 · %(day)s에 모임",
        rooms=thousands(counts.get("rooms", 0)),
        ideas=thousands(counts.get("ideas", 0)),
        day=day(session.started_at or session.starts_at),
    )
    files = [
        ListedFile(
            file.format,
            file.size_bytes,
            path_for("dayreports.download", session_id=session.id, file_format=file.format),
        )
        for file in report.files
    ]
    path = path_for("dayreports.show", session_id=session.id)
    title = _("그날 보고서: %(title)s", title=session.title)
    return ListedReport(title, path, about, report.published_at, files)
