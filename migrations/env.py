"""How Alembic runs here: on the application's own engine, each migration in one transaction on both engines."""

from __future__ import annotations

from typing import Any

from alembic import context
from flask import current_app

from forum.database import reading  # noqa: F401  (the engine's listeners live there)

FULL_TEXT_TABLES = "idea_fts"
HAND_MADE_INDEXES = {"ix_idea_search"}  # an index over an expression, which autogenerate cannot compare


def include_object(_object: Any, name: str | None, kind: str, _reflected: bool, _compare_to: Any) -> bool:
    """Keep autogenerate away from FTS5's own tables: it would drop them."""
    if kind == "table":
        return not str(name).startswith(FULL_TEXT_TABLES)
    return name not in HAND_MADE_INDEXES


def run_migrations() -> None:
    database = current_app.extensions["migrate"].db
    with database.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=database.metadatas[None],
            include_object=include_object,
            transaction_per_migration=True,
            transactional_ddl=True,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("Migrations run against a database, not into an SQL script.")
run_migrations()
