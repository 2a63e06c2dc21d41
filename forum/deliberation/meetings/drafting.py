"""Minutes as they are drafted: what happened as plain data, and the sentences made of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from forum.core import clock
from forum.core.i18n import _
from forum.deliberation.council.queries import seats_in_office
from forum.deliberation.meetings.models import (
    AgendaItem,
    Attendance,
    AttendanceWay,
    Choice,
    CouncilMeeting,
    Motion,
    MotionBallot,
    MotionOutcome,
    MotionRule,
    MotionState,
    TieRule,
)
from forum.deliberation.meetings.queries import stays_of

Data = dict[str, Any]


def draft_facts(meeting: CouncilMeeting) -> Data:
    """Return attendance, motions and outcomes of a meeting as they stand, as JSON."""
    assert meeting.opened_at is not None
    assert meeting.closed_at is not None
    stays = stays_of(meeting.id)
    came = {one.seat_id for one in stays}
    return {
        "title": meeting.title,
        "place": meeting.place,
        "online": meeting.video_url != "",
        "opened_at": meeting.opened_at.isoformat(),
        "closed_at": meeting.closed_at.isoformat(),
        "quorum": {
            "rule": meeting.term.quorum.name,
            "needs_both_kinds": meeting.term.needs_both_kinds,
            "counts_online": meeting.term.counts_online,
        },
        "stays": [_stay(one) for one in stays],
        "absent": [
            {"seat_id": seat.id, "name": seat.name, "office": seat.office, "kind": seat.kind.name}
            for seat in seats_in_office(meeting.term_id)
            if seat.id not in came
        ],
        "items": [_item(one) for one in meeting.agenda],
    }


def draft_text(facts: Data) -> str:
    """Return the minutes in words, from `draft_facts`."""
    opened, closed = _time(facts["opened_at"]), _time(facts["closed_at"])
    place = facts["place"] or _("화상")
    head = _("%(place)s에서 %(opened)s에 열고 %(closed)s에 마쳤어요.", place=place, opened=opened, closed=closed)
    came = list(dict.fromkeys(_who(one) for one in facts["stays"]))
    lines = [facts["title"], head, "", _("출석 (%(n)s명)", n=len({one["seat_id"] for one in facts["stays"]}))]
    lines += [", ".join(came) or _("아무도 출석하지 않았어요.")]
    left = [one for one in facts["stays"] if one["left_at"]]
    lines += [_("%(name)s{은} %(time)s에 나갔어요.", name=one["name"], time=_time(one["left_at"])) for one in left]
    if facts["absent"]:
        lines += ["", _("오지 않은 위원 (%(n)s명)", n=len(facts["absent"]))]
        lines += [", ".join(one["name"] for one in facts["absent"])]
    for item in facts["items"]:
        lines += ["", _("안건 %(n)s. %(title)s", n=item["position"], title=item["title"])]
        lines += [line for motion in item["motions"] for line in _motion_lines(motion)]
        if not item["motions"]:
            lines.append(_("표결하지 않았어요."))
    return "\n".join(lines)


def _stay(one: Attendance) -> Data:
    return {
        "seat_id": one.seat_id,
        "name": one.seat.name,
        "office": one.seat.office,
        "kind": one.seat.kind.name,
        "way": one.way.name,
        "substitute": one.seat.substitute_name if one.by_substitute else "",
        "arrived_at": one.arrived_at.isoformat(),
        "left_at": one.left_at.isoformat() if one.left_at else None,
    }


def _item(item: AgendaItem) -> Data:
    motions = [_motion(one) for one in item.motions]
    return {"position": item.position, "title": item.title, "task_id": item.task_id, "motions": motions}


def _motion(motion: Motion) -> Data:
    return {
        "id": motion.id,
        "number": motion.number,
        "text": motion.text,
        "rule": motion.rule.name,
        "tie_rule": motion.tie_rule.name,
        "places": motion.places,
        "is_closed": motion.state is MotionState.CLOSED,
        "outcome": motion.outcome.name if motion.outcome else None,
        "n_seats": motion.n_seats,
        "n_present": motion.n_present,
        "n_needed": motion.n_needed,
        "n_voters": motion.n_voters,
        "options": [
            {"task_id": one.task_id, "title": one.task.title, "approvals": one.approvals, "place": one.place}
            for one in motion.options
        ],
        "ballots": [_ballot(one) for one in motion.ballots],
    }


def _ballot(one: MotionBallot) -> Data:
    return {
        "seat_id": one.seat_id,
        "name": one.seat.name,
        "choice": one.choice.name,
        "approved": list(one.approved),
        "by_substitute": one.by_substitute,
        "dissent": one.dissent,
    }


def _motion_lines(motion: Data) -> list[str]:
    if not motion["is_closed"]:
        return [_("표결 ‘%(text)s’: 투표하지 않았어요.", text=motion["text"])]
    outcome = MotionOutcome(motion["outcome"])
    head = _(
        "표결 ‘%(text)s’ (%(rule)s): %(outcome)s",
        text=motion["text"],
        rule=MotionRule(motion["rule"]).label,
        outcome=outcome.label,
    )
    figures = {"seats": motion["n_seats"], "present": motion["n_present"], "needed": motion["n_needed"]}
    lines = [head, _("재적 %(seats)s명, 출석 %(present)s명, 정족수 %(needed)s명.", **figures)]
    lines += _approval_lines(motion) if motion["rule"] == MotionRule.APPROVAL.name else _choice_lines(motion)
    if outcome is MotionOutcome.TIED:
        lines.append(_("동수일 때의 규칙: %(rule)s.", rule=TieRule(motion["tie_rule"]).label))
    dissents = [one for one in motion["ballots"] if one["dissent"]]
    lines += [_("소수 의견 (%(name)s): %(text)s", name=one["name"], text=one["dissent"]) for one in dissents]
    return lines


def _choice_lines(motion: Data) -> list[str]:
    lines = []
    for choice in Choice:
        names = [one["name"] for one in motion["ballots"] if one["choice"] == choice.name]
        if names:
            said = {"choice": choice.label, "n": len(names), "names": ", ".join(names)}
            lines.append(_("%(choice)s %(n)s명: %(names)s", **said))
    return lines


def _approval_lines(motion: Data) -> list[str]:
    counted = sorted(
        motion["options"], key=lambda one: (one["place"] or 1_000, -(one["approvals"] or 0), one["task_id"])
    )
    lines = [_("투표한 위원 %(n)s명.", n=len(motion["ballots"]))]
    for one in counted:
        names = ", ".join(ballot["name"] for ballot in motion["ballots"] if one["task_id"] in ballot["approved"])
        said = {"title": one["title"], "n": one["approvals"], "names": f" ({names})" if names else ""}
        if one["approvals"] is None:
            lines.append(_("%(title)s: 회의 중에 빠져 세지 않았어요.", title=one["title"]))
        elif one["place"]:
            lines.append(_("%(place)s. %(title)s: 찬성 %(n)s명%(names)s. 골랐어요.", place=one["place"], **said))
        else:
            lines.append(_("%(title)s: 찬성 %(n)s명%(names)s.", **said))
    return lines


def _who(stay: Data) -> str:
    way = AttendanceWay(stay["way"]).label
    if stay["substitute"]:
        return _("%(name)s(대리인 %(sub)s, %(way)s)", name=stay["name"], sub=stay["substitute"], way=way)
    return _("%(name)s(%(way)s)", name=stay["name"], way=way)


def _time(moment: str) -> str:
    at = datetime.fromisoformat(moment).astimezone(clock.SEOUL)
    return _("%(year)s년 %(month)s월 %(day)s일 %(time)s", year=at.year, month=at.month, day=at.day, time=f"{at:%H:%M}")
