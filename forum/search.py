"""Finding ideas by their words: full text over our own tokens, on whichever database is in use.

Both sides, ideas and questions, pass through the tagger of the analysis, so 재생에너지를 finds 재생에너지. SQLite has
an FTS5 table kept by triggers, PostgreSQL a GIN index over the same column. Every token of a question is quoted: `"`,
`AND` and `a:b` are words like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from forum.extensions import db
from forum.ideas.models import Idea, IdeaState
from nlp.tokens import SEARCH_TOKENS_VERSION, search_tokens

__all__ = ["SEARCH_TOKENS_VERSION", "matching", "similar_ideas", "tokens_of", "tokens_of_question"]

QUESTION_MAX_CHARS = 200
DRAFT_MAX_CHARS = 1_500
TITLE_WEIGHT = 3
DRAFT_TOKENS = 40  # of a draft, at most so many are looked up
TELLING_TOKENS = 10  # and so many of the rarest fetch candidates
COMMON_FROM = 2_000  # a word in so many ideas fetches none: it says little and would cost much
ENOUGH = 0.2  # least share of the draft's weight that a similar idea holds
_VECTOR = "array_to_tsvector(array_remove(string_to_array(idea.search_tokens, ' '), ''))"  # as in ix_idea_search


def tokens_of(title: str, body: str) -> str:
    """What `idea.search_tokens` holds: the tokens of both texts, each once, separated by spaces."""
    return " ".join(dict.fromkeys(search_tokens(title) + search_tokens(body)))


def tokens_of_question(question: str) -> list[str]:
    """A question's distinct tokens; empty where it holds no word (only particles, jamo or signs)."""
    return list(dict.fromkeys(search_tokens(question[:QUESTION_MAX_CHARS])))


def matching(tokens: Sequence[str]) -> sa.ColumnElement[bool]:
    """The condition that an idea holds every one of `tokens`. No tokens match nothing."""
    if not tokens:
        return sa.false()
    if _on_postgres():
        vector: sa.ColumnElement[Any] = sa.literal_column(_VECTOR)
        return vector.op("@@")(sa.cast(_tsquery(tokens), postgresql.TSQUERY))
    found: sa.Select[Any] = sa.select(sa.column("rowid")).select_from(sa.table("idea_fts"))
    return Idea.id.in_(found.where(sa.column("idea_fts", is_literal=True).op("MATCH")(_fts_query(tokens))))


def similar_ideas(campaign_id: int, title: str, body: str, limit: int = 5) -> list[tuple[int, float]]:
    """Open ideas of a campaign whose words are most like a draft's, best first.

    Words are weighed by how rare they are (log idf), those of the title three times. No model is loaded: this runs in
    the web process while somebody writes, and its cost is bounded however many ideas there are.

    :return: (idea id, score 0..1: the share of the draft's weight that the idea holds), at most `limit`
    """
    weights = _weights(title[:DRAFT_MAX_CHARS], body[:DRAFT_MAX_CHARS])
    if not weights:
        return []
    telling = sorted(weights, key=lambda token: (-weights[token], token))[:TELLING_TOKENS]
    total = sum(weights.values())
    scores = {idea_id: _held(weights, tokens) / total for idea_id, tokens in _holding_any(campaign_id, telling)}
    ranked = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(idea_id, score) for idea_id, score in ranked if score >= ENOUGH][:limit]


def _weights(title: str, body: str) -> dict[str, float]:
    """The draft's words that are neither unknown nor everywhere, with their TF-IDF weights."""
    counts: dict[str, int] = {}
    for text, times in ((title, TITLE_WEIGHT), (body, 1)):
        for token in search_tokens(text):
            counts[token] = counts.get(token, 0) + times
    chosen = [token for token in counts if len(token) > 1][:DRAFT_TOKENS]
    n_ideas = db.session.scalar(sa.select(sa.func.count(Idea.id))) or 0
    return {
        token: (1 + log(counts[token])) * log(1 + n_ideas / frequency)
        for token, frequency in _frequencies(chosen).items()
        if 0 < frequency < COMMON_FROM
    }


def _frequencies(tokens: Sequence[str]) -> dict[str, int]:
    """In how many ideas each token stands, counted up to `COMMON_FROM`; one query for all."""
    if not tokens:
        return {}
    counts = [
        sa.select(sa.literal(place), sa.select(sa.func.count()).select_from(_some(token)).scalar_subquery())
        for place, token in enumerate(tokens)
    ]
    rows = db.session.execute(sa.union_all(*counts)).all()
    return {tokens[place]: frequency for place, frequency in rows}


def _some(token: str) -> sa.Subquery:
    return sa.select(Idea.id).where(matching([token])).limit(COMMON_FROM).subquery()


def _holding_any(campaign_id: int, tokens: Sequence[str]) -> Sequence[sa.Row[int, str]]:
    query = (
        sa.select(Idea.id, Idea.search_tokens)
        .where(Idea.campaign_id == campaign_id, Idea.state == IdeaState.OPEN)
        .where(sa.or_(*(matching([token]) for token in tokens)))
        .limit(TELLING_TOKENS * COMMON_FROM)
    )
    return db.session.execute(query).all()


def _held(weights: dict[str, float], tokens: str) -> float:
    present = set(tokens.split(" "))
    return sum(weight for token, weight in weights.items() if token in present)


def _on_postgres() -> bool:
    return db.engine.dialect.name == "postgresql"


def _tsquery(tokens: Sequence[str]) -> str:
    return " & ".join("'" + token.replace("\\", "").replace("'", "''") + "'" for token in tokens)


def _fts_query(tokens: Sequence[str]) -> str:
    return " AND ".join('"' + token.replace('"', '""') + '"' for token in tokens)
