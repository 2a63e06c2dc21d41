"""Negative control: a forum that acknowledges a vote and commits it later, like a write-behind cache.

The same attack must find lost votes here; otherwise it could not find them anywhere.
"""

from __future__ import annotations

import queue
import threading
import time

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from config import Config
from forum import create_app
from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.voice.votes.forms import parse_vote
from forum.voice.votes.services import cast_votes

LATER_SECONDS = 0.05


def later(app: Flask, waiting: queue.Queue[tuple[int, int, int | None]]) -> None:
    """Commit acknowledged votes in batches."""
    while True:
        time.sleep(LATER_SECONDS)
        with app.app_context():
            while not waiting.empty():
                idea_id, account_id, value = waiting.get()
                cast_votes({idea_id: value}, db.session.get_one(Account, account_id))
                db.session.commit()


def create_early_app() -> Flask:
    app = create_app(Config.from_env())
    waiting: queue.Queue[tuple[int, int, int | None]] = queue.Queue()
    starting = threading.Lock()

    def cast(idea_id: int) -> ResponseReturnValue:
        value = parse_vote(request)
        waiting.put((idea_id, int(current_user.id), value))
        with starting:
            if not any(thread.name == "later" for thread in threading.enumerate()):
                threading.Thread(target=later, args=(app, waiting), name="later", daemon=True).start()
        return jsonify(value=value)

    app.view_functions["votes.cast"] = cast
    return app


app = create_early_app()
