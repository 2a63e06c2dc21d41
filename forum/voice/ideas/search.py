"""Full-text search and word similarity over our own tokens, on SQLite and PostgreSQL.

Ideas and search texts pass through the tokenizer of the analysis, so 재생에너지를 finds 재생에너지. SQLite has an FTS5
table that triggers maintain, PostgreSQL a GIN index on the same column. Every token of a query is quoted, so `"`, `AND`
and `a:b` are ordinary words.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log, sqrt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from forum.core.extensions import db
from forum.voice.ideas.models import Idea, IdeaState
from nlp.text.spelling import correct_spelling
from nlp.text.tokens import SEARCH_TOKENS_VERSION, search_tokens

__all__ = [
    "SEARCH_TOKENS_VERSION",
    "containing",
    "similar_ideas",
    "token_frequencies",
    "tokens_of",
    "word_similarities",
]

MAX_TEXT_CHARS = 1_500
TITLE_WEIGHT = 3
MAX_QUERY_TOKENS = 80  # distinct tokens of a text that are looked up
MAX_CANDIDATE_TOKENS = 10  # the highest-weighted of them, which fetch candidate ideas
MAX_CANDIDATES = 1_000  # candidate ideas per request
COMMON_TOKEN_FREQUENCY = 2_000  # tokens in this many ideas or more are ignored: they say little and cost much
MIN_WORD_SIMILARITY = 0.12  # smallest cosine of an idea that is shown as similar (docs/analysis-experiments.md)
MIN_DRAFT_SIMILARITY = 0.18  # the same while somebody writes, where what is not similar disturbs
_VECTOR = "array_to_tsvector(array_remove(string_to_array(idea.search_tokens, ' '), ''))"  # as in ix_idea_search


def tokens_of(title: str, body: str) -> str:
    """Return the value of `idea.search_tokens`: the tokens of both texts, each once, separated by spaces.

    Common misspellings count as written and as corrected.
    """
    texts = dict.fromkeys((title, body, correct_spelling(title), correct_spelling(body)))
    return " ".join(dict.fromkeys(token for text in texts for token in search_tokens(text)))


def containing(tokens: Sequence[str], match_all: bool) -> sa.ColumnElement[bool]:
    """Return the condition that an idea contains all or any of `tokens`. No tokens match nothing.

    One index query for all tokens: OR conditions outside of the index would make SQLite read every idea.
    """
    if not tokens:
        return sa.false()
    if _on_postgres():
        vector: sa.ColumnElement[Any] = sa.literal_column(_VECTOR)
        return vector.op("@@")(sa.cast(_tsquery(tokens, " & " if match_all else " | "), postgresql.TSQUERY))
    return Idea.id.in_(_in_fts(tokens, " AND " if match_all else " OR "))


def _in_fts(tokens: Sequence[str], operator: str = " AND ") -> sa.Select[Any]:
    found: sa.Select[Any] = sa.select(sa.column("rowid")).select_from(sa.table("idea_fts"))
    return found.where(sa.column("idea_fts", is_literal=True).op("MATCH")(_fts_query(tokens, operator)))


def similar_ideas(campaign_id: int, title: str, body: str, limit: int = 5) -> list[tuple[int, float]]:
    """Return the open ideas of a campaign whose words are most similar to a text's, best first.

    Words are weighted by their rarity (log idf), those of the title three times. No model is loaded: this runs in the
    web process while somebody writes, and its cost is bounded however many ideas there are.

    :return: (idea id, score 0..1 as of `word_similarities`), at most `limit`
    """
    scores = word_similarities(campaign_id, title, body)
    ranked = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(idea_id, score) for idea_id, score in ranked if score >= MIN_DRAFT_SIMILARITY][:limit]


def word_similarities(campaign_id: int, title: str, body: str, extra_ids: Collection[int] = ()) -> dict[int, float]:
    """Return how similar open ideas of a campaign are to a text, 0..1, for those that its highest-weighted words fetch.

    :param extra_ids: further ideas to compare, whatever their words; those that are not open are left out
    """
    query = _weighted_query(title[:MAX_TEXT_CHARS], body[:MAX_TEXT_CHARS])
    found = [*_candidates(campaign_id, query.candidate_tokens()), *_ideas_by_id(campaign_id, extra_ids)]
    return {idea_id: query.cosine(tokens) for idea_id, tokens in found}


@dataclass(frozen=True)
class _Query:
    """The tokens of a text that are neither unknown nor common: TF-IDF weights, log idf, document frequencies."""

    weights: dict[str, float]
    idf: dict[str, float]
    frequencies: dict[str, int]

    def candidate_tokens(self) -> list[str]:
        """Return the tokens of the highest weights that together fetch at most `MAX_CANDIDATES` ideas."""
        chosen: list[str] = []
        n_fetched = 0
        for token in sorted(self.weights, key=lambda token: (-self.weights[token], token))[:MAX_CANDIDATE_TOKENS]:
            if not chosen or n_fetched + self.frequencies[token] <= MAX_CANDIDATES:
                chosen.append(token)
                n_fetched += self.frequencies[token]
        return chosen

    def cosine(self, tokens: str) -> float:
        """Return the cosine with an idea that contains `tokens`.

        Tokens that the query lacks count with its mean idf: looking theirs up would cost too much, and ignoring them
        would rank long ideas first.
        """
        contained = set(tokens.split(" "))
        shared = self.weights.keys() & contained
        if not shared:
            return 0.0
        product = sum(self.weights[token] * self.idf[token] for token in shared)
        others = (len(contained) - len(shared)) * self._mean_idf**2
        return product / (self._norm * sqrt(others + sum(self.idf[token] ** 2 for token in shared)))

    @cached_property
    def _norm(self) -> float:
        return sqrt(sum(weight**2 for weight in self.weights.values()))

    @cached_property
    def _mean_idf(self) -> float:
        return sum(self.idf.values()) / len(self.idf)


def _weighted_query(title: str, body: str) -> _Query:
    counts: dict[str, int] = {}
    for text, times in ((title, TITLE_WEIGHT), (body, 1)):
        for token in search_tokens(text):
            counts[token] = counts.get(token, 0) + times
    n_ideas, found = token_frequencies([token for token in counts if len(token) > 1][:MAX_QUERY_TOKENS])
    frequencies = {token: n for token, n in found.items() if 0 < n < COMMON_TOKEN_FREQUENCY}
    idf = {token: log(1 + n_ideas / n) for token, n in frequencies.items()}
    return _Query({token: (1 + log(counts[token])) * idf[token] for token in idf}, idf, frequencies)


def token_frequencies(tokens: Sequence[str]) -> tuple[int, dict[str, int]]:
    """Return the number of ideas and each token's document frequency, counted up to `COMMON_TOKEN_FREQUENCY`."""
    if not tokens:
        return 0, {}
    n_ideas, frequencies = _estimated_frequencies(tokens) if _on_postgres() else (0, {})
    rest = [token for token in tokens if token not in frequencies]
    counts, counted = _counted_frequencies(rest, not n_ideas) if rest or not n_ideas else ({}, 0)
    return n_ideas or counted, frequencies | counts


_ESTIMATES = sa.text("""
    SELECT reltuples::integer, stats.token, stats.share
    FROM pg_class LEFT JOIN LATERAL (
        SELECT token, share
        FROM pg_stats, unnest(most_common_elems::text::text[], most_common_elem_freqs) AS common (token, share)
        WHERE schemaname = current_schema AND tablename = 'ix_idea_search' AND token = ANY (:tokens)
    ) AS stats ON true
    WHERE oid = 'idea'::regclass
""")


def _estimated_frequencies(tokens: Sequence[str]) -> tuple[int, dict[str, int]]:
    """Return the number of ideas and the frequencies of common tokens from PostgreSQL's statistics (last ANALYZE).

    Counting a word that occurs in a tenth of 100,000 ideas reads those rows; for the forty words of a text that took
    seconds.
    """
    rows = db.session.execute(_ESTIMATES, {"tokens": list(tokens)}).all()
    n_ideas = max(rows[0][0], 0)  # -1 before the first ANALYZE
    return n_ideas, {token: max(1, round(share * n_ideas)) for _n, token, share in rows if token is not None}


def _counted_frequencies(tokens: Sequence[str], all_ideas: bool) -> tuple[dict[str, int], int]:
    """Count in how many ideas each token occurs, up to `COMMON_TOKEN_FREQUENCY`, and all ideas if `all_ideas`.

    SQLite counts in its index; PostgreSQL must read the ideas, so there this is for rare tokens only. One statement as
    text: SQLAlchemy took longer to compile forty queries than SQLite to answer them.
    """
    on = _on_postgres()
    one = f"idea WHERE {_VECTOR} @@ CAST(:t{{}} AS tsquery)" if on else "idea_fts WHERE idea_fts MATCH :t{}"
    sources = [one.format(place) for place in range(len(tokens))] + ["idea"] * all_ideas
    limits = [f" LIMIT {COMMON_TOKEN_FREQUENCY}"] * len(tokens) + [""] * all_ideas
    columns = [
        f"(SELECT count(*) FROM (SELECT 1 FROM {source}{limit}) AS found)"  # noqa: S608  (tokens are bound)
        for source, limit in zip(sources, limits, strict=True)
    ]
    quote = _tsquery if on else _fts_query
    values = {f"t{place}": quote([token], "") for place, token in enumerate(tokens)}
    counts = db.session.execute(sa.text("SELECT " + ", ".join(columns)), values).one()
    return dict(zip(tokens, counts[: len(tokens)], strict=True)), counts[-1] if all_ideas else 0


def _candidates(campaign_id: int, tokens: Sequence[str]) -> Sequence[sa.Row[int, str]]:
    if not tokens:
        return ()
    query = _open_ideas(campaign_id).where(containing(tokens, match_all=False))
    return db.session.execute(query.limit(MAX_CANDIDATES + COMMON_TOKEN_FREQUENCY)).all()


def _ideas_by_id(campaign_id: int, idea_ids: Collection[int]) -> Sequence[sa.Row[int, str]]:
    if not idea_ids:
        return ()
    return db.session.execute(_open_ideas(campaign_id).where(Idea.id.in_(idea_ids))).all()


def _open_ideas(campaign_id: int) -> sa.Select[int, str]:
    """Select open ideas. `+ 0` keeps SQLite off the campaign's index: the caller's condition is more selective."""
    query = sa.select(Idea.id, Idea.search_tokens)
    return query.where(Idea.campaign_id + 0 == campaign_id, Idea.state == IdeaState.OPEN)


def _on_postgres() -> bool:
    return db.engine.dialect.name == "postgresql"


def _tsquery(tokens: Sequence[str], operator: str) -> str:
    return operator.join("'" + token.replace("\\", "").replace("'", "''") + "'" for token in tokens)


def _fts_query(tokens: Sequence[str], operator: str) -> str:
    return operator.join('"' + token.replace('"', '""') + '"' for token in tokens)
