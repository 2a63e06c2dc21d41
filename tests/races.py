"""What somebody else does between a service's reading and its lock, without threads and without luck."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from forum.core.extensions import db


def meanwhile(app: Flask, act: Callable[[], object]) -> None:
    """Do `act` in a session of its own and commit it, while the test's session keeps what it has read.

    Commit before the objects are read, so that the test's session holds no lock. On SQLite `act` simply comes first:
    whatever may write is alone there from BEGIN IMMEDIATE on, so nothing that it has read can become stale.
    """
    if db.engine.dialect.name == "sqlite":
        act()
        db.session.commit()
        return
    with app.app_context():
        act()
        db.session.commit()
