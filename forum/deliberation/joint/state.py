"""Where a joint session stands, as one small answer for all its screens.

Phones ask every 1.5 seconds, walls and hosts every second: 1,500 phones are a thousand requests a second. So the answer
is the same for everybody (one's own votes stay in the browser), each process reads it from the database at most twice a
second, and the request stays out of the session, the limiter and the access log. A screen that has the answer already
gets 304 by its ETag.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.joint.models import JointMove, JointRoom, JointSession, JointStep
from forum.deliberation.rooms.models import EntryWay, GatheringEntry, IdeaRoom

FRESH_SECONDS = 0.5
STALE_SECONDS = 60.0
"""So long an old answer is given while the database does not answer: it is better than none."""
MAX_SESSIONS = 50
"""Answers that a process keeps; the oldest goes first."""


@dataclass(frozen=True)
class Answer:
    """What a screen gets: JSON in UTF-8 and its ETag, with quotes."""

    body: bytes
    etag: str
    made_at: float


@dataclass
class StateCache:
    """The answers of one process. One request at a time reads a session's state; the others get the one before."""

    answers: dict[int, Answer] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    renewing: dict[int, threading.Lock] = field(default_factory=dict)

    def answer_of(self, session_id: int) -> Answer:
        """:raise NotFound: no such session"""
        found = self.answers.get(session_id)
        if found is not None and time.monotonic() - found.made_at < FRESH_SECONDS:
            return found
        with self.lock:
            turn = self.renewing.setdefault(session_id, threading.Lock())
        if not turn.acquire(blocking=found is None):
            assert found is not None
            return found
        try:
            newer = self.answers.get(session_id)
            if newer is not None and time.monotonic() - newer.made_at < FRESH_SECONDS:
                return newer
            return self._renew(session_id, newer)
        finally:
            turn.release()

    def _renew(self, session_id: int, before: Answer | None) -> Answer:
        try:
            state = read_state(session_id)
        except DBAPIError:
            if before is not None and time.monotonic() - before.made_at < STALE_SECONDS:
                return before
            raise
        body = json.dumps(state, ensure_ascii=False, separators=(",", ":")).encode()
        answer = Answer(body, f'"{hashlib.sha256(body).hexdigest()[:20]}"', time.monotonic())
        with self.lock:
            self.answers.pop(session_id, None)
            self.answers[session_id] = answer
            while len(self.answers) > MAX_SESSIONS:
                oldest = next(iter(self.answers))
                self.answers.pop(oldest)
                self.renewing.pop(oldest, None)
        return answer


def read_state(session_id: int) -> dict[str, Any]:
    """Return where a session stands, as it goes out. Times are milliseconds since 1970, by the server's clock.

    state : of the session · move : number of the newest move, 0 before the first
    step : position, kind, title, minutes and when it begins; None before the first · before : the position until then
    people, ideas : of all rooms · rooms : gathering id -> how many ideas are on its table

    :raise NotFound: no such session
    """
    state = db.session.scalar(sa.select(JointSession.state).where(JointSession.id == session_id))
    if state is None:
        raise NotFound(_("그런 연결 모임이 없어요."))
    newest = (
        sa.select(JointMove.number, JointMove.begins_at, JointStep)
        .join(JointStep, sa.and_(JointStep.session_id == session_id, JointStep.position == JointMove.position))
        .where(JointMove.session_id == session_id)
        .order_by(JointMove.number.desc())
        .limit(2)
    )
    moves = db.session.execute(newest).all()
    rooms = sa.select(JointRoom.gathering_id).where(JointRoom.session_id == session_id)
    ideas = sa.select(IdeaRoom.gathering_id, sa.func.count()).where(IdeaRoom.gathering_id.in_(rooms))
    tables = {str(room): n for room, n in db.session.execute(ideas.group_by(IdeaRoom.gathering_id))}
    people = sa.select(sa.func.count()).where(
        GatheringEntry.gathering_id.in_(rooms),
        GatheringEntry.admitted_at.is_not(None),
        GatheringEntry.way != EntryWay.PAPER,
    )
    said: dict[str, Any] = {
        "state": state.value,
        "move": moves[0].number if moves else 0,
        "step": _step(moves[0].JointStep, moves[0].begins_at) if moves else None,
        "before": moves[1].JointStep.position if len(moves) > 1 else 0,
        "people": db.session.scalar(people) or 0,
        "ideas": sum(tables.values()),
        "rooms": dict(sorted(tables.items())),
    }
    return said


def _step(step: JointStep, begins_at: datetime) -> dict[str, Any]:
    return {
        "position": step.position,
        "kind": step.kind.value,
        "title": step.title,
        "minutes": step.minutes,
        "begins": milliseconds(begins_at),
    }


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
