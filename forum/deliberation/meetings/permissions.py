"""Who attends, votes and signs. Services fetch the seat and ask here; the secretariat runs the meeting."""

from __future__ import annotations

from forum.core.access import Actor
from forum.core.i18n import _l
from forum.deliberation.council.models import CouncilTerm, Seat
from forum.deliberation.council.permissions import can_run_council
from forum.deliberation.meetings.models import Attendance, AttendanceWay

MEMBERS_ONLY = _l("이 기의 위원과 대리인만 할 수 있어요.")
NOT_FOR_THEM = _l("내 출석만 알릴 수 있어요. 다른 위원의 출석은 분석가와 관리자가 적어요.")
NOT_PRESENT = _l("출석한 위원만 투표할 수 있어요. 먼저 출석을 알려 주세요.")
HAS_TIE = _l("이해관계를 신고했거나 내 제안이 들어 있는 과제에는 투표하지 않아요.")
CHAIRS_ONLY = _l("공동위원장과 그 대리인만 서명할 수 있어요.")


def can_note_attendance(actor: Actor, seat: Seat, by_substitute: bool) -> bool:
    """Note that a seat arrives or leaves: the secretariat for everybody, a member and a substitute for themselves."""
    if can_run_council(actor):
        return True
    own = seat.substitute_id if by_substitute else seat.account_id
    return actor.id is not None and actor.id == own


def counts_as_present(term: CouncilTerm, attendance: Attendance) -> bool:
    """Does this stay count for the quorum, so that its member votes too?"""
    return term.counts_online or attendance.way is AttendanceWay.IN_PERSON


def can_vote(term: CouncilTerm, attendance: Attendance | None, has_tie: bool) -> bool:
    """Vote: whoever attends in a way that counts, and has no tie to the task."""
    return attendance is not None and attendance.left_at is None and counts_as_present(term, attendance) and not has_tie


def can_see_inside(actor: Actor, seat: Seat | None) -> bool:
    """See the link to the video and a draft of minutes: members, substitutes and the secretariat."""
    return seat is not None or can_run_council(actor)


def can_sign(chair: Seat | None) -> bool:
    """Sign minutes in the name of a joint chair."""
    return chair is not None and chair.is_chair and chair.in_office
