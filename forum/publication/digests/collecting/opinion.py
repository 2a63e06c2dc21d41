"""What the campaign's current opinion snapshot says about a digest's ideas, as far as its own page tells it.

Small cells are hidden by the snapshot's own rules (`opinions.queries`, `opinions.lens`); nothing here reads a vote.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from forum.analysis.opinions.lens import AGE, TWENTIES, UNDER_20
from forum.analysis.opinions.models import OpinionGroup, OpinionScore, OpinionSnapshot
from forum.analysis.opinions.queries import (
    IdeaGround,
    current_snapshot,
    group_letter,
    group_name,
    group_shares,
    ideas_set_apart,
    most_dividing,
    sets_apart,
    shown_groups,
)
from forum.analysis.opinions.sentences import difference_words, dividing_words
from forum.core.clock import SEOUL
from forum.core.disclosure import MIN_PEOPLE_PER_CELL
from forum.core.extensions import db
from forum.core.links import link_to
from forum.publication.digests.content import (
    Dividing,
    Ground,
    GroupLine,
    GroupShare,
    Interval,
    OpinionLine,
    support_of,
)

SENTENCES = 2  # of what sets a group apart, as its page shows
DIVIDING_OF_ALL = 5
DIVIDING_OF_THEME = 3
ROWS_PER_FETCH = 1000


@dataclass(frozen=True)
class Opinions:
    """:param snapshot: None where there is none that says anything
    :param young: idea id -> how people under 30 voted on it, where five or more of an age group did
    :param apart: the ideas that set some group apart from the others beyond chance
    """

    snapshot: OpinionSnapshot | None
    grounds: Mapping[int, Ground]
    young: Mapping[int, Interval]
    apart: Mapping[int, IdeaGround]

    def dividing(self, ids: Collection[int] | Mapping[int, Any], limit: int) -> tuple[Dividing, ...]:
        """Return the ideas among these on which the groups are furthest apart."""
        found = most_dividing((one for key, one in self.apart.items() if key in ids), limit)
        return tuple(Dividing(one.idea.id, dividing_words(one)) for one in found)


NOTHING = Opinions(None, {}, {}, {})


def opinions_on(campaign_id: int, ids: sa.Select[int], *, is_narrowed: bool) -> Opinions:
    """Return what the current snapshot says about these ideas; three statements, one without a snapshot.

    :param ids: query of the ideas' ids
    :param is_narrowed: are they only some of the campaign's?
    """
    snapshot = current_snapshot(campaign_id)
    if snapshot is None or not shown_groups(snapshot):
        return NOTHING
    letters = {group.number: group_letter(group.number) for group in snapshot.groups}
    grounds, young = {}, {}
    for row in _scores(snapshot, ids):
        if row.common_ground is not None and row.votes >= MIN_PEOPLE_PER_CELL:
            grounds[row.idea_id] = _ground(snapshot, row, letters)
        backing = _young(row.age or {})
        if backing is not None:
            young[row.idea_id] = backing
    return Opinions(snapshot, grounds, young, ideas_set_apart(snapshot, ids if is_narrowed else None))


def opinion_line(opinions: Opinions, slug: str) -> OpinionLine | None:
    """Return the snapshot with its groups and its map."""
    snapshot = opinions.snapshot
    if snapshot is None or snapshot.number is None:
        return None
    shown = shown_groups(snapshot)
    numbers = {group.number for group in shown}
    return OpinionLine(
        number=snapshot.number,
        votes_cut_at=snapshot.votes_cut_at.astimezone(SEOUL),
        n_people=snapshot.n_people,
        n_entering=snapshot.n_entering,
        groups=tuple(_group(snapshot, group, opinions.apart) for group in shown),
        places=tuple(
            (float(x), float(y), group_letter(number), int(people))
            for x, y, number, people in snapshot.map.get("places", ())
            if number in numbers
        ),
        url=link_to("opinions.show_number", slug=slug, number=snapshot.number),
    )


def _group(snapshot: OpinionSnapshot, group: OpinionGroup, apart: Mapping[int, IdeaGround]) -> GroupLine:
    found = sets_apart(group, apart)[:SENTENCES]
    return GroupLine(
        letter=group_letter(group.number),
        name=group_name(group.number),
        size=group.size,
        share=group.size / max(snapshot.n_entering, 1),
        x=group.x,
        y=group.y,
        spread_x=group.spread_x,
        spread_y=group.spread_y,
        sentences=tuple(difference_words(one, apart[one.idea].idea.title) for one in found),
    )


def _scores(snapshot: OpinionSnapshot, ids: sa.Select[int]) -> Sequence[Any] | Any:
    query = (
        sa.select(
            OpinionScore.idea_id,
            OpinionScore.votes,
            OpinionScore.share,
            OpinionScore.common_ground,
            OpinionScore.low,
            OpinionScore.high,
            OpinionScore.badge,
            OpinionScore.cost_to_win,
            OpinionScore.cost_to_lose,
            OpinionScore.groups,
            OpinionScore.lens[AGE].label("age"),
        )
        .where(OpinionScore.snapshot_id == snapshot.id, OpinionScore.idea_id.in_(ids))
        .order_by(OpinionScore.idea_id)
    )
    return db.session.execute(query, execution_options={"yield_per": ROWS_PER_FETCH})


def _ground(snapshot: OpinionSnapshot, row: Any, letters: Mapping[int, str]) -> Ground:
    return Ground(
        common=Interval(row.common_ground / 100, row.low / 100, row.high / 100),
        share=row.share,
        has_badge=row.badge,
        groups=tuple(
            GroupShare(
                letters[one.number],
                one.votes,
                Interval(one.share, one.low, one.high)
                if one.share is not None and one.low is not None and one.high is not None
                else None,
            )
            for one in group_shares(snapshot, row.groups)
        ),
        cost_to_win=row.cost_to_win,
        cost_to_lose=row.cost_to_lose,
    )


def _young(cells: Mapping[str, Sequence[int]]) -> Interval | None:
    """Return how those under 30 voted, of whom the snapshot shows at least five of an age group."""
    shown = [cells[band] for band in (UNDER_20, TWENTIES) if band in cells]
    return support_of(sum(cell[1] for cell in shown), sum(cell[0] for cell in shown)) if shown else None
