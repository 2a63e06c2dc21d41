"""For tests about rows that no trigger lets through: what somebody with the keys of the database could still write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from forum.core.extensions import db


@contextmanager
def unguarded(*tables: str) -> Iterator[sa.Connection]:
    """A connection on which the triggers of `tables` are off; it commits at the end.

    On SQLite foreign keys are off too, and the triggers stay away: each test begins with a fresh file.
    """
    db.session.commit()
    postgres = db.engine.dialect.name == "postgresql"
    with db.engine.connect() as connection:
        if not postgres:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        for table in tables:
            if postgres:
                connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                continue
            names = sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
            for name in connection.scalars(names, {"table": table}).all():
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        yield connection
        for table in tables if postgres else ():
            connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        connection.commit()
    db.session.expire_all()


def switch_triggers_off(table: str) -> None:
    """Switch the table's triggers off in the session's transaction, as the owner of the database may."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(sa.text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        return
    names = sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
    for name in db.session.scalars(names, {"table": table}).all():
        db.session.execute(sa.text(f"DROP TRIGGER {name}"))
