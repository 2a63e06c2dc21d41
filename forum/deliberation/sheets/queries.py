from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from forum.core.extensions import db
from forum.deliberation.sheets.models import PaperTally


@dataclass(frozen=True)
class PaperTotals:
    """What vote sheets of all gatherings say about an idea. The counts are named as in `IdeaTally`."""

    idea_id: int
    agree: int
    disagree: int
    pass_: int
    n_gatherings: int

    @property
    def votes(self) -> int:
        return self.agree + self.disagree + self.pass_


def paper_totals(idea_ids: Iterable[int] | sa.Select[int]) -> dict[int, PaperTotals]:
    """Return the totals of the ideas that stood on accepted vote sheets, by idea id, with one query.

    :param idea_ids: ids, or where there may be thousands, the query that finds them
    """
    wanted = idea_ids if isinstance(idea_ids, sa.Select) else list(idea_ids)
    if wanted == []:
        return {}
    counts = (sa.func.sum(column) for column in (PaperTally.agree, PaperTally.disagree, PaperTally.pass_))
    query = sa.select(PaperTally.idea_id, *counts, sa.func.count()).where(PaperTally.idea_id.in_(wanted))
    rows = db.session.execute(query.group_by(PaperTally.idea_id))
    return {idea_id: PaperTotals(idea_id, *(int(n) for n in numbers)) for idea_id, *numbers in rows}
