from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import count

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.rooms.models import IdeaRoom
from forum.deliberation.sheets.models import PaperResult, PaperTally, SheetCount
from forum.voice.ideas.models import SHOWN_STATES, Idea


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


@dataclass(frozen=True)
class Slip:
    """A slip that was copied. Its words are empty where the idea is not shown any more.

    number : of the idea on the room's table
    """

    slip_number: int
    number: int
    idea_id: int
    title: str
    body: str
    revision: int
    is_shown: bool


def slip_of(gathering_id: int, slip_number: int) -> Slip | None:
    """Return a slip that was copied; None if it was not."""
    found = _slips(IdeaRoom.gathering_id == gathering_id, IdeaRoom.slip_number == slip_number, limit=1)
    return found[0] if found else None


def newest_slips(gathering_id: int, limit: int = 5) -> list[Slip]:
    """Return the slips that were copied last, the newest first."""
    return _slips(IdeaRoom.gathering_id == gathering_id, IdeaRoom.slip_number.is_not(None), limit=limit)


def get_slip(gathering_id: int, slip_number: int) -> IdeaRoom:
    """Return the place on the table of a slip's idea.

    :raise NotFound: no such slip was copied
    """
    query = sa.select(IdeaRoom).where(IdeaRoom.gathering_id == gathering_id, IdeaRoom.slip_number == slip_number)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound(_("그 번호의 쪽지는 아직 옮겨 적지 않았어요."))
    return found


def slip_numbers(gathering_id: int) -> list[int]:
    """Return the numbers of the slips that were copied, in order."""
    numbers = sa.select(IdeaRoom.slip_number).where(
        IdeaRoom.gathering_id == gathering_id, IdeaRoom.slip_number.is_not(None)
    )
    return [number for number in db.session.scalars(numbers.order_by(IdeaRoom.slip_number)) if number is not None]


def next_slip(used: Collection[int], after: int) -> int:
    """Return the first number after this one that is not used."""
    return next(number for number in count(after + 1) if number not in used)


def get_result(gathering_id: int) -> PaperResult | None:
    """Return the accepted count of a gathering's vote sheets."""
    return db.session.get(PaperResult, gathering_id, populate_existing=True)


def count_of(gathering_id: int, account_id: int | None) -> SheetCount | None:
    """Return somebody's own count."""
    query = sa.select(SheetCount).where(SheetCount.gathering_id == gathering_id, SheetCount.counted_by_id == account_id)
    return db.session.scalar(query.execution_options(populate_existing=True))


def counts_of(gathering_id: int) -> list[SheetCount]:
    """Return all counts of a gathering's sheets, the oldest first."""
    query = sa.select(SheetCount).where(SheetCount.gathering_id == gathering_id)
    ordered = query.order_by(SheetCount.counted_at, SheetCount.id).options(selectinload(SheetCount.rows))
    return list(db.session.scalars(ordered.execution_options(populate_existing=True)))


def tallies_of(gathering_id: int) -> dict[int, PaperTally]:
    """Return the accepted counts by idea id."""
    query = sa.select(PaperTally).where(PaperTally.gathering_id == gathering_id).order_by(PaperTally.idea_id)
    return {tally.idea_id: tally for tally in db.session.scalars(query.execution_options(populate_existing=True))}


def ideas_on_sheets(gathering_id: int) -> dict[int, int]:
    """Return the ideas on a room's table with their numbers: what a count must name, neither more nor less."""
    query = sa.select(IdeaRoom.idea_id, IdeaRoom.number).where(IdeaRoom.gathering_id == gathering_id)
    return {row.idea_id: row.number for row in db.session.execute(query.order_by(IdeaRoom.number))}


def is_counted_on_paper(idea_id: int) -> bool:
    return db.session.scalar(sa.select(sa.exists().where(PaperTally.idea_id == idea_id))) or False


def is_on_counted_sheets(gathering_id: int, idea_id: int) -> bool:
    """Return whether an idea stood on the accepted sheets of a gathering."""
    return db.session.get(PaperTally, (gathering_id, idea_id)) is not None


def n_on_sheets(gathering_id: int) -> int:
    """Return how many people the accepted sheets of a gathering are of; 0 without any."""
    result = get_result(gathering_id)
    return result.n_sheets if result else 0


def _slips(*conditions: sa.ColumnElement[bool], limit: int) -> list[Slip]:
    query = (
        sa.select(IdeaRoom.slip_number, IdeaRoom.number, Idea.id, Idea.title, Idea.body, Idea.revision, Idea.state)
        .join(Idea, Idea.id == IdeaRoom.idea_id)
        .where(*conditions)
        .order_by(IdeaRoom.number.desc())
        .limit(limit)
    )
    slips = []
    for slip_number, number, idea_id, title, body, revision, state in db.session.execute(query):
        is_shown = state in SHOWN_STATES
        words = (title, body) if is_shown else ("", "")
        slips.append(Slip(slip_number or 0, number, idea_id, *words, revision, is_shown))
    return slips
