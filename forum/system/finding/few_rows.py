"""Search of tables with some thousand rows, which need no index of their own.

The database picks the rows in which a word stands as a piece of the text; their tokens are compared here. A process
keeps the tokens of a text, so that each text is split once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from forum.core.extensions import db
from forum.system.finding.search import MAX_RANKED, Candidate, Hit, SearchWords, inverse_frequencies, token_set

MAX_LOOKED_UP = 20  # words that rows are picked by


def rank_rows(words: SearchWords, query: sa.Select[Any, Any, Any], readable: Callable[[str], str] = str) -> list[Hit]:
    """Return the rows with the words, best first.

    :param query: selects columns named `id`, `title` and `text`, of what visitors may see
    :param readable: returns a text as it is shown, such as without marks for links
    """
    candidates = _candidates(words, query, readable) if words.required else []
    frequencies = {token: sum(token in one.tokens for one in candidates) for token in words.tokens}
    return words.rank(candidates, inverse_frequencies(len(candidates), frequencies))


def _candidates(words: SearchWords, query: sa.Select[Any, Any, Any], readable: Callable[[str], str]) -> list[Candidate]:
    rows = query.subquery()
    whole = sa.func.replace(rows.c.title + sa.literal(" ") + rows.c.text, " ", "")
    holds = [whole.ilike(f"%{token}%") for token in words.required[:MAX_LOOKED_UP]]  # tokens are letters and digits
    n_held = sum((sa.case((one, 1), else_=0) for one in holds), start=sa.literal(0))
    picked = sa.select(rows.c.id, rows.c.title, rows.c.text).where(sa.or_(*holds))
    found = db.session.execute(picked.order_by(n_held.desc(), rows.c.id.desc()).limit(MAX_RANKED + 1))
    return [Candidate(row.id, row.title, _tokens(readable(f"{row.title}\n{row.text}"))) for row in found]


@lru_cache(maxsize=4_096)
def _tokens(text: str) -> frozenset[str]:
    return token_set(text)
