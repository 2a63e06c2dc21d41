"""All that is published of a campaign's votes at one moment: groups, common ground, badges, differences and a map.

Nothing in it names a person or says who is in which group. The next summary gives groups their old numbers from the
votes they cast as groups, not from a list of people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nlp.opinion.apart import Difference, differences
from nlp.opinion.badge import Badges, badges
from nlp.opinion.cells import Cells, Floats, Labels, membership
from nlp.opinion.common_ground import CommonGround, common_ground
from nlp.opinion.groups import OUTSIDE, OpinionGroups
from nlp.opinion.lowrank import Positions, fit_positions
from nlp.opinion.mixture import mixture_of_counts
from nlp.opinion.placing import drawn_within
from nlp.opinion.routing import gains

MAP_SAMPLE = 20_000  # people from whom the axes of the map are found
MAP_AXES = 2
MAP_GRIDS = ((24, 16), (18, 12), (12, 8), (9, 6), (6, 4), (3, 2))  # columns and rows, the finest first
MAP_TOLD = 0.8  # share of people who stand where enough others do: the finest grid that reaches it is drawn
MAP_EDGE = 0.02  # share of people on each side of an axis who are drawn at its edge
MIN_PEOPLE = 5  # a place of the map with fewer people is not told
MAX_WEIGHT = 20.0  # no vote counts for more than this many times the one that was surest to be shown


@dataclass(frozen=True)
class LastGroups:
    """What is kept of the last summary's groups, by the ideas of the present one.

    :param numbers: (n_groups,) int
    :param sizes: (n_groups,) people
    :param counts: (n_groups, n_ideas, 3) votes that agree, disagree and pass; 0 for new ideas
    :param loadings: (n_ideas, 2) of the last map, NaN for new ideas
    """

    numbers: Labels
    sizes: Floats
    counts: Floats
    loadings: Floats


@dataclass(frozen=True)
class Reweighted:
    """Shares of agreement among votes whose probability of being asked is known, weighted by one over it.

    :param share: (n_ideas,) 0..1, NaN without such a vote
    :param effective_votes: (n_ideas,) as many equal votes as the weights leave (Kish 1965)
    """

    share: Floats
    effective_votes: Floats


@dataclass(frozen=True)
class MapPlace:
    """People at one place of the map. `x` and `y` run from 0 to 1, the middle of a place."""

    x: float
    y: float
    group: int
    people: int


@dataclass(frozen=True)
class OpinionMap:
    """Where people stand, along the two axes that divide them most.

    :param places: those with `MIN_PEOPLE` of one group or more; `n_hidden` is how many people stand elsewhere
    :param centres: (n_groups, 2) 0..1, mean place of each group; `spreads` its standard deviations
    :param positions: axes with each idea's loadings, to place one more person; no people in it
    :param edges: (2, 2) lowest and highest value drawn of each axis
    """

    places: tuple[MapPlace, ...]
    n_hidden: int
    centres: Floats
    spreads: Floats
    positions: Positions
    edges: Floats


@dataclass(frozen=True)
class OpinionSummary:
    """What `summarise` returns.

    :param numbers: (n_groups,) int, ascending; `sizes` the people of each; people with few votes are in none
    :param gain: (n_ideas,) what one more answer tells, see `nlp.opinion.routing`
    :param n_entering: people with enough votes
    :param map: None where nobody enters
    """

    numbers: Labels
    sizes: Floats
    n_entering: int
    ground: CommonGround
    badges: Badges
    apart: tuple[Difference, ...]
    reweighted: Reweighted
    gain: Floats
    map: OpinionMap | None


def summarise(
    cells: Cells,
    *,
    shown: Sequence[Floats] | None = None,
    last: LastGroups | None = None,
    had_badge: Any = None,
    random_state: int = 0,
) -> OpinionSummary:
    """Find the groups of all votes, score each idea and draw the map. Pure: the same input gives the same output.

    :param cells: votes of people × ideas
    :param shown: the probability with which each vote's idea was shown, NaN where it is unknown; one array each for
        agreeing, disagreeing and passing votes, in the order of their matrix
    :param last: the groups of the last summary
    :param had_badge: (n_ideas,) bool, which ideas have the badge; None: none
    """
    found = OpinionGroups(random_state=random_state).fit_cells(cells, _last_labels(cells, last))
    sizes = membership(found.labels_, found.groups_).sum(axis=0)
    ground = common_ground(cells, found.labels_, random_state=random_state)
    given = badges(ground.group_counts, sizes, ground.group_low, ground.worth, had_badge)
    return OpinionSummary(
        numbers=found.groups_,
        sizes=sizes,
        n_entering=int((found.labels_ != OUTSIDE).sum()),
        ground=ground,
        badges=given,
        apart=differences(cells, found.labels_),
        reweighted=reweighted(cells, shown),
        gain=gains(ground.group_counts),
        map=_map(cells, found.labels_, found.groups_, last, random_state),
    )


def reweighted(cells: Cells, shown: Sequence[Floats] | None) -> Reweighted:
    """Weight each vote by one over the probability with which its idea was shown, clipped (Horvitz & Thompson 1952).

    Only ratios count: the surest vote of an idea weighs 1. Votes without a probability are left out.

    :raise ValueError: a probability outside 0..1, or not one for each vote
    """
    n_ideas = cells.shape[1]
    if shown is None:
        return Reweighted(np.full(n_ideas, np.nan), np.zeros(n_ideas))
    surest, ideas, known = np.zeros(n_ideas), [], []
    for kind, probability in zip(cells.kinds, shown, strict=True):
        probability = np.asarray(probability, dtype=np.float64)
        if probability.shape != kind.indices.shape:
            raise ValueError(f"{len(kind.indices)} votes have {probability.shape} probabilities")
        is_known = ~np.isnan(probability)
        ideas.append(kind.indices[is_known])
        known.append(probability[is_known])
        if not bool(((known[-1] > 0) & (known[-1] <= 1)).all()):
            raise ValueError("the probability with which an idea was shown must be above 0 and at most 1")
        np.maximum.at(surest, ideas[-1], known[-1])
    weights = [np.minimum(surest[idea] / one, MAX_WEIGHT) for idea, one in zip(ideas, known, strict=True)]
    total = sum(np.bincount(i, weights=w, minlength=n_ideas) for i, w in zip(ideas, weights, strict=True))
    squares = sum(np.bincount(i, weights=w**2, minlength=n_ideas) for i, w in zip(ideas, weights, strict=True))
    agree = np.bincount(ideas[0], weights=weights[0], minlength=n_ideas)
    with np.errstate(invalid="ignore", divide="ignore"):
        return Reweighted(np.asarray(agree / total), np.nan_to_num(np.asarray(total**2 / squares)))


def _last_labels(cells: Cells, last: LastGroups | None) -> Labels | None:
    """Return the old group that foretells each person's votes best; None where there was none."""
    if last is None or not len(last.numbers):
        return None
    nearest = mixture_of_counts(last.counts, last.sizes).log_weights(cells).argmax(axis=1)
    return np.where(cells.entering(), last.numbers[nearest], OUTSIDE)


def _map(cells: Cells, labels: Labels, groups: Labels, last: LastGroups | None, seed: int) -> OpinionMap | None:
    inside = labels != OUTSIDE
    if not inside.any():
        return None
    cells, labels = cells.rows(inside), labels[inside]
    n_people, rng = len(labels), np.random.default_rng(seed)
    sample = cells if n_people <= MAP_SAMPLE else cells.rows(np.sort(rng.choice(n_people, MAP_SAMPLE, replace=False)))
    positions = _oriented(_two_axes(fit_positions(sample, MAP_AXES, rng)), last)
    places = positions.place(cells)
    edges = np.quantile(places, [MAP_EDGE, 1 - MAP_EDGE], axis=0)
    drawn = drawn_within(places, edges)
    member = membership(labels, groups)
    sizes = np.maximum(member.sum(axis=0), 1)[:, None]
    centres = member.T @ drawn / sizes
    spreads = np.sqrt(np.maximum(member.T @ drawn**2 / sizes - centres**2, 0))
    found = _places(drawn, labels)
    return OpinionMap(found, n_people - sum(one.people for one in found), centres, spreads, positions, edges)


def _two_axes(found: Positions) -> Positions:
    """Fill up with an axis on which nothing differs, where people or ideas are too few for two."""
    missing = MAP_AXES - found.ideas.shape[1]
    if not missing:
        return found
    people = np.pad(found.people, ((0, 0), (0, missing)))
    ideas = np.pad(found.ideas, ((0, 0), (0, missing)))
    return Positions(people, ideas, found.offsets, found.noise, np.pad(found.scale, (0, missing)))


def _oriented(found: Positions, last: LastGroups | None) -> Positions:
    """Turn each axis so that it points where it pointed last time: a map must not flip from one day to the next."""
    if last is None:
        return found
    known = np.isfinite(last.loadings).all(axis=1)
    towards = (found.ideas[known] * last.loadings[known]).sum(axis=0)
    sign = np.where(towards < 0, -1.0, 1.0)
    return Positions(found.people * sign, found.ideas * sign, found.offsets, found.noise, found.scale)


def _places(drawn: Floats, labels: Labels) -> tuple[MapPlace, ...]:
    """Count people by place and group, on the finest grid that leaves few of them out."""
    for columns, rows in MAP_GRIDS:
        found = _counted(drawn, labels, columns, rows)
        if sum(place.people for place in found) >= MAP_TOLD * len(labels):
            break
    return found


def _counted(drawn: Floats, labels: Labels, columns: int, rows: int) -> tuple[MapPlace, ...]:
    """Count people by place and group; leave out where they are few."""
    column = np.minimum((drawn[:, 0] * columns).astype(int), columns - 1)
    row = np.minimum((drawn[:, 1] * rows).astype(int), rows - 1)
    keys, people = np.unique(np.column_stack([labels, column, row]), axis=0, return_counts=True)
    return tuple(
        MapPlace((int(x) + 0.5) / columns, (int(y) + 0.5) / rows, int(group), int(n))
        for (group, x, y), n in zip(keys, people, strict=True)
        if n >= MIN_PEOPLE
    )
