"""Recognise a flood: many texts of nearly the same words within a short time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.core.text import comparison_key
from forum.system.texts.registry import PublishedText, TextKind, kind_of

OWN_COPIES, OWN_SPAN = 2, timedelta(days=1)
"""So many earlier near-copies by the same author make a text part of a flood."""
ALL_COPIES, ALL_SPAN = 5, timedelta(hours=1)
"""So many earlier near-copies by anybody do."""
NEWEST_OWN, NEWEST_OF_ALL = 30, 100  # texts that are compared
MIN_CHARS = 20  # "저도 동의합니다" is no flood, however many people say it
MAX_CHARS = 600  # the first characters that are compared
SHINGLE_CHARS = 3
MIN_SIMILARITY = 0.8


def is_flood(text: PublishedText) -> bool:
    """Return whether a text just stored is one of many near-copies, so that a moderator must read it first."""
    kind = kind_of(text)
    own = _n_copies(kind, text, kind.model.author_id == text.author_id, NEWEST_OWN, OWN_SPAN)
    return own >= OWN_COPIES or _n_copies(kind, text, sa.true(), NEWEST_OF_ALL, ALL_SPAN) >= ALL_COPIES


def similarity(one: str, other: str) -> float:
    """Return the Jaccard similarity of the sets of `SHINGLE_CHARS` consecutive characters, 0..1."""
    first, second = _shingles(one), _shingles(other)
    return len(first & second) / len(first | second) if first or second else 1.0


def _n_copies(kind: TextKind, text: PublishedText, which: sa.ColumnElement[bool], newest: int, span: timedelta) -> int:
    key = _key(kind, text)
    if len(key) < MIN_CHARS:
        return 0
    # The newest by id, which is quick; by time would read the table wherever there is no such index.
    query = sa.select(kind.model).where(which, kind.model.id != text.id).order_by(kind.model.id.desc()).limit(newest)
    earliest = clock.now() - span
    recent: Iterable[Any] = (other for other in db.session.scalars(query) if other.created_at >= earliest)
    return sum(_is_near_copy(key, _key(kind, other)) for other in recent)


def _is_near_copy(key: str, other: str) -> bool:
    shorter, longer = sorted((len(key), len(other)))
    return shorter >= MIN_SIMILARITY * longer and similarity(key, other) >= MIN_SIMILARITY


def _key(kind: TextKind, text: PublishedText) -> str:
    return comparison_key("".join(kind.words(text)))[:MAX_CHARS]


def _shingles(text: str) -> set[str]:
    return {text[at : at + SHINGLE_CHARS] for at in range(len(text) - SHINGLE_CHARS + 1)}
