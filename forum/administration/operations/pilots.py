"""Checks of pilots: what follows from what, and readings with the numbers of their measure."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import aliased, selectinload

from forum.administration.operations.findings import Finding
from forum.core.extensions import db
from forum.core.i18n import _
from forum.response.pilots.models import MeasureKind, Pilot, PilotDecision, PilotOrigin, PilotReading, PilotState
from forum.response.pilots.models import ReadingPhase as Phase

FOLLOWS = {PilotOrigin.SPREAD: PilotDecision.SPREAD, PilotOrigin.CHANGED: PilotDecision.CHANGE}
"""What the pilot before it must have decided."""
STARTED = (PilotState.RUNNING, PilotState.DECIDED)


def pilots() -> Finding:
    """Check that a pilot follows one of the same letter that decided so, by the office that may, that a started one was
    measured before and a decided one after, and that each reading has the numbers of its pilot's measure.
    """
    finding = Finding(_("시범과 잰 값, 이어받은 곳"), 0)
    for pilot, parent in _with_parents():
        finding.n_checked += 1
        for words in (*_wrong_family(pilot, parent), *_wrong_readings(pilot)):
            finding.differences.append(_("시범 %(id)s번: %(words)s", id=pilot.id, words=words))
    return finding


def _with_parents() -> list[tuple[Pilot, Pilot | None]]:
    parent = aliased(Pilot)
    query = sa.select(Pilot, parent).outerjoin(parent, parent.id == Pilot.parent_id).order_by(Pilot.id)
    rows = db.session.execute(query.options(selectinload(Pilot.readings)))
    return [(pilot, before) for pilot, before in rows]


def _wrong_family(pilot: Pilot, parent: Pilot | None) -> Iterator[str]:
    if parent is None:
        return
    if parent.referral_id != pilot.referral_id:
        yield _("앞의 시범과 다른 답변에서 나왔다고 되어 있어요")
    if parent.decision is not FOLLOWS.get(pilot.origin):
        yield _("앞의 시범이 그렇게 정하지 않았어요")
    if (pilot.origin is PilotOrigin.CHANGED) != (parent.ministry_id == pilot.ministry_id):
        yield _("이어받은 기관이 맞지 않아요")


def _wrong_readings(pilot: Pilot) -> Iterator[str]:
    phases = {reading.phase for reading in pilot.readings}
    if pilot.state in STARTED and Phase.BEFORE not in phases:
        yield _("시작했는데 하기 전 값이 없어요")
    if pilot.state is PilotState.DECIDED and Phase.AFTER not in phases:
        yield _("정했는데 한 뒤 값이 없어요")
    for reading in pilot.readings:
        if not _fits(pilot.measure_kind, reading):
            yield _("%(phase)s 값이 재는 방법과 맞지 않아요", phase=reading.phase.label)


def _fits(kind: MeasureKind, reading: PilotReading) -> bool:
    if kind is MeasureKind.MEAN:
        return reading.k is None and reading.mean is not None and reading.sd is not None
    return reading.k is not None and (kind is not MeasureKind.SHARE or reading.k <= reading.n)
