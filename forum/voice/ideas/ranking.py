"""Ideas that hold the words of a search, ranked: all words first, then most of them (`docs/search.md`)."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from forum.core.extensions import db
from forum.system.finding.search import MAX_RANKED, Candidate, Hit, SearchWords, inverse_frequencies
from forum.voice.ideas.models import Idea
from forum.voice.ideas.search import containing, token_frequencies


def rank_ideas(words: SearchWords, *conditions: sa.ColumnElement[bool]) -> list[Hit]:
    """Return the ideas with the words that meet the conditions, best first, up to `MAX_RANKED` + 1 with all words.

    Of more ideas with all words, or with some, the newest are looked at. One word costs one query, more cost three.
    """
    if not words.required:
        return []
    idf = dict.fromkeys(words.tokens, 1.0)
    rows = _candidates(containing(words.required, match_all=True), conditions)
    if len(words.tokens) > 1:
        idf = inverse_frequencies(*token_frequencies(words.tokens))
        if len(rows) <= MAX_RANKED and len(words.required) > 1:
            rows += _with_most(words, idf, conditions, {row.id for row in rows})
    return words.rank(rows, idf)[: MAX_RANKED + 1]


def all_words(words: SearchWords) -> sa.ColumnElement[bool]:
    """Return the condition that an idea has all the words."""
    return containing(words.required, match_all=True)


def _with_most(
    words: SearchWords, idf: dict[str, float], conditions: Sequence[sa.ColumnElement[bool]], known_ids: set[int]
) -> list[Candidate]:
    """Return further ideas that may have most of the words.

    Who has k of n words has one of any n - k + 1 of them, so the rarest are looked up and the common ones never.
    """
    there = sorted(words.required_of(idf), key=lambda token: (-idf[token], token))
    rarest = there[: len(there) - words.n_needed(idf) + 1]
    found = _candidates(containing(rarest, match_all=False), conditions) if rarest else []
    return [row for row in found if row.id not in known_ids]


def _candidates(holds: sa.ColumnElement[bool], conditions: Sequence[sa.ColumnElement[bool]]) -> list[Candidate]:
    query = sa.select(Idea.id, Idea.title, Idea.search_tokens).where(holds, *conditions)
    rows = db.session.execute(query.order_by(Idea.id.desc()).limit(MAX_RANKED + 1))
    return [Candidate(idea_id, title, frozenset(tokens.split(" "))) for idea_id, title, tokens in rows]
