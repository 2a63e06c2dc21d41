from __future__ import annotations

from flask import Flask

from forum.people.passes.actor import request_actor
from forum.people.passes.joining import register_handover
from forum.system.texts.registry import text_kinds
from forum.web.idempotency import register_request_actor


def register(_app: Flask) -> None:
    register_request_actor(request_actor)
    register_handover("texts", _hand_over_texts, order=20)


def _hand_over_texts(from_participant: int, to_participant: int) -> None:
    for kind in text_kinds():
        kind.hand_over(from_participant, to_participant)
