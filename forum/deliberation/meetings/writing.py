"""Close a meeting, draft its minutes from what happened, and sign them."""

from __future__ import annotations

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.deliberation.council.permissions import SECRETARIAT_ONLY, can_run_council
from forum.deliberation.council.queries import chair_signing
from forum.deliberation.meetings.drafting import draft_facts, draft_text
from forum.deliberation.meetings.facts import COUNCIL_MINUTES
from forum.deliberation.meetings.locking import hold_seat, lock_meeting, lock_minutes, require_state
from forum.deliberation.meetings.mails import notify_of_minutes
from forum.deliberation.meetings.models import CouncilMeeting, CouncilMinutes, CouncilMinutesState, MeetingState
from forum.deliberation.meetings.permissions import CHAIRS_ONLY, can_sign
from forum.deliberation.meetings.planning import record_meeting
from forum.deliberation.meetings.queries import open_motions, whole_meeting
from forum.deliberation.meetings.typed import MAX_MINUTES_CHARS, checked_text
from forum.people.accounts.models import CouncilSeat
from forum.system.audit.services import record, text_hash

ALREADY_PUBLISHED = _l("공개한 회의록은 바꿀 수 없어요.")


def close_meeting(meeting: CouncilMeeting, actor: Actor, *, seen: int) -> CouncilMinutes:
    """End a meeting and draft its minutes from what happened. The caller commits.

    :raise Forbidden: not the secretariat
    :raise WrongState: it is not open, a motion is still open, or it was changed meanwhile
    """
    require(can_run_council(actor), SECRETARIAT_ONLY)
    lock_meeting(meeting, seen)
    require_state(meeting, MeetingState.OPEN, _l("열려 있는 회의만 마칠 수 있어요."))
    if open_motions(meeting.id):
        raise WrongState(_("아직 투표하는 안건이 있어요. 투표를 끝낸 뒤에 회의를 마쳐 주세요."))
    meeting.state, meeting.closed_at = MeetingState.CLOSED, clock.now()
    meeting.revision += 1
    db.session.flush()
    record_meeting(actor, "meetings.close", meeting, {})
    facts = draft_facts(whole_meeting(meeting.id))
    minutes = CouncilMinutes(meeting_id=meeting.id, text=draft_text(facts), facts=facts)
    db.session.add(minutes)
    db.session.flush()
    _record(actor, "meetings.draft_minutes", minutes)
    return minutes


def edit_minutes(minutes: CouncilMinutes, actor: Actor, text: str, *, seen: int) -> None:
    """Change the words of minutes that are not published. A chair who signed other words signs again.

    The caller commits.

    :raise Forbidden: not the secretariat
    :raise WrongState: they are published, or were changed or signed meanwhile
    :raise InvalidInput: as `checked_text`
    """
    require(can_run_council(actor), SECRETARIAT_ONLY)
    lock_minutes(minutes, seen)
    _refuse_published(minutes)
    words = checked_text(text, "text", _("회의록"), MAX_MINUTES_CHARS)
    if words == minutes.text:
        return
    minutes.text = words
    minutes.civil_chair_id = minutes.civil_signed_at = None
    minutes.government_chair_id = minutes.government_signed_at = None
    minutes.revision += 1
    db.session.flush()
    _record(actor, "meetings.edit_minutes", minutes)


def sign_minutes(minutes: CouncilMinutes, actor: Actor, *, seen: int) -> None:
    """Sign minutes in the name of a joint chair; the second of the two signatures publishes them. The caller commits.

    Signed again by the same chair, nothing changes.

    :raise Forbidden: neither a joint chair nor the substitute of one
    :raise WrongState: they are published, or were changed or signed meanwhile
    """
    meeting = minutes.meeting
    chair = chair_signing(actor, meeting.term_id)
    require(can_sign(chair), CHAIRS_ONLY)
    assert chair is not None
    hold_seat(chair)
    db.session.refresh(minutes, with_for_update={"of": CouncilMinutes})
    require(can_sign(chair) and actor.id in {chair.account_id, chair.substitute_id}, CHAIRS_ONLY)
    is_civil = chair.kind is CouncilSeat.CIVIL
    if (minutes.civil_chair_id if is_civil else minutes.government_chair_id) is not None:
        return
    _refuse_published(minutes)
    lock_minutes(minutes, seen)
    if is_civil:
        minutes.civil_chair_id, minutes.civil_signed_at = chair.id, clock.now()
    else:
        minutes.government_chair_id, minutes.government_signed_at = chair.id, clock.now()
    if minutes.civil_chair_id is not None and minutes.government_chair_id is not None:
        minutes.state, minutes.published_at = CouncilMinutesState.PUBLISHED, clock.now()
    minutes.revision += 1
    db.session.flush()
    if minutes.published_at is not None:
        notify_of_minutes(meeting)
    _record(actor, "meetings.sign_minutes", minutes)


def missing_signatures(minutes: CouncilMinutes) -> list[CouncilSeat]:
    """Return the kinds of joint chairs whose signature the minutes wait for."""
    signed = {CouncilSeat.CIVIL: minutes.civil_chair_id, CouncilSeat.GOVERNMENT: minutes.government_chair_id}
    return [kind for kind, chair_id in signed.items() if chair_id is None]


def _refuse_published(minutes: CouncilMinutes) -> None:
    if minutes.state is CouncilMinutesState.PUBLISHED:
        raise WrongState(str(ALREADY_PUBLISHED))


def _record(actor: Actor, action: str, minutes: CouncilMinutes) -> None:
    after = {"revision": minutes.revision, "text": text_hash(minutes.text), "state": minutes.state.name}
    record(actor, action, minutes, after=after, facts=COUNCIL_MINUTES.of([minutes.meeting_id]))
