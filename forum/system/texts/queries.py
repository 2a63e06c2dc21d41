from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from forum.core.extensions import db
from forum.system.texts.models import AboutText, published_text
from forum.system.texts.registry import TEXT_KINDS, PublishedText, kind_of


def is_about(model: type[AboutText], text: PublishedText) -> sa.ColumnElement[bool]:
    """Return the condition that a row of `model` is about this text."""
    return (model.text_kind == kind_of(text).code) & (model.text_id == text.id)


def is_about_a_text_of(model: type[AboutText], participant_id: int) -> sa.ColumnElement[bool]:
    """Return the condition that a row of `model` is about a text that this participant wrote."""
    return written_by(model.text_kind, model.text_id, participant_id)


def written_by(
    kind: sa.ColumnElement[str] | Any, text_id: sa.ColumnElement[int] | Any, participant_id: int
) -> sa.ColumnElement[bool]:
    """Return the condition that these two columns name a text that this participant wrote."""
    own = sa.select(published_text.c.id).where(published_text.c.author_id == participant_id)
    return sa.or_(*((kind == code) & text_id.in_(own.where(published_text.c.kind == code)) for code in TEXT_KINDS))


def reference_of(text: PublishedText) -> dict[str, Any]:
    """Return the values of the columns of `AboutText` that name this text."""
    return {"text_kind": kind_of(text).code, "text_id": text.id}


def texts_by_reference(references: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Any]:
    """Return texts by (kind, id), with one query for each kind."""
    ids: dict[str, set[int]] = {}
    for code, text_id in references:
        ids.setdefault(code, set()).add(text_id)
    found: dict[tuple[str, int], Any] = {}
    for code, wanted in ids.items():
        model = TEXT_KINDS[code].model
        texts = db.session.scalars(sa.select(model).where(model.id.in_(wanted)))
        found |= {(code, text.id): text for text in texts}
    return found
