"""Acts of several people at the same moment, and acts that begin before another one ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import sqlalchemy as sa
from flask import Flask

from forum.core.errors import ForumError
from forum.core.extensions import db


def at_once(app: Flask, acts: Sequence[Callable[[], object]]) -> list[object]:
    """Do all acts at the same moment, each in a thread with a session of its own.

    :return: for each act the ForumError that it raised, or None if it was committed
    """
    db.session.commit()
    barrier = Barrier(len(acts), timeout=20)

    def run(act: Callable[[], object]) -> object:
        with app.app_context():
            barrier.wait()
            try:
                act()
                db.session.commit()
            except ForumError as error:
                db.session.rollback()
                return error
            return None

    with ThreadPoolExecutor(len(acts)) as pool:
        results = [future.result(timeout=30) for future in [pool.submit(run, act) for act in acts]]
    db.session.expire_all()
    return results


def changed_meanwhile(row: Any, **values: Any) -> None:
    """Change a row in the database and leave the loaded object as it was: somebody else was quicker.

    What a service asked before its lock is answered by the old object, what it asks after it by the new row.
    """
    table = row.__table__
    key = sa.and_(*(column == getattr(row, column.name) for column in table.primary_key))
    for attribute in sa.inspect(row).mapper.column_attrs:
        getattr(row, attribute.key)  # loaded, so that nothing is read again before the lock
    db.session.execute(sa.update(table).where(key).values(values))


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
