"""Checks of the council's meetings: each vote counted a second way, from ballots and attendance.

The rules are written out here once more, without what the meetings themselves use.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from forum.administration.operations.findings import Finding, compare_bytes
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.council.models import CouncilTerm, Seat
from forum.deliberation.meetings.models import (
    AgendaFile,
    AgendaItem,
    Attendance,
    CouncilMeeting,
    CouncilMinutes,
    Motion,
)
from forum.deliberation.rounds.models import CouncilRound, RoundStage, StageDecision

CLOSED, PUBLISHED, DECIDED = "CLOSED", "PUBLISHED", "DECIDED"


def council_motions() -> Finding:
    """Count each closed motion from its ballots and from who was there when it was closed."""
    finding = Finding(_("협의회 표결의 결과와 정족수"), 0)
    for motion, meeting in _closed_motions():
        finding.n_checked += 1
        present = _present_then(motion, meeting)
        if not (_has_its_quorum(motion, meeting, present) and _is_counted_right(motion, meeting, present)):
            finding.differences.append(_("회의 %(meeting)s번, 표결 %(id)s번", meeting=meeting.id, id=motion.id))
    return finding


def council_minutes() -> Finding:
    """Compare what minutes say of each motion with its rows, and the chairs who signed with their seats."""
    finding = Finding(_("협의회 회의록과 표결, 서명"), 0)
    for minutes in db.session.scalars(sa.select(CouncilMinutes).order_by(CouncilMinutes.meeting_id)):
        finding.n_checked += 1
        if not (_says_what_happened(minutes) and _is_signed_by_chairs(minutes)):
            finding.differences.append(_("회의 %(id)s번의 회의록", id=minutes.meeting_id))
    return finding


def council_results() -> Finding:
    """Compare the result that each assembly recorded with what its newest approval motion that passed chose."""
    finding = Finding(_("총회 표결과 대표과제"), 0)
    query = (
        sa.select(RoundStage).where(RoundStage.kind == "ASSEMBLY", RoundStage.state == DECIDED).order_by(RoundStage.id)
    )
    for stage in db.session.scalars(query):
        decisions = dict(
            db.session.execute(
                sa.select(StageDecision.task_id, StageDecision.goes_on).where(StageDecision.stage_id == stage.id)
            ).all()
        )
        if not decisions:
            continue
        finding.n_checked += 1
        chosen = {task_id for task_id, goes_on in decisions.items() if goes_on}
        voted = _voted(stage.round_id)
        if voted is None or chosen != voted & decisions.keys():
            finding.differences.append(_("대표과제 선정 %(id)s번", id=stage.round_id))
    return finding


def council_papers() -> Finding:
    """Compare the hash of each paper of an agenda with its bytes."""
    query = sa.select(AgendaFile.id, AgendaFile.sha256, AgendaFile.content).order_by(AgendaFile.id)
    return compare_bytes(
        _("협의회 안건 파일의 해시"), query, lambda key: _("파일 %(key)s번: 내용이 바뀌었습니다", key=key)
    )


def _closed_motions() -> Sequence[tuple[Motion, CouncilMeeting]]:
    query = (
        sa.select(Motion, CouncilMeeting)
        .join(AgendaItem, AgendaItem.id == Motion.item_id)
        .join(CouncilMeeting, CouncilMeeting.id == AgendaItem.meeting_id)
        .where(Motion.state == CLOSED)
        .order_by(Motion.id)
    )
    return [(motion, meeting) for motion, meeting in db.session.execute(query)]


def _rules(meeting: CouncilMeeting) -> tuple[str, bool, bool]:
    """Return the quorum's rule, whether both kinds are needed, and whether video counts: as the minutes noted them,
    since a term's rules may change later.
    """
    minutes = db.session.get(CouncilMinutes, meeting.id)
    if minutes is not None and minutes.facts.get("quorum"):
        noted = minutes.facts["quorum"]
        return noted["rule"], noted["needs_both_kinds"], noted["counts_online"]
    term = db.session.get_one(CouncilTerm, meeting.term_id)
    return term.quorum.name, term.needs_both_kinds, term.counts_online


def _present_then(motion: Motion, meeting: CouncilMeeting) -> dict[int, str]:
    """Return the seats that counted as present when the motion was closed, with their kinds."""
    counts_online = _rules(meeting)[2]
    query = sa.select(Attendance, Seat).join(Seat, Seat.id == Attendance.seat_id)
    present = {}
    for stay, seat in db.session.execute(query.where(Attendance.meeting_id == meeting.id).order_by(Attendance.id)):
        was_there = stay.arrived_at <= motion.closed_at and (stay.left_at is None or stay.left_at >= motion.closed_at)
        if was_there and (counts_online or stay.way.name == "IN_PERSON"):
            present[seat.id] = seat.kind.name
    return present


def _has_its_quorum(motion: Motion, meeting: CouncilMeeting, present: Mapping[int, str]) -> bool:
    rule, needs_both, _online = _rules(meeting)
    assert motion.n_seats is not None
    n = motion.n_seats
    needed = {"MAJORITY": n // 2 + 1, "HALF": max(1, (n + 1) // 2), "TWO_THIRDS": max(1, (2 * n + 2) // 3)}[rule]
    if (motion.n_needed, motion.n_present) != (needed, len(present)):
        return False
    is_reached = len(present) >= needed and not (needs_both and len(set(present.values())) < 2)
    assert motion.outcome is not None
    return is_reached is (motion.outcome.name != "NO_QUORUM")


def _is_counted_right(motion: Motion, meeting: CouncilMeeting, present: Mapping[int, str]) -> bool:
    assert motion.outcome is not None
    offered = {option.task_id for option in motion.options}
    for ballot in motion.ballots:
        if ballot.seat_id not in present or not set(ballot.approved) <= offered:
            return False
    if motion.rule.name == "APPROVAL":
        return _approvals_agree(motion, meeting)
    choices = Counter(ballot.choice.name for ballot in motion.ballots)
    n_voters = motion.n_voters if motion.n_voters is not None else -1
    if any(ballot.approved for ballot in motion.ballots) or not len(motion.ballots) <= n_voters <= len(present):
        return False
    if motion.outcome.name == "NO_QUORUM":
        return True
    yes, no = choices["YES"], choices["NO"]
    passes = yes * 3 >= n_voters * 2 and yes > 0 if motion.rule.name == "TWO_THIRDS" else yes * 2 > n_voters
    ties = motion.rule.name == "MAJORITY" and motion.tie_rule.name == "AGAIN" and yes == no and yes > 0
    return motion.outcome.name == ("PASSED" if passes else "TIED" if ties else "FAILED")


def _approvals_agree(motion: Motion, meeting: CouncilMeeting) -> bool:
    assert motion.outcome is not None
    wanted = Counter(task_id for ballot in motion.ballots for task_id in ballot.approved)
    counted = {option.task_id: option.approvals for option in motion.options if option.approvals is not None}
    if any(wanted[option.task_id] != (option.approvals or 0) for option in motion.options):
        return False
    if any((ballot.choice.name == "YES") is not bool(ballot.approved) for ballot in motion.ballots):
        return False
    places = {option.place: option.task_id for option in motion.options if option.place is not None}
    chosen = [places[place] for place in sorted(places)]
    if motion.outcome.name == "NO_QUORUM":
        return not chosen
    outcome, order = _chosen(motion, meeting, counted)
    return (motion.outcome.name, chosen) == (outcome, order) and sorted(places) == list(range(1, len(chosen) + 1))


def _chosen(motion: Motion, meeting: CouncilMeeting, counted: Mapping[int, int]) -> tuple[str, list[int]]:
    """Return outcome and order: fill the places level by level, and stop at the level that does not fit."""
    seed = db.session.scalar(sa.select(CouncilRound.seed).where(CouncilRound.id == meeting.round_id)) or ""
    numbers = {option.task_id: option.task.number for option in motion.options}
    chosen: list[int] = []
    for level in sorted(set(counted.values()), reverse=True):
        if level * 2 <= len(motion.ballots):
            break
        same = sorted(
            (task for task, n in counted.items() if n == level),
            key=lambda task: hashlib.sha256(f"{seed}:{numbers[task]}".encode()).digest(),
        )
        left = motion.places - len(chosen)
        if len(same) > left and left > 0 and motion.tie_rule.name == "AGAIN":
            return "TIED", chosen
        if len(same) > left and (left == 0 or motion.tie_rule.name == "FAILS"):
            break
        chosen += same[:left]
    return ("PASSED" if chosen else "FAILED"), chosen


def _voted(round_id: int) -> set[int] | None:
    """Return what the newest approval motion that passed chose, with what the tied ones before it had chosen."""
    motions = [
        motion
        for motion, meeting in _closed_motions()
        if meeting.round_id == round_id and motion.rule.name == "APPROVAL" and motion.outcome is not None
    ]
    passed = [motion for motion in motions if motion.outcome is not None and motion.outcome.name == "PASSED"]
    if not passed:
        return None
    present = max(passed, key=lambda one: (one.closed_at, one.id))
    chosen = {option.task_id for option in present.options if option.place}
    while True:
        before = [one for one in motions if one.item_id == present.item_id and one.number < present.number]
        tied = [one for one in before if one.outcome is not None and one.outcome.name == "TIED"]
        if not tied:
            return chosen
        last = max(tied, key=lambda one: one.number)
        given = {option.task_id for option in last.options if option.place}
        rest = {option.task_id: option.approvals for option in last.options if option.task_id not in given}
        most = max((n for n in rest.values() if n is not None), default=0)
        again = {task_id for task_id, n in rest.items() if n == most}
        offered = {option.task_id for option in present.options}
        if not (offered <= again and present.places == last.places - len(given)):
            return chosen
        chosen, present = chosen | given, last


def _says_what_happened(minutes: CouncilMinutes) -> bool:
    said: dict[int, Any] = {one["id"]: one for item in minutes.facts["items"] for one in item["motions"]}
    query = sa.select(Motion).join(AgendaItem, AgendaItem.id == Motion.item_id)
    there = list(db.session.scalars(query.where(AgendaItem.meeting_id == minutes.meeting_id).order_by(Motion.id)))
    return {one.id for one in there} == said.keys() and all(_is_as_said(one, said[one.id]) for one in there)


def _is_as_said(motion: Motion, said: Mapping[str, Any]) -> bool:
    outcome = motion.outcome.name if motion.outcome else None
    votes = {ballot.seat_id: (ballot.choice.name, sorted(ballot.approved)) for ballot in motion.ballots}
    told = {one["seat_id"]: (one["choice"], sorted(one["approved"])) for one in said["ballots"]}
    return (outcome, motion.n_present, motion.n_voters, votes) == (
        said["outcome"],
        said["n_present"],
        said["n_voters"],
        told,
    )


def _is_signed_by_chairs(minutes: CouncilMinutes) -> bool:
    term_id = db.session.get_one(CouncilMeeting, minutes.meeting_id).term_id
    for kind, seat_id in (("CIVIL", minutes.civil_chair_id), ("GOVERNMENT", minutes.government_chair_id)):
        seat = db.session.get(Seat, seat_id) if seat_id is not None else None
        if seat is not None and (seat.kind.name, seat.term_id) != (kind, term_id):
            return False
    return minutes.state.name != PUBLISHED or None not in (minutes.civil_chair_id, minutes.government_chair_id)


MEETING_CHECKS = (council_motions, council_minutes, council_results, council_papers)
