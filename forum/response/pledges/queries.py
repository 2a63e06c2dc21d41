from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from forum.core.disclosure import hidden_cells
from forum.core.extensions import db
from forum.response.pledges.models import CheckIn, CheckInOutcome, Pledge, PledgeBy, PledgeState


@dataclass(frozen=True)
class PledgeFigures:
    """What people pledged for one theme, as everybody may see it.

    people : how many keep or kept a pledge, by who made it; cells under five, and what would give them away, are
        missing. Somebody with two pledges counts once; a group counts with its size.
    n_people : their sum; None if a cell is hidden
    outcomes : check-ins by outcome; empty while `people` shows nothing
    has_some : is there any pledge, also where no number may be shown?
    """

    people: Mapping[PledgeBy, int] = field(default_factory=dict)
    n_people: int | None = None
    outcomes: Mapping[CheckInOutcome, int] = field(default_factory=dict)
    has_some: bool = False


def figures_of_themes(theme_ids: Sequence[int]) -> dict[int, PledgeFigures]:
    """Return the pledges of each theme, in numbers. Two statements."""
    if not theme_ids:
        return {}
    is_counted = (Pledge.theme_id.in_(theme_ids), Pledge.state != PledgeState.REMOVED)
    largest = sa.func.max(Pledge.group_size)
    kept = (
        sa.select(Pledge.theme_id, Pledge.made_by, Pledge.author_id, Pledge.group_name, largest)
        .where(*is_counted)
        .group_by(Pledge.theme_id, Pledge.made_by, Pledge.author_id, Pledge.group_name)
    )
    people: Mapping[int, Counter[PledgeBy]] = defaultdict(Counter)
    for theme_id, made_by, _author, _name, size in db.session.execute(kept):
        people[theme_id][made_by] += size
    checked = (
        sa.select(Pledge.theme_id, CheckIn.outcome, sa.func.count())
        .join(CheckIn, CheckIn.pledge_id == Pledge.id)
        .where(*is_counted)
        .group_by(Pledge.theme_id, CheckIn.outcome)
    )
    outcomes: Mapping[int, dict[CheckInOutcome, int]] = defaultdict(dict)
    for theme_id, outcome, n in db.session.execute(checked):
        outcomes[theme_id][outcome] = n
    return {theme_id: _shown(people[theme_id], outcomes[theme_id]) for theme_id in theme_ids}


def _shown(people: Mapping[PledgeBy, int], outcomes: Mapping[CheckInOutcome, int]) -> PledgeFigures:
    if not people:
        return PledgeFigures()
    hidden = hidden_cells({made_by: people.get(made_by, 0) for made_by in PledgeBy if people.get(made_by, 0)})
    shown = {made_by: n for made_by, n in people.items() if made_by not in hidden}
    total = sum(people.values()) if not hidden else None
    return PledgeFigures(shown, total, outcomes if shown else {}, has_some=True)
