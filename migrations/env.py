"""Alembic environment: the application's own engine, one transaction per migration on both engines."""

from __future__ import annotations

import warnings
from typing import Any

from alembic import context
from flask import current_app

from forum.core.database import reading  # noqa: F401  (registers the engine's listeners)

FOREIGN_TABLES = ("idea_fts", "huey_")  # FTS5's own tables; the queue's, with QUEUE=postgres
HAND_MADE_INDEXES = {"ix_idea_search", "ix_idea_tally_votes"}  # over expressions, which autogenerate cannot compare


def include_object(_object: Any, name: str | None, kind: str, _reflected: bool, _compare_to: Any) -> bool:
    """Exclude tables that others make from autogenerate, which would drop them."""
    if kind == "table":
        return not str(name).startswith(FOREIGN_TABLES)
    return name not in HAND_MADE_INDEXES


def without_foreign_keys(connection: Any) -> None:
    """Switch foreign keys off on SQLite: it changes a table by copying it and dropping the old one.

    This runs on the driver's connection, since SQLite ignores the PRAGMA inside a transaction.
    """
    if connection.dialect.name == "sqlite":
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")


def refuse_broken_keys(ctx: Any, **_more: Any) -> None:
    """Check foreign keys after each migration, inside its transaction, since they were off during it."""
    if ctx.dialect.name == "sqlite":
        broken = ctx.bind.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken:
            raise RuntimeError(f"the migration leaves rows without what they point at: {broken[:10]}")


def run_migrations() -> None:
    database = current_app.extensions["migrate"].db
    with database.engine.connect() as connection:
        without_foreign_keys(connection)
        context.configure(
            connection=connection,
            target_metadata=database.metadatas[None],
            include_object=include_object,
            transaction_per_migration=True,
            transactional_ddl=True,
            on_version_apply=refuse_broken_keys,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Skipped unsupported reflection of expression-based index")
            context.run_migrations()
        connection.invalidate()  # the pool must not reuse a connection without foreign keys


if context.is_offline_mode():
    raise SystemExit("Migrations run against a database, not into an SQL script.")
run_migrations()
