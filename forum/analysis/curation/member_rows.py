"""Rows of members and of excluded ideas, written in batches."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from forum.analysis.curation.models import ExcludedIdea
from forum.analysis.themes.models import MemberSource, Theme, ThemeIdea
from forum.core import clock
from forum.core.database import batches
from forum.core.extensions import db

BATCH_SIZE = 5_000  # rows a statement names at most; SQLite takes 32,766 values in one


def ids_among(column: Any, where: Any, idea_ids: Collection[int]) -> list[int]:
    """Return those of these idea ids that a table has, under a condition."""
    found: list[int] = []
    for batch in batches(idea_ids, BATCH_SIZE):
        found += db.session.scalars(sa.select(column).where(where, column.in_(batch)))
    return found


def insert_members(rows: Sequence[tuple[Theme, int, MemberSource, float | None, datetime]]) -> None:
    """Insert members: (theme, idea id, source, score, when it was added)."""
    values = [
        {
            "theme_id": theme.id,
            "idea_id": idea_id,
            "campaign_id": theme.campaign_id,
            "source": source,
            "score": score,
            "is_frozen": False,
            "added_at": added_at,
        }
        for theme, idea_id, source, score, added_at in rows
    ]
    for batch in batches(values, BATCH_SIZE):
        db.session.execute(sa.insert(ThemeIdea), batch)


def delete_members(pairs: Sequence[Sequence[int]]) -> None:
    """Delete members: (theme id, idea id)."""
    _delete_pairs(ThemeIdea, pairs)


def insert_excluded(pairs: Sequence[Sequence[int]]) -> None:
    """Insert excluded ideas: (theme id, idea id)."""
    now = clock.now()
    rows = [{"theme_id": theme_id, "idea_id": idea_id, "at": now} for theme_id, idea_id in pairs]
    for batch in batches(rows, BATCH_SIZE):
        db.session.execute(sa.insert(ExcludedIdea), batch)


def delete_excluded(pairs: Sequence[Sequence[int]]) -> None:
    """Delete excluded ideas: (theme id, idea id)."""
    _delete_pairs(ExcludedIdea, pairs)


def _delete_pairs(table: type[ThemeIdea] | type[ExcludedIdea], pairs: Sequence[Sequence[int]]) -> None:
    by_theme: dict[int, list[int]] = {}
    for theme_id, idea_id in pairs:
        by_theme.setdefault(theme_id, []).append(idea_id)
    for theme_id, idea_ids in by_theme.items():
        for batch in batches(idea_ids, BATCH_SIZE):
            db.session.execute(
                sa.delete(table)
                .where(table.theme_id == theme_id, table.idea_id.in_(batch))
                .execution_options(synchronize_session=False)
            )
