"""Checks of joint sessions: their moves, their rooms and the devices that have a role by code agree with each other."""

from __future__ import annotations

import sqlalchemy as sa

from forum.administration.operations.findings import Finding
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.gatherings.models import Gathering, GatheringState
from forum.deliberation.joint.models import JointGrant, JointMove, JointRoom, JointSession, JointState, JointStep


def session_moves() -> Finding:
    """Check that moves are numbered without a gap, go to steps that exist, in the order of time."""
    query = sa.select(JointMove).order_by(JointMove.session_id, JointMove.number)
    steps = {(row[0], row[1]) for row in db.session.execute(sa.select(JointStep.session_id, JointStep.position))}
    finding, before = Finding(_("연결 모임의 단계 옮기기"), 0), None
    for move in db.session.scalars(query):
        finding.n_checked += 1
        is_first = before is None or before.session_id != move.session_id
        label = {"id": move.session_id, "n": move.number}
        if move.number != (1 if is_first or before is None else before.number + 1):
            finding.differences.append(_("연결 모임 %(id)s번, %(n)s번째: 번호가 이어지지 않습니다", **label))
        if (move.session_id, move.position) not in steps:
            finding.differences.append(_("연결 모임 %(id)s번, %(n)s번째: 그런 단계가 없습니다", **label))
        if not is_first and before is not None and move.moved_at < before.moved_at:
            finding.differences.append(_("연결 모임 %(id)s번, %(n)s번째: 앞의 것보다 이릅니다", **label))
        before = move
    return finding


def session_states() -> Finding:
    """Check that a running session stands on a step, and that no room of a finished one is still open."""
    has_move = sa.exists().where(JointMove.session_id == JointSession.id)
    still_open = (
        sa.select(sa.func.count())
        .select_from(JointRoom)
        .join(Gathering, Gathering.id == JointRoom.gathering_id)
        .where(JointRoom.session_id == JointSession.id, Gathering.state == GatheringState.RUNNING)
        .correlate(JointSession)
        .scalar_subquery()
    )
    finding = Finding(_("연결 모임의 상태"), 0)
    rows = sa.select(JointSession.id, JointSession.state, has_move, still_open).order_by(JointSession.id)
    for session_id, state, is_moved, n_open in db.session.execute(rows):
        finding.n_checked += 1
        if state is JointState.RUNNING and not is_moved:
            finding.differences.append(_("연결 모임 %(id)s번: 진행 중인데 선 단계가 없습니다", id=session_id))
        if state is JointState.FINISHED and n_open:
            finding.differences.append(_("연결 모임 %(id)s번: 끝났는데 열린 모임방이 있습니다", id=session_id))
        if state is JointState.PLANNED and is_moved:
            finding.differences.append(_("연결 모임 %(id)s번: 시작하지 않았는데 단계를 옮겼습니다", id=session_id))
    return finding


def session_grants() -> Finding:
    """Check that one device has each role by code, and none once the session has ended."""
    n_held = sa.func.count()
    query = (
        sa.select(JointGrant.session_id, JointGrant.gathering_id, JointSession.state, n_held)
        .join(JointSession, JointSession.id == JointGrant.session_id)
        .where(JointGrant.revoked_at.is_(None))
        .group_by(JointGrant.session_id, JointGrant.gathering_id, JointSession.state)
        .order_by(JointGrant.session_id, JointGrant.gathering_id)
    )
    finding = Finding(_("연결 모임을 되살림 번호로 맡은 기기"), 0)
    for session_id, _room, state, n in db.session.execute(query):
        finding.n_checked += n
        if n > 1:
            finding.differences.append(_("연결 모임 %(id)s번: 한 일을 기기 %(n)s대가 맡았습니다", id=session_id, n=n))
        if state in {JointState.FINISHED, JointState.CANCELLED}:
            finding.differences.append(_("연결 모임 %(id)s번: 끝났는데 맡은 기기가 있습니다", id=session_id))
    return finding


SESSION_CHECKS = (session_moves, session_states, session_grants)
