"""Plan, start, measure, report, decide and take over a pilot.

A pilot has one measure, named before it starts; from the start on its plan and what was measured before are fixed, and
from the decision on what was measured after. Triggers keep both.
"""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import InvalidInput, NotFound, WrongState
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.core.text import clean_line, clean_text, refuse_resident_numbers
from forum.response.pilots.facts import PILOTS
from forum.response.pilots.mails import notify_of_decision, notify_of_result, notify_of_spread, notify_of_start
from forum.response.pilots.models import (
    Pilot,
    PilotDecision,
    PilotOrigin,
    PilotReading,
    PilotReport,
    PilotState,
    ReadingPhase,
)
from forum.response.pilots.permissions import can_decide, can_plan, can_run, can_take_over
from forum.response.pilots.plans import Plan, Typed
from forum.response.pilots.queries import letter_promises_pilot, reading_of
from forum.response.referrals.locks import lock_referral
from forum.response.referrals.models import Referral
from forum.system.audit.services import record, text_hash
from forum.system.blobs.services import Bytes, keep_blob
from forum.web.photos import RebuiltPhoto

MAX_REASON_CHARS = 1_000
MAX_REPORT_CHARS = 2_000
MAX_CAPTION_CHARS = 200
MAX_REPORTS = 100
NO_SUCH_PILOT = _l("그런 시범이 없어요.")
PHASES_IN = {ReadingPhase.BEFORE: PilotState.PLANNED, ReadingPhase.AFTER: PilotState.RUNNING}
"""When each reading may be recorded, and corrected."""


def plan_pilot(referral: Referral, officer: Actor, plan: Plan) -> Pilot:
    """Plan the pilot that the office's answer promised. The caller commits.

    :raise NotFound: another office's letter
    :raise WrongState: the present answer promises none, or one is planned or under way already
    :raise InvalidInput: as `Plan.checked`
    """
    _require_own_letter(officer, referral)
    plan = plan.checked()
    lock_referral(referral)
    _require_own_letter(officer, referral)
    if not letter_promises_pilot(referral.id):
        raise WrongState(_("지금 서 있는 답변은 시범을 약속하지 않았어요."))
    if _has_one(referral):
        raise WrongState(_("이 답변의 시범은 이미 준비하고 있거나 했어요."))
    return _add(referral, officer, PilotOrigin.ANSWER, None, plan)


def change_plan(pilot: Pilot, officer: Actor, plan: Plan, seen: int) -> None:
    """Change the plan of a pilot that has not started. The caller commits.

    A reading of another kind of measure is dropped: its numbers would mean something else.

    :param seen: revision that the page showed
    :raise NotFound: another office's
    :raise WrongState: started, or changed since
    :raise InvalidInput: as `Plan.checked`
    """
    _require_run(officer, pilot)
    plan = plan.checked()
    _lock(pilot, officer, seen, PilotState.PLANNED)
    before = reading_of(pilot, ReadingPhase.BEFORE)
    values = plan.values()
    if before is not None and values["measure_kind"] is not pilot.measure_kind:
        db.session.delete(before)
    for name, value in values.items():
        setattr(pilot, name, value)
    pilot.soon_reminded_at = pilot.end_reminded_at = None
    _finish(pilot, officer, "pilots.change_plan")


def start_pilot(pilot: Pilot, officer: Actor, seen: int) -> None:
    """Start it: from now on its plan and what was measured before are fixed. The caller commits.

    :raise NotFound: another office's
    :raise WrongState: started, changed since, without a place or a reading before, or its last day is over
    """
    _require_run(officer, pilot)
    _lock(pilot, officer, seen, PilotState.PLANNED)
    if reading_of(pilot, ReadingPhase.BEFORE) is None:
        raise WrongState(_("시작하기 전에 ‘하기 전’ 값을 먼저 재어 넣어 주세요. 나중에 재면 견줄 것이 없어요."))
    if not pilot.place:
        raise WrongState(_("어디서 해 볼지 계획에 먼저 써 주세요."))
    if pilot.ends_on < clock.today():
        raise WrongState(_("끝나는 날이 지났어요. 날짜를 고친 뒤 시작해 주세요."))
    pilot.state = PilotState.RUNNING
    _finish(pilot, officer, "pilots.start")
    notify_of_start(pilot)


def record_reading(pilot: Pilot, officer: Actor, phase: ReadingPhase, typed: Typed, seen: int) -> PilotReading:
    """Record what was measured: before until the start, after from then until the decision. The caller commits.

    Recorded again it replaces what was recorded.

    :raise NotFound: another office's
    :raise WrongState: not the time for it, or changed since
    :raise InvalidInput: as `Typed.checked`, or what was measured after lies before the start
    """
    _require_run(officer, pilot)
    values = typed.checked(pilot.measure_kind)
    _lock(pilot, officer, seen, PHASES_IN[phase])
    values = typed.checked(pilot.measure_kind)  # the measure may have changed meanwhile
    assert typed.measured_from is not None
    if phase is ReadingPhase.AFTER and typed.measured_from < pilot.starts_on:
        raise InvalidInput({"measured_from": _("‘한 뒤’ 값은 시작한 날부터 재야 해요.")})
    reading = reading_of(pilot, phase)
    is_new = reading is None
    if reading is None:
        follows = ReadingPhase.BEFORE if phase is ReadingPhase.AFTER else None
        reading = PilotReading(pilot_id=pilot.id, phase=phase, before_phase=follows)
        db.session.add(reading)
    for name, value in values.items():
        setattr(reading, name, value)
    reading.recorded_by_id, reading.recorded_at = _account(officer), clock.now()
    _finish(pilot, officer, "pilots.measure", phase=phase.name)
    db.session.refresh(pilot, ["readings"])
    if is_new and phase is ReadingPhase.AFTER:
        notify_of_result(pilot)
    return reading


def add_report(
    pilot: Pilot, officer: Actor, text: str, photo: tuple[RebuiltPhoto, Bytes] | None = None, caption: str = ""
) -> PilotReport:
    """Tell how it goes, with a photo if there is one. The caller commits.

    :param photo: rebuilt, and in the store already
    :param caption: what the photo shows; needed with a photo
    :raise NotFound: another office's
    :raise WrongState: cancelled, or there are very many reports
    :raise InvalidInput: no text, or a photo without a caption
    """
    _require_run(officer, pilot)
    text = clean_text(text, "text", _("알리는 글"), max_chars=MAX_REPORT_CHARS, min_chars=2)
    refuse_resident_numbers(text, "text")
    caption = clean_line(
        caption if photo else "", "caption", _("사진 설명"), max_chars=MAX_CAPTION_CHARS, min_chars=2 if photo else 0
    )
    refuse_resident_numbers(caption, "caption")
    _lock_row(pilot)
    _require_run(officer, pilot)
    if pilot.state is PilotState.CANCELLED:
        raise WrongState(_("그만둔 시범에는 더 알릴 수 없어요."))
    n_reports = db.session.scalar(sa.select(sa.func.count()).where(PilotReport.pilot_id == pilot.id)) or 0
    if n_reports >= MAX_REPORTS:
        raise WrongState(_("한 시범에는 %(n)s번까지 알릴 수 있어요.", n=MAX_REPORTS))
    report = PilotReport(pilot_id=pilot.id, text=text, author_id=_account(officer), caption=caption)
    if photo is not None:
        rebuilt, kept = photo
        report.sha256, report.width, report.height = keep_blob(kept).sha256, rebuilt.width, rebuilt.height
    db.session.add(report)
    db.session.flush()
    record(officer, "pilots.report", pilot, after={"report": text_hash(text)}, facts=PILOTS.of([pilot.id]))
    return report


def decide_pilot(pilot: Pilot, officer: Actor, decision: PilotDecision, reason: str, seen: int) -> None:
    """Decide what follows from the result: stop, change or spread. The caller commits.

    :raise NotFound: another office's
    :raise Forbidden: an officer who may not approve
    :raise WrongState: not under way, changed since, or nothing was measured after
    :raise InvalidInput: no reason
    """
    _require_run(officer, pilot)
    require(can_decide(officer, pilot), _("답변을 승인할 수 있는 담당자만 정할 수 있어요."))
    reason = _reason(reason)
    _lock(pilot, officer, seen, PilotState.RUNNING)
    require(can_decide(officer, pilot), _("답변을 승인할 수 있는 담당자만 정할 수 있어요."))
    if reading_of(pilot, ReadingPhase.AFTER) is None:
        raise WrongState(_("‘한 뒤’ 값을 먼저 재어 넣어 주세요. 재지 않고 그만두려면 ‘그만두기’를 눌러 주세요."))
    pilot.state, pilot.decision = PilotState.DECIDED, decision
    _decided(pilot, officer, reason)
    _finish(pilot, officer, "pilots.decide", decision=decision.name)
    notify_of_decision(pilot)


def cancel_pilot(pilot: Pilot, officer: Actor, reason: str, seen: int) -> None:
    """Give it up without a result, with a public reason. The caller commits.

    :raise NotFound: another office's
    :raise WrongState: decided, cancelled, or changed since
    :raise InvalidInput: no reason
    """
    _require_run(officer, pilot)
    reason = _reason(reason)
    _lock(pilot, officer, seen, PilotState.PLANNED, PilotState.RUNNING)
    pilot.state = PilotState.CANCELLED
    _decided(pilot, officer, reason)
    _finish(pilot, officer, "pilots.cancel")
    notify_of_decision(pilot)


def try_again(pilot: Pilot, officer: Actor) -> Pilot:
    """Plan the changed pilot that follows one whose office decided to change it. The caller commits.

    :return: planned for as many days from today, to be changed before it starts
    :raise NotFound: another office's
    :raise WrongState: that was not decided, or it is planned already
    """
    _require_run(officer, pilot)
    _lock_row(pilot)
    _require_run(officer, pilot)
    if pilot.decision is not PilotDecision.CHANGE:
        raise WrongState(_("‘고쳐서 다시 해요’로 정한 시범만 다시 준비할 수 있어요."))
    if _followed(pilot, PilotOrigin.CHANGED):
        raise WrongState(_("고친 시범을 이미 준비했어요."))
    return _add(pilot.referral, officer, PilotOrigin.CHANGED, pilot, _from_today(pilot))


def take_over(pilot: Pilot, officer: Actor) -> Pilot:
    """Take over another office's pilot for one's own place. The caller commits.

    :return: planned for as many days from today, without a place: the office says where before it starts
    :raise Forbidden: one's own, one that is not to be spread, or no officer
    :raise WrongState: this office has taken it over already
    """
    require(can_take_over(officer, pilot), _("다른 곳에 알리기로 한 시범만, 다른 기관의 담당자가 이어받을 수 있어요."))
    _lock_row(pilot)
    require(can_take_over(officer, pilot), _("다른 곳에 알리기로 한 시범만, 다른 기관의 담당자가 이어받을 수 있어요."))
    assert officer.ministry_id is not None
    if _followed(pilot, PilotOrigin.SPREAD, officer.ministry_id):
        raise WrongState(_("우리 기관이 이미 이어받은 시범이에요."))
    elsewhere = replace(_from_today(pilot), region_code="", place="")
    taken = _add(pilot.referral, officer, PilotOrigin.SPREAD, pilot, elsewhere)
    notify_of_spread(taken)
    return taken


def _add(referral: Referral, officer: Actor, origin: PilotOrigin, parent: Pilot | None, plan: Plan) -> Pilot:
    assert officer.ministry_id is not None
    pilot = Pilot(
        referral_id=referral.id,
        ministry_id=officer.ministry_id,
        origin=origin,
        parent_id=parent.id if parent else None,
        created_by_id=_account(officer),
        **plan.values(),
    )
    db.session.add(pilot)
    db.session.flush()
    after = {"origin": origin.name, "referral_id": referral.id, "parent_id": pilot.parent_id}
    record(officer, "pilots.plan", pilot, after=after, facts=PILOTS.of([pilot.id]))
    return pilot


def _from_today(pilot: Pilot) -> Plan:
    """Return the plan of a pilot moved to today, for as many days."""
    today = clock.today()
    return replace(Plan.of(pilot), starts_on=today, ends_on=today + (pilot.ends_on - pilot.starts_on))


def _has_one(referral: Referral) -> bool:
    found = sa.exists().where(
        Pilot.referral_id == referral.id, Pilot.origin == PilotOrigin.ANSWER, Pilot.state != PilotState.CANCELLED
    )
    return bool(db.session.scalar(sa.select(found)))


def _followed(pilot: Pilot, origin: PilotOrigin, ministry_id: int | None = None) -> bool:
    found = sa.select(Pilot.id).where(
        Pilot.parent_id == pilot.id, Pilot.origin == origin, Pilot.state != PilotState.CANCELLED
    )
    if ministry_id is not None:
        found = found.where(Pilot.ministry_id == ministry_id)
    return db.session.scalar(found.limit(1)) is not None


def _decided(pilot: Pilot, officer: Actor, reason: str) -> None:
    pilot.decision_reason, pilot.decided_by_id, pilot.decided_at = reason, _account(officer), clock.now()


def _reason(text: str) -> str:
    reason = clean_text(text, "reason", _("까닭"), max_chars=MAX_REASON_CHARS, min_chars=2)
    refuse_resident_numbers(reason, "reason")
    return reason


def _finish(pilot: Pilot, officer: Actor, act: str, **codes: str) -> None:
    pilot.revision += 1
    db.session.flush()
    after = {"state": pilot.state.name, "revision": pilot.revision} | codes
    record(officer, act, pilot, after=after, facts=PILOTS.of([pilot.id]))


def _lock(pilot: Pilot, officer: Actor, seen: int, *states: PilotState) -> None:
    """Lock the pilot and ask again what was asked before.

    :raise WrongState: in another state, or the page showed another revision
    """
    _lock_row(pilot)
    _require_run(officer, pilot)
    if pilot.state not in states:
        raise WrongState(_("‘%(state)s’ 상태인 시범에는 할 수 없는 일이에요.", state=pilot.state.label))
    if pilot.revision != seen:
        raise WrongState(_("이 화면을 연 뒤에 다른 담당자가 시범을 고쳤어요. 지금 내용을 보고 다시 해 주세요."))


def _lock_row(pilot: Pilot) -> None:
    db.session.refresh(pilot, with_for_update={"of": Pilot})
    db.session.refresh(pilot, ["readings"])


def _require_own_letter(officer: Actor, referral: Referral) -> None:
    if not can_plan(officer, referral):
        raise NotFound(_("그런 전달 문서가 없어요."))


def _require_run(officer: Actor, pilot: Pilot) -> None:
    if not can_run(officer, pilot):
        raise NotFound(str(NO_SUCH_PILOT))


def _account(officer: Actor) -> int:
    assert officer.id is not None
    return officer.id
