"""What may be shown of a campaign's participants by age and region."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from forum.core.disclosure import MIN_PEOPLE_PER_CELL, hidden_cells, rounded_total
from forum.core.extensions import db
from forum.core.i18n import _
from forum.publication.representation.models import Dimension, ParticipantCount
from forum.publication.representation.population import Population, populations

MIN_PARTICIPANTS = 20  # fewer say nothing about who is missing, and nearly all cells would be hidden
GAP_POINTS = 3  # a smaller difference of two shares is not called one
NAMED_GROUPS = 2


@dataclass(frozen=True)
class Group:
    """An age group or region. Shares are whole percents; `share` is None where it is hidden."""

    name: str
    share: int | None
    population_share: int


@dataclass(frozen=True)
class Breakdown:
    """Participants by one dimension beside the population. Shares are of those who told it."""

    label: str
    groups: tuple[Group, ...]
    untold_share: int | None
    """Share of all participants who did not tell; None if they, or the others, are too few to be shown."""
    in_words: str
    population_as_of: date
    population_source: str

    @property
    def largest_share(self) -> int:
        return max(*(group.share or 0 for group in self.groups), *(group.population_share for group in self.groups), 1)


@dataclass(frozen=True)
class Representation:
    """`people` is rounded down; `breakdowns` holds only dimensions that enough participants told."""

    people: int
    checked_on: date
    breakdowns: tuple[Breakdown, ...]


def representation(campaign_id: int) -> Representation | None:
    """Return who takes part, as last counted; None if nobody counted yet, or too few take part."""
    query = sa.select(ParticipantCount).where(ParticipantCount.campaign_id == campaign_id)
    counts: dict[Dimension, dict[str, int]] = {dimension: {} for dimension in Dimension}
    checked_on = date.min
    for row in db.session.scalars(query):
        counts[row.dimension][row.code] = row.people
        checked_on = row.checked_on
    n_people = sum(counts[Dimension.AGE].values())
    if n_people < MIN_PARTICIPANTS:
        return None
    found = (breakdown(dimension, counts[dimension], populations()[dimension]) for dimension in Dimension)
    return Representation(rounded_total(n_people), checked_on, tuple(one for one in found if one))


def breakdown(dimension: Dimension, counts: dict[str, int], population: Population) -> Breakdown | None:
    """Return one dimension with its small cells hidden; None if too few told it.

    :param counts: people by code; those with an empty code did not tell
    """
    people = {group.code: counts.get(group.code, 0) for group in population.groups}
    untold, told = counts.get("", 0), sum(people.values())
    if told < MIN_PARTICIPANTS:
        return None
    hidden = hidden_cells(people)
    groups = tuple(
        Group(
            group.name,
            None if group.code in hidden else _percent(people[group.code], told),
            _percent(group.people, population.people),
        )
        for group in population.groups
    )
    untold_share = _percent(untold, told + untold) if untold >= MIN_PEOPLE_PER_CELL else None
    words = _in_words(groups, _percent(sum(people[code] for code in hidden), told))
    return Breakdown(str(dimension.label), groups, untold_share, words, population.as_of, population.source)


def _in_words(groups: tuple[Group, ...], hidden_share: int) -> str:
    """Say which groups take part more or less than the population lets expect, the largest difference first.

    :param hidden_share: of all hidden groups together, which is no secret: it is what the others leave
    """
    gaps = [
        (group.population_share - group.share, group)
        for group in groups
        if group.share is not None and abs(group.population_share - group.share) >= GAP_POINTS
    ]
    gaps.sort(key=lambda pair: -abs(pair[0]))
    words = [_gap_in_words(group, gap) for gap, group in gaps[:NAMED_GROUPS]]
    hidden = [group for group in groups if group.share is None]
    if hidden:
        words.append(
            _(
                "%(names)s{은} 수를 숨겼어요. 다 합치면 참여자 가운데 %(share)d%%, 인구 가운데 %(population)d%%.",
                names=", ".join(group.name for group in hidden),
                share=hidden_share,
                population=sum(group.population_share for group in hidden),
            )
        )
    return " ".join(words) or _("참여자의 비율이 인구와 크게 다르지 않아요.")


def _gap_in_words(group: Group, gap: int) -> str:
    values = {"name": group.name, "share": group.share, "population": group.population_share}
    if gap > 0:
        return _(
            "%(name)s{은} 인구보다 적게 참여하고 있어요: 참여자 가운데 %(share)d%%, 인구 가운데 %(population)d%%.",
            **values,
        )
    return _(
        "%(name)s{은} 인구보다 많이 참여하고 있어요: 참여자 가운데 %(share)d%%, 인구 가운데 %(population)d%%.", **values
    )


def _percent(part: int, whole: int) -> int:
    return (200 * part + whole) // (2 * whole)
