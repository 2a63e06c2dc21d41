"""Members arrive at a meeting and leave it."""

from __future__ import annotations

from datetime import datetime

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.deliberation.council.models import Seat
from forum.deliberation.meetings.facts import MOTIONS
from forum.deliberation.meetings.locking import hold_seat, lock_meeting, lock_motion, require_state
from forum.deliberation.meetings.models import Attendance, AttendanceWay, CouncilMeeting, MeetingState, MotionBallot
from forum.deliberation.meetings.permissions import NOT_FOR_THEM, can_note_attendance
from forum.deliberation.meetings.planning import record_meeting
from forum.deliberation.meetings.queries import open_meetings_with, open_motions, present_at, stay_of
from forum.system.audit.services import record

NOT_OPEN = _l("회의를 하는 동안에만 출석을 적을 수 있어요.")


def arrive(
    meeting: CouncilMeeting, actor: Actor, seat: Seat, way: AttendanceWay, by_substitute: bool = False
) -> Attendance:
    """Note that a member, or their substitute, attends. The caller commits.

    Noted again the same way, nothing changes. Another way, or the member after the substitute, ends the stay before;
    a ballot of the seat stays, and can be changed by whoever attends now.

    :raise Forbidden: neither the secretariat nor the member or substitute themselves
    :raise WrongState: the meeting is not open, the seat has ended, or the person attends for another seat already
    :raise InvalidInput: the seat has no substitute
    """
    require(can_note_attendance(actor, seat, by_substitute), NOT_FOR_THEM)
    hold_seat(seat)
    lock_meeting(meeting)
    require(can_note_attendance(actor, seat, by_substitute), NOT_FOR_THEM)
    require_state(meeting, MeetingState.OPEN, NOT_OPEN)
    if seat.term_id != meeting.term_id or not seat.in_office:
        raise WrongState(_("이 기의 위원이 아니거나 임기가 끝난 위원이에요."))
    if by_substitute and not seat.substitute_name:
        raise InvalidInput({"by_substitute": _("이 위원은 대리인을 정하지 않았어요.")})
    there = stay_of(meeting.id, seat.id)
    if there is not None and (there.way, there.by_substitute) == (way, by_substitute):
        return there
    _refuse_two_places(meeting, seat, by_substitute)
    if there is not None:
        there.left_at = _leaving_time(there)
        db.session.flush()
    stay = Attendance(meeting_id=meeting.id, seat_id=seat.id, way=way, by_substitute=by_substitute)
    stay.arrived_at = clock.now()
    db.session.add(stay)
    db.session.flush()
    after = {"seat_id": seat.id, "way": way.name, "by_substitute": by_substitute}
    record_meeting(actor, "meetings.arrive", meeting, after)
    return stay


def leave(meeting: CouncilMeeting, actor: Actor, seat: Seat) -> None:
    """Note that a member or their substitute left. Their ballots in open motions are taken out: what counts is cast by
    those who are present when voting closes. The caller commits. Noted again, nothing changes.

    :raise Forbidden: neither the secretariat nor the person themselves
    :raise WrongState: the meeting is not open
    """
    there = stay_of(meeting.id, seat.id)
    require(can_note_attendance(actor, seat, there.by_substitute if there else False), NOT_FOR_THEM)
    lock_meeting(meeting)
    require_state(meeting, MeetingState.OPEN, NOT_OPEN)
    there = stay_of(meeting.id, seat.id)
    if there is None:
        return
    db.session.refresh(there)
    require(can_note_attendance(actor, seat, there.by_substitute), NOT_FOR_THEM)
    _end_stay(meeting, there, actor)
    record_meeting(actor, "meetings.leave", meeting, {"seat_id": seat.id})


def leave_with_seat(seat: Seat, actor: Actor) -> None:
    """Let the member of a seat that ends leave the meetings they attend, with their ballots in open motions."""
    _leave_open_meetings(seat, actor, only_substitutes=False)


def leave_as_substitute(seat: Seat, actor: Actor) -> None:
    """Let whoever stood in for the member leave the meetings they attend, with the seat's ballots in open motions."""
    _leave_open_meetings(seat, actor, only_substitutes=True)


def _leave_open_meetings(seat: Seat, actor: Actor, *, only_substitutes: bool) -> None:
    for meeting in open_meetings_with(seat.id):
        lock_meeting(meeting)
        there = stay_of(meeting.id, seat.id)
        if meeting.state is not MeetingState.OPEN or there is None:
            continue
        if there.by_substitute or not only_substitutes:
            _end_stay(meeting, there, actor)
            record_meeting(actor, "meetings.leave", meeting, {"seat_id": seat.id})


def _end_stay(meeting: CouncilMeeting, stay: Attendance, actor: Actor) -> None:
    for motion in open_motions(meeting.id):
        lock_motion(motion)
        own = db.session.get(MotionBallot, (motion.id, stay.seat_id))
        if own is not None:
            db.session.delete(own)
            db.session.flush()
            db.session.expire(motion, ["ballots"])
            facts = MOTIONS.of([motion.id])
            record(actor, "meetings.take_out_ballot", motion, after={"seat_id": stay.seat_id}, facts=facts)
    stay.left_at = _leaving_time(stay)
    db.session.flush()


def _leaving_time(stay: Attendance) -> datetime:
    return max(clock.now(), stay.arrived_at)


def _refuse_two_places(meeting: CouncilMeeting, seat: Seat, by_substitute: bool) -> None:
    """:raise WrongState: the person is there for another seat: nobody votes twice"""
    account_id = seat.substitute_id if by_substitute else seat.account_id
    for one in present_at(meeting.id):
        theirs = one.seat.substitute_id if one.by_substitute else one.seat.account_id
        if account_id is not None and one.seat_id != seat.id and theirs == account_id:
            raise WrongState(_("이 사람은 이미 다른 자리로 출석했어요. 먼저 나간 것으로 적어 주세요."))
