"""Negative controls: forums that do not keep what a room's phones send exactly once. The attacks must find it."""

from __future__ import annotations

import queue
import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

from config import Config
from forum import create_app
from forum.core.extensions import db
from forum.deliberation.gatherings.actor import present_actor
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.gatherings.queries import get_gathering
from forum.deliberation.joint import phone_views
from forum.deliberation.joint.action_json import parse_actions
from forum.deliberation.joint.actions import Action, ActionResult, take_actions
from forum.deliberation.joint.late import _actor_of
from forum.deliberation.joint.models import RoomAction
from forum.deliberation.joint.phone_views import _as_json
from forum.deliberation.rooms.models import GatheringEntry
from forum.web.gate import public
from forum.web.idempotency import idempotency_exempt
from tests.assault.phones import LETTERS

LATER_SECONDS = 1.0
Waiting = queue.Queue[tuple[int, int, Sequence[Action]]]


def take_again(
    gathering: Gathering, actor: Any, entry: int, actions: Sequence[Action], *more: Any
) -> list[ActionResult]:
    """Do again what was done before, under a key of the server's own; answer with the phone's keys.

    An idea gets another word at its end: the forum refuses somebody's same words for a reason of its own.
    """
    kept = set(db.session.scalars(sa.select(RoomAction.key).where(RoomAction.gathering_id == gathering.id)))
    renamed = [_anew(one) if one.key in kept else one for one in actions]
    results = take_actions(gathering, actor, entry, renamed, *more)
    return [replace(result, key=one.key) for one, result in zip(actions, results, strict=True)]


def _anew(action: Action) -> Action:
    key = str(uuid.uuid4())
    return replace(action, key=key, body=f"{action.body} {key.translate(LETTERS)}")


def take_and_forget(*asked: Any) -> list[ActionResult]:
    """Acknowledge what is never committed, as a server does that answers first and is killed then."""
    results = take_actions(*asked)
    db.session.rollback()
    return results


def without_keys() -> Flask:
    """Return a forum that does what is sent a second time a second time."""
    phone_views.take_actions = take_again
    return create_app(Config.from_env())


def early() -> Flask:
    """Return a forum that acknowledges what is sent and commits it a second later: right while nothing is killed."""
    forum = create_app(Config.from_env())
    waiting: Waiting = queue.Queue()
    starting = threading.Lock()

    @public
    @idempotency_exempt
    def act(gathering_id: int) -> ResponseReturnValue:
        gathering, actor = get_gathering(gathering_id), present_actor()
        entry, actions = parse_actions(request)
        results = take_and_forget(gathering, actor, entry, actions, request.remote_addr)
        waiting.put((gathering_id, entry, actions))
        with starting:
            if not any(thread.name == "later" for thread in threading.enumerate()):
                threading.Thread(target=_later, args=(forum, waiting), name="later", daemon=True).start()
        return jsonify(actions=[_as_json(one) for one in results])

    forum.view_functions["joint.act"] = act
    return forum


def _later(forum: Flask, waiting: Waiting) -> None:
    """Commit acknowledged actions in batches."""
    while True:
        time.sleep(LATER_SECONDS)
        with forum.app_context():
            while not waiting.empty():
                batch = gathering_id, number, actions = waiting.get()
                of_room = GatheringEntry.gathering_id == gathering_id
                query = sa.select(GatheringEntry).where(of_room, GatheringEntry.number == number)
                try:
                    actor = _actor_of(db.session.scalars(query).one())
                    take_actions(get_gathering(gathering_id), actor, number, actions)
                    db.session.commit()
                except sa.exc.SQLAlchemyError:  # it waited too long for a lock: again in a moment
                    db.session.rollback()
                    waiting.put(batch)
                    break
