"""Finding ideas by their words: full text over our own tokens, on whichever database is in use.

Both sides, ideas and questions, pass through the tagger of the analysis, so 재생에너지를 finds 재생에너지. SQLite has
an FTS5 table kept by triggers, PostgreSQL a GIN index over the same column. Every token of a question is quoted: `"`,
`AND` and `a:b` are words like any other.
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
from nlp.text.tokens import SEARCH_TOKENS_VERSION, search_tokens

__all__ = [
    "SEARCH_TOKENS_VERSION",
    "matching",
    "similar_ideas",
    "tokens_of",
    "tokens_of_question",
    "words_in_common",
]

QUESTION_MAX_CHARS = 200
DRAFT_MAX_CHARS = 1_500
TITLE_WEIGHT = 3
DRAFT_TOKENS = 80  # of a draft, at most so many are looked up
TELLING_TOKENS = 10  # and so many of the rarest fetch candidates
FETCHED = 1_000  # ideas that those may fetch together, lest a request read half the forum
COMMON_FROM = 2_000  # a word in so many ideas fetches none: it says little and would cost much
ENOUGH = 0.12  # least cosine of an idea that is shown as similar (docs/analysis.md)
_VECTOR = "array_to_tsvector(array_remove(string_to_array(idea.search_tokens, ' '), ''))"  # as in ix_idea_search


def tokens_of(title: str, body: str) -> str:
    """What `idea.search_tokens` holds: the tokens of both texts, each once, separated by spaces."""
    return " ".join(dict.fromkeys(search_tokens(title) + search_tokens(body)))


def tokens_of_question(question: str) -> list[str]:
    """A question's distinct tokens; empty where it holds no word (only particles, jamo or signs)."""
    return list(dict.fromkeys(search_tokens(question[:QUESTION_MAX_CHARS])))


def matching(tokens: Sequence[str]) -> sa.ColumnElement[bool]:
    """The condition that an idea holds every one of `tokens`. No tokens match nothing."""
    return _holding(tokens, all_of_them=True)


def _holding(tokens: Sequence[str], all_of_them: bool) -> sa.ColumnElement[bool]:
    """One question to the index for all tokens: joined by OR outside of it, they would make SQLite read every idea."""
    if not tokens:
        return sa.false()
    if _on_postgres():
        vector: sa.ColumnElement[Any] = sa.literal_column(_VECTOR)
        return vector.op("@@")(sa.cast(_tsquery(tokens, " & " if all_of_them else " | "), postgresql.TSQUERY))
    return Idea.id.in_(_in_fts(tokens, " AND " if all_of_them else " OR "))


def _in_fts(tokens: Sequence[str], joint: str = " AND ") -> sa.Select[Any]:
    found: sa.Select[Any] = sa.select(sa.column("rowid")).select_from(sa.table("idea_fts"))
    return found.where(sa.column("idea_fts", is_literal=True).op("MATCH")(_fts_query(tokens, joint)))


def similar_ideas(campaign_id: int, title: str, body: str, limit: int = 5) -> list[tuple[int, float]]:
    """Open ideas of a campaign whose words are most like a draft's, best first.

    Words are weighed by how rare they are (log idf), those of the title three times. No model is loaded: this runs in
    the web process while somebody writes, and its cost is bounded however many ideas there are.

    :return: (idea id, score 0..1 as of `words_in_common`), at most `limit`
    """
    scores = words_in_common(campaign_id, title, body)
    ranked = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(idea_id, score) for idea_id, score in ranked if score >= ENOUGH][:limit]


def words_in_common(campaign_id: int, title: str, body: str, also: Collection[int] = ()) -> dict[int, float]:
    """How much open ideas of a campaign have in common with a text, 0..1: those that its rarest words fetch.

    :param also: ids of further ideas that are looked at, whatever their words; those that are not open stay out
    """
    draft = _draft(title[:DRAFT_MAX_CHARS], body[:DRAFT_MAX_CHARS])
    found = [*_holding_any(campaign_id, draft.telling()), *_of(campaign_id, also)]
    return {idea_id: draft.cosine(tokens) for idea_id, tokens in found}


@dataclass(frozen=True)
class _Draft:
    """A text's words that are neither unknown nor everywhere: TF-IDF weights, rarity (log idf), in how many ideas."""

    weights: dict[str, float]
    rarity: dict[str, float]
    frequencies: dict[str, int]

    def telling(self) -> list[str]:
        """The words of most weight, as far as the ideas that they fetch stay within what one request may read."""
        chosen: list[str] = []
        n_fetched = 0
        for token in sorted(self.weights, key=lambda token: (-self.weights[token], token))[:TELLING_TOKENS]:
            if not chosen or n_fetched + self.frequencies[token] <= FETCHED:
                chosen.append(token)
                n_fetched += self.frequencies[token]
        return chosen

    def cosine(self, tokens: str) -> float:
        """Cosine with an idea that holds `tokens`. Those that are not the draft's count as of its mean rarity: looking
        theirs up would cost too much, and leaving them out would put long ideas first."""
        held = set(tokens.split(" "))
        shared = self.weights.keys() & held
        if not shared:
            return 0.0
        product = sum(self.weights[token] * self.rarity[token] for token in shared)
        others = (len(held) - len(shared)) * self._mean_rarity**2
        return product / (self._length * sqrt(others + sum(self.rarity[token] ** 2 for token in shared)))

    @cached_property
    def _length(self) -> float:
        return sqrt(sum(weight**2 for weight in self.weights.values()))

    @cached_property
    def _mean_rarity(self) -> float:
        return sum(self.rarity.values()) / len(self.rarity)


def _draft(title: str, body: str) -> _Draft:
    counts: dict[str, int] = {}
    for text, times in ((title, TITLE_WEIGHT), (body, 1)):
        for token in search_tokens(text):
            counts[token] = counts.get(token, 0) + times
    n_ideas, found = _frequencies([token for token in counts if len(token) > 1][:DRAFT_TOKENS])
    frequencies = {token: n for token, n in found.items() if 0 < n < COMMON_FROM}
    rarity = {token: log(1 + n_ideas / n) for token, n in frequencies.items()}
    return _Draft({token: (1 + log(counts[token])) * rarity[token] for token in rarity}, rarity, frequencies)


def _frequencies(tokens: Sequence[str]) -> tuple[int, dict[str, int]]:
    """How many ideas there are, and in how many of them each token stands, counted up to `COMMON_FROM`."""
    if not tokens:
        return 0, {}
    n_ideas, frequencies = _sampled(tokens) if _on_postgres() else (0, {})
    rest = [token for token in tokens if token not in frequencies]
    counts, counted = _counted(rest, not n_ideas) if rest or not n_ideas else ({}, 0)
    return n_ideas or counted, frequencies | counts


_SAMPLED = sa.text("""
    SELECT reltuples::integer, stats.token, stats.share
    FROM pg_class LEFT JOIN LATERAL (
        SELECT token, share
        FROM pg_stats, unnest(most_common_elems::text::text[], most_common_elem_freqs) AS common (token, share)
        WHERE schemaname = current_schema AND tablename = 'ix_idea_search' AND token = ANY (:tokens)
    ) AS stats ON true
    WHERE oid = 'idea'::regclass
""")


def _sampled(tokens: Sequence[str]) -> tuple[int, dict[str, int]]:
    """What PostgreSQL's own statistics know of the commoner tokens, as of its last ANALYZE. Counting a word that stands
    in a tenth of 100,000 ideas reads those rows, and for a draft's forty words that took seconds."""
    rows = db.session.execute(_SAMPLED, {"tokens": list(tokens)}).all()
    n_ideas = max(rows[0][0], 0)  # -1 before the first ANALYZE
    return n_ideas, {token: max(1, round(share * n_ideas)) for _n, token, share in rows if token is not None}


def _counted(tokens: Sequence[str], all_ideas: bool) -> tuple[dict[str, int], int]:
    """In how many ideas each token stands, up to `COMMON_FROM`, and how many ideas there are if that is asked for.

    SQLite need not look at the ideas themselves; PostgreSQL must, so there this is for rare tokens. One statement as
    text: SQLAlchemy took longer to put forty queries together than SQLite to answer them.
    """
    on = _on_postgres()
    one = f"idea WHERE {_VECTOR} @@ CAST(:t{{}} AS tsquery)" if on else "idea_fts WHERE idea_fts MATCH :t{}"
    asked = [one.format(place) for place in range(len(tokens))] + ["idea"] * all_ideas
    limits = [f" LIMIT {COMMON_FROM}"] * len(tokens) + [""] * all_ideas
    columns = [
        f"(SELECT count(*) FROM (SELECT 1 FROM {what}{limit}) AS found)"  # noqa: S608  (tokens are bound)
        for what, limit in zip(asked, limits, strict=True)
    ]
    quote = _tsquery if on else _fts_query
    values = {f"t{place}": quote([token], "") for place, token in enumerate(tokens)}
    counts = db.session.execute(sa.text("SELECT " + ", ".join(columns)), values).one()
    return dict(zip(tokens, counts[: len(tokens)], strict=True)), counts[-1] if all_ideas else 0


def _holding_any(campaign_id: int, tokens: Sequence[str]) -> Sequence[sa.Row[int, str]]:
    if not tokens:
        return ()
    query = _open_ideas(campaign_id).where(_holding(tokens, all_of_them=False))
    return db.session.execute(query.limit(FETCHED + COMMON_FROM)).all()


def _of(campaign_id: int, idea_ids: Collection[int]) -> Sequence[sa.Row[int, str]]:
    if not idea_ids:
        return ()
    return db.session.execute(_open_ideas(campaign_id).where(Idea.id.in_(idea_ids))).all()


def _open_ideas(campaign_id: int) -> sa.Select[int, str]:
    """`+ 0` keeps SQLite from walking through all of the campaign by its index: what is asked besides is rarer."""
    query = sa.select(Idea.id, Idea.search_tokens)
    return query.where(Idea.campaign_id + 0 == campaign_id, Idea.state == IdeaState.OPEN)


def _on_postgres() -> bool:
    return db.engine.dialect.name == "postgresql"


def _tsquery(tokens: Sequence[str], joint: str) -> str:
    return joint.join("'" + token.replace("\\", "").replace("'", "''") + "'" for token in tokens)


def _fts_query(tokens: Sequence[str], joint: str) -> str:
    return joint.join('"' + token.replace('"', '""') + '"' for token in tokens)
