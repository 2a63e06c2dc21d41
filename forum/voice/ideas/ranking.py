"""Ideas that hold the words of a search, ranked: all words first, then most of them (`docs/search.md`)."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from forum.core.extensions import db
from forum.system.finding.search import MAX_RANKED, Candidate, Hit, SearchWords, inverse_frequencies
from forum.voice.ideas.models import Idea
from forum.voice.ideas.search import containing, token_frequencies

ENOUGH = 40  # so many ideas with all words, two pages, and no others are looked for
MAX_WITH_MOST = 100  # ideas looked at that have some of the words
_NEWEST_OF_FEW = Idea.id + 0
"""Keeps PostgreSQL from reading all ideas from the newest on until it has enough with the words."""


def rank_ideas(words: SearchWords, *conditions: sa.ColumnElement[bool]) -> list[Hit]:
    """Return the ideas with the words that meet the conditions, best first, up to `MAX_RANKED` + 1.

    Of more ideas the newest are looked at. One word, or words that many ideas have, cost one query; others up to four.
    """
    if not words.required:
        return []
    rows = _with_all(words, conditions)
    if len(words.tokens) == 1 or len(rows) >= ENOUGH:
        return words.rank(rows, dict.fromkeys(words.tokens, 1.0))  # all have all words: how rare these are says little
    idf = inverse_frequencies(*token_frequencies(words.tokens))
    if len(words.required) > 1:
        rows += _with_most(words, idf, conditions, {row.id for row in rows})
    return words.rank(rows, idf)[: MAX_RANKED + 1]


def all_words(words: SearchWords) -> sa.ColumnElement[bool]:
    """Return the condition that an idea has all the words."""
    return containing(words.required, match_all=True)


def in_campaign(campaign_id: int) -> sa.ColumnElement[bool]:
    """Return the condition that an idea is of this campaign, for use beside words.

    `+ 0` keeps SQLite off the campaign's index, since the words are more selective. PostgreSQL would misjudge it.
    """
    return (Idea.campaign_id if db.engine.dialect.name == "postgresql" else Idea.campaign_id + 0) == campaign_id


def _with_all(words: SearchWords, conditions: Sequence[sa.ColumnElement[bool]]) -> list[Candidate]:
    """Return the newest ideas with all words. Their tokens are read only if compounds are asked for too."""
    if words.tokens != words.required:
        return _candidates(all_words(words), conditions, MAX_RANKED + 1)
    query = sa.select(Idea.id, Idea.title).where(all_words(words), *conditions)
    newest = Idea.id if len(words.tokens) == 1 else _NEWEST_OF_FEW
    rows = db.session.execute(query.order_by(newest.desc()).limit(MAX_RANKED + 1))
    tokens = frozenset(words.tokens)
    return [Candidate(idea_id, title, tokens) for idea_id, title in rows]


def _with_most(
    words: SearchWords, idf: dict[str, float], conditions: Sequence[sa.ColumnElement[bool]], known_ids: set[int]
) -> list[Candidate]:
    """Return further ideas that may have most of the words.

    Who has k of n words has one of any n - k + 1 of them, so the rarest are looked up and the common ones never.
    """
    there = sorted(words.required_of(idf), key=lambda token: (-idf[token], token))
    rarest = there[: len(there) - words.n_needed(idf) + 1]
    found = _candidates(containing(rarest, match_all=False), conditions, MAX_WITH_MOST) if rarest else []
    return [row for row in found if row.id not in known_ids]


def _candidates(
    holds: sa.ColumnElement[bool], conditions: Sequence[sa.ColumnElement[bool]], limit: int
) -> list[Candidate]:
    query = sa.select(Idea.id, Idea.title, Idea.search_tokens).where(holds, *conditions)
    rows = db.session.execute(query.order_by(_NEWEST_OF_FEW.desc()).limit(limit))
    return [Candidate(idea_id, title, frozenset(tokens.split(" "))) for idea_id, title, tokens in rows]
