"""Another session that acts between what a test's session has read and what it does next, on both engines."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from flask import Flask

from forum.core.extensions import db


def act_elsewhere(app: Flask, act: Callable[[], object]) -> None:
    """Run `act` in a session of its own and commit it, while the test's session keeps the values that it has read.

    The test's session ends its transaction first, since SQLite lets one writer in. So what the test does next begins
    as a request does that read, and then waited for the other's commit.
    """
    session = db.session()
    session.expire_on_commit = False
    try:
        session.commit()
    finally:
        session.expire_on_commit = True

    def run() -> None:
        with app.app_context():
            act()
            db.session.commit()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result(timeout=30)
