"""Checks of the lists that a calculation would choose, and of the council's reasons for departing from them.

The members' ballots are put together anew from their ratings, in plain Python. The choice itself is what the proof's
own program checks (docs/slate.md), and the audit vouches for the rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from forum.administration.operations.findings import Finding
from forum.analysis.shortlists.models import Slate
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.advisory.models import (
    AdvisoryBallot,
    AdvisorySide,
    AdvisorySlate,
    BallotTask,
    DepartureReason,
    FinalistRating,
)
from forum.deliberation.council.models import Seat
from forum.deliberation.rounds.models import (
    ConflictStatement,
    CouncilRound,
    CouncilTask,
    RoundStage,
    StageDecision,
    StageKind,
    StageState,
)

FEWEST = 5
"""People below whom there is no list; written out here, so that a change elsewhere is noticed."""
LETTERS = {1: "1", 0: "0", -1: "0"}


def members_lists() -> Finding:
    """Count the ballots of each members' list anew from the ratings, and its figures from the ballots."""
    finding = Finding(_("위원의 표로 계산한 목록"), 0)
    for slate in _slates(AdvisorySide.MEMBERS):
        finding.n_checked += 1
        tasks = db.session.scalars(sa.select(CouncilTask).where(CouncilTask.round_id == slate.round_id)).all()
        numbers = {task.number: task.id for task in tasks}
        try:
            is_right = _is_right(slate, numbers)
        except (ArithmeticError, LookupError, TypeError, ValueError):
            is_right = False
        if not is_right:
            finding.differences.append(_("대표과제 선정 %(id)s번", id=slate.round_id))
    return finding


def citizens_lists() -> Finding:
    """Compare each citizens' list with the slate of its shortlist, which has a check of its own."""
    finding = Finding(_("시민의 표로 계산한 목록"), 0)
    found = {slate.round_id: slate for slate in _slates(AdvisorySide.CITIZENS)}
    query = (
        sa.select(AdvisoryBallot.round_id, Slate)
        .outerjoin(Slate, Slate.shortlist_id == AdvisoryBallot.shortlist_id)
        .order_by(AdvisoryBallot.round_id)
    )
    rows = {row.round_id: row.Slate for row in db.session.execute(query)}
    for round_id in sorted(found.keys() | {round_id for round_id, slate in rows.items() if slate is not None}):
        finding.n_checked += 1
        kept, source = found.get(round_id), rows.get(round_id)
        if kept is None or source is None or not _follows(kept, source):
            finding.differences.append(_("대표과제 선정 %(id)s번", id=round_id))
    return finding


def departures_with_reasons() -> Finding:
    """Check that of each assembly that has decided, what was left out or departs from a list has a reason."""
    finding = Finding(_("고르지 않거나 목록과 다르게 고른 까닭"), 0)
    query = (
        sa.select(RoundStage)
        .where(RoundStage.kind == StageKind.ASSEMBLY, RoundStage.state == StageState.DECIDED)
        .order_by(RoundStage.round_id)
    )
    for stage in db.session.scalars(query):
        decided = {
            row.task_id: row.goes_on
            for row in db.session.scalars(sa.select(StageDecision).where(StageDecision.stage_id == stage.id))
        }
        finding.n_checked += len(decided)
        differs = {task_id for task_id, is_chosen in decided.items() if not is_chosen}
        for slate in db.session.scalars(sa.select(AdvisorySlate).where(AdvisorySlate.round_id == stage.round_id)):
            if slate.standing.name in {"COMPLETE", "GAPS"}:
                differs |= {one for one in _weighed(slate) & decided.keys() if decided[one] != (one in slate.tasks)}
        reasons = sa.select(DepartureReason.task_id).where(DepartureReason.task_id.in_(sorted(decided)))
        for task_id in sorted(differs - set(db.session.scalars(reasons))):
            finding.differences.append(_("과제 %(id)s번: 까닭이 없어요", id=task_id))
    return finding


def _slates(side: AdvisorySide) -> Sequence[AdvisorySlate]:
    query = sa.select(AdvisorySlate).where(AdvisorySlate.side == side).order_by(AdvisorySlate.round_id)
    return db.session.scalars(query).all()


def _is_right(slate: AdvisorySlate, numbers: dict[int, int]) -> bool:
    proof, round_ = slate.proof, db.session.get_one(CouncilRound, slate.round_id)
    if proof is None:
        return slate.n_people < FEWEST and not slate.tasks
    ballots = _ballots(slate, [numbers[number] for number in proof["ideas"]])
    n_people = sum(ballots.values())
    cast = sum(len(row.replace("?", "")) * people for row, people in ballots.items())
    seen = Fraction(cast, n_people * len(proof["ideas"]))
    standing = "COMPLETE" if seen == 1 else "GAPS" if seen >= Fraction(7, 10) else "UNTOLD"
    return (
        sorted([row, people] for row, people in ballots.items()) == proof["ballots"]
        and slate.n_people == proof["people"] == n_people >= FEWEST
        and slate.standing.name == proof["standing"].upper() == standing
        and Fraction(proof["seen"]) == seen
        and slate.tasks == [numbers[item["idea"]] for item in proof["items"]]
        and (proof["seed"], proof["size"]) == (round_.seed, round_.n_chosen)
    )


def _ballots(slate: AdvisorySlate, task_ids: list[int]) -> Counter[str]:
    """Return how many members cast which row of letters on these tasks, as it stood when the list was made."""
    closed_at = next(one.closed_at for one in slate.round.stages if one.kind is StageKind.ASSEMBLY) or slate.made_at
    ended = {
        seat.id
        for seat in db.session.scalars(sa.select(Seat).where(Seat.term_id == slate.round.term_id))
        if seat.ended_at is not None and seat.ended_at <= closed_at
    }
    declared = {
        (one.task_id, one.seat_id)
        for one in db.session.scalars(sa.select(ConflictStatement).where(ConflictStatement.task_id.in_(task_ids)))
        if one.declared_at <= slate.made_at
    }
    rows: dict[int, dict[int, str]] = {}
    for one in db.session.scalars(sa.select(FinalistRating).where(FinalistRating.task_id.in_(task_ids))):
        counts = one.rated_at <= closed_at and one.seat_id not in ended and (one.task_id, one.seat_id) not in declared
        if counts:
            rows.setdefault(one.seat_id, {})[one.task_id] = LETTERS[one.value]
    return Counter("".join(row.get(task_id, "?") for task_id in task_ids) for row in rows.values())


def _follows(kept: AdvisorySlate, source: Slate) -> bool:
    items: list[dict[str, Any]] = (source.proof or {"items": []})["items"]
    stands_for = _stands_for(kept.round_id)
    return (
        kept.proof == source.proof
        and (kept.n_people, kept.standing) == (source.n_people, source.standing)
        and kept.tasks == [stands_for.get(item["idea"]) for item in items]
    )


def _stands_for(round_id: int) -> dict[int, int]:
    rows = db.session.scalars(sa.select(BallotTask).where(BallotTask.round_id == round_id))
    return {row.idea_id: row.task_id for row in rows}


def _weighed(slate: AdvisorySlate) -> set[int]:
    """Return the tasks that the votes behind a list were about."""
    keys = (slate.proof or {"ideas": []})["ideas"]
    if slate.side is AdvisorySide.CITIZENS:
        stands_for = _stands_for(slate.round_id)
        return {stands_for[key] for key in keys if key in stands_for}
    tasks = db.session.scalars(sa.select(CouncilTask).where(CouncilTask.round_id == slate.round_id))
    return {task.id for task in tasks if task.number in keys}


ADVISORY_CHECKS = (members_lists, citizens_lists, departures_with_reasons)
