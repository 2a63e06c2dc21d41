"""What people said of the promises about a digest's themes, and what they pledged themselves."""

from __future__ import annotations

from collections.abc import Sequence

from forum.analysis.themes.models import Theme
from forum.publication.digests.content import PledgeLine
from forum.response.delivery.queries import two_sides_of_themes
from forum.response.delivery.sides import TwoSides
from forum.response.pledges.models import CheckInOutcome, PledgeBy
from forum.response.pledges.queries import PledgeFigures, figures_of_themes


def sides_of(themes: Sequence[Theme]) -> dict[int, TwoSides]:
    """Return both sides of the themes of which something is done, by theme. Two statements."""
    found = two_sides_of_themes([theme.id for theme in themes])
    return {theme_id: sides for theme_id, sides in found.items() if sides.n_done}


def pledges_of(themes: Sequence[Theme]) -> dict[int, PledgeLine]:
    """Return the pledges of the themes that have any, by theme. Two statements."""
    found = figures_of_themes([theme.id for theme in themes])
    return {theme_id: pledge_line(figures) for theme_id, figures in found.items() if figures.has_some}


def pledge_line(figures: PledgeFigures) -> PledgeLine:
    """Return all kinds of those who pledge, each with its number or hidden: a missing one and a hidden one look alike
    unless no cell is hidden.
    """
    is_whole = figures.n_people is not None
    cells = ((str(one.label), figures.people.get(one, 0 if is_whole else None)) for one in PledgeBy)
    outcomes = ((str(one.label), figures.outcomes.get(one, 0)) for one in CheckInOutcome)
    return PledgeLine(tuple(cells), figures.n_people, tuple(outcomes) if figures.outcomes else ())
