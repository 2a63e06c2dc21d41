from __future__ import annotations

from flask import Flask

from forum.people.passes.actor import request_actor
from forum.web.idempotency import register_request_actor


def register(_app: Flask) -> None:
    register_request_actor(request_actor)
