"""What the pages of common ground show, put together from a snapshot: a fixed number of statements each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import sqlalchemy as sa

from forum.analysis.opinions.lens import AGE_BANDS, OLDER, REGION, age_gaps
from forum.analysis.opinions.models import OpinionGroup, OpinionSnapshot
from forum.analysis.opinions.queries import (
    IdeaGround,
    age_cells,
    current_snapshot,
    ground_of,
    group_letter,
    group_name,
    ideas_by_ground,
    ideas_set_apart,
    most_dividing,
    sets_apart,
    shown_groups,
)
from forum.analysis.opinions.sentences import agreement_words, difference_words, dividing_words
from forum.analysis.themes.models import Theme, ThemeIdea
from forum.core.disclosure import MIN_PEOPLE_PER_CELL
from forum.core.reference import regions
from forum.voice.ideas.models import Idea

IDEAS_SHOWN = 30
CARDS_SHOWN = 4  # of these with bars; a phone would scroll for ever
NEXT_SHOWN = 4
THEME_SHOWN = 3
GAPS_SHOWN = 4
TELLING = 2  # sentences that say what sets a group apart
MIN_GROUND = 50.0  # per cent: half of those who agree least
MOST_VOTED = 500  # ideas whose age groups are compared: JSON of a campaign's 10,000 would cost more than the page
SPREAD = 1.6  # standard deviations that the ellipse of a group reaches
LOOKS = 5  # colours and shapes of groups; there are at most five groups at a time
MARGIN = 0.08  # of the map on each side, so that what stands at its edge is whole
DOT_SIZES = (4.0, 18.0)  # px, radius of the smallest and of the largest dot


@dataclass(frozen=True)
class ShareRow:
    """A bar of `components/agree_bars.html`.

    :param share: 0..1; None where so few people may not be told. `low` … `high` is its 90 % interval, if known
    :param letter: of a group, with its colour and shape `look`, 1..LOOKS; empty and 0 for other people
    """

    name: str
    share: float | None
    votes: int | None = None
    low: float | None = None
    high: float | None = None
    letter: str = ""
    look: int = 0


@dataclass(frozen=True)
class IdeaLine:
    """An idea with its sentence and its bars. `by_region` are rows of a table: name, votes, share."""

    ground: IdeaGround
    words: str
    rows: Sequence[ShareRow]
    by_region: Sequence[ShareRow] = ()

    @property
    def idea(self) -> Idea:
        return self.ground.idea


@dataclass(frozen=True)
class Dot:
    """People of a group at one place of the picture, in per cent; `radius` in px."""

    x: float
    y: float
    radius: float
    people: int


@dataclass(frozen=True)
class GroupCard:
    """A group as the map and the table show it.

    :param share: 0..1 of the people with enough votes
    :param x: where it stands on the picture, per cent, as all places
    :param sentences: what sets it apart, at most `TELLING`
    """

    number: int
    name: str
    letter: str
    look: int
    size: int
    share: float
    x: float
    y: float
    spread_x: float
    spread_y: float
    dots: Sequence[Dot]
    sentences: Sequence[str]


@dataclass(frozen=True)
class GroundPage:
    """All that the page of a snapshot shows."""

    snapshot: OpinionSnapshot
    groups: Sequence[GroupCard]
    n_hidden_groups: int
    n_undrawn: int
    """People who stand where fewer than five others do; 0 where they are so few that the number would tell of them."""
    backed: Sequence[IdeaLine]
    nearly: Sequence[IdeaLine]
    dividing: Sequence[IdeaLine]
    gaps: Sequence[IdeaLine]
    has_ages: bool
    n_cards: int = CARDS_SHOWN
    """So many ideas of a list are cards, the others short lines."""

    @property
    def has_figures(self) -> bool:
        """Whether enough people take part for anything to be told."""
        return bool(self.groups)


@dataclass(frozen=True)
class ThemeGround:
    """What all groups back and what divides them among a theme's ideas."""

    snapshot: OpinionSnapshot
    backed: Sequence[IdeaLine]
    dividing: Sequence[IdeaLine]


def ground_page(snapshot: OpinionSnapshot) -> GroundPage:
    """Return what the page of a snapshot shows."""
    groups, looks = shown_groups(snapshot), looks_of(snapshot)
    if not groups:
        return GroundPage(snapshot, (), len(snapshot.groups), 0, (), (), (), (), False)
    apart = ideas_set_apart(snapshot)
    dividing = most_dividing(apart.values(), IDEAS_SHOWN)
    backed = ideas_by_ground(snapshot, IDEAS_SHOWN, with_badge=True)
    nearly = ideas_by_ground(snapshot, NEXT_SHOWN + len(apart), with_badge=False, at_least=MIN_GROUND)
    ages = age_cells(snapshot, MOST_VOTED)
    n_undrawn = int(snapshot.map.get("n_hidden", 0))
    return GroundPage(
        snapshot=snapshot,
        groups=[_card(snapshot, group, looks, apart) for group in groups],
        n_hidden_groups=len(snapshot.groups) - len(groups),
        n_undrawn=n_undrawn if n_undrawn >= MIN_PEOPLE_PER_CELL else 0,
        backed=[_line(one, looks) for one in backed],
        nearly=[_line(one, looks) for one in nearly if one.idea.id not in apart][:NEXT_SHOWN],
        dividing=[_line(one, looks, dividing_words(one)) for one in dividing],
        gaps=_gap_lines(snapshot, ages),
        has_ages=any(OLDER in cells and len(cells) > 1 for _idea_id, cells in ages),
    )


def theme_ground(theme: Theme) -> ThemeGround | None:
    """Return what the current snapshot says about a theme's ideas; None where it says nothing.

    At most four statements, one without a snapshot.
    """
    snapshot = current_snapshot(theme.campaign_id)
    if snapshot is None or not shown_groups(snapshot):
        return None
    members, looks = sa.select(ThemeIdea.idea_id).where(ThemeIdea.theme_id == theme.id), looks_of(snapshot)
    backed = ideas_by_ground(snapshot, THEME_SHOWN, idea_ids=members, with_badge=True)
    dividing = most_dividing(ideas_set_apart(snapshot, members).values(), THEME_SHOWN)
    if not backed and not dividing:
        return None
    return ThemeGround(
        snapshot,
        [_line(one, looks) for one in backed],
        [_line(one, looks, dividing_words(one)) for one in dividing],
    )


def looks_of(snapshot: OpinionSnapshot) -> dict[int, int]:
    """Return each shown group's colour and shape, 1..LOOKS: by its number, so that it keeps them, if none has them."""
    taken: dict[int, int] = {}
    for group in shown_groups(snapshot):
        wanted = [(group.number + n) % LOOKS + 1 for n in range(LOOKS)]
        taken[group.number] = next((look for look in wanted if look not in taken.values()), wanted[0])
    return taken


def group_rows(ground: IdeaGround, looks: Mapping[int, int]) -> list[ShareRow]:
    """Return each group's share of agreement on an idea as bars."""
    return [
        ShareRow(one.name, one.share, one.votes, one.low, one.high, group_letter(one.number), looks[one.number])
        for one in ground.groups
    ]


def on_picture(place: float) -> float:
    """Return a place of the map, 0..1, in per cent of the picture."""
    return round(100 * (MARGIN + (1 - 2 * MARGIN) * place), 2)


def _line(ground: IdeaGround, looks: Mapping[int, int], words: str = "") -> IdeaLine:
    return IdeaLine(ground, words, group_rows(ground, looks), _region_rows(ground))


def _region_rows(ground: IdeaGround) -> list[ShareRow]:
    cells, known = ground.score.lens.get(REGION, {}), regions()
    shown = [
        ShareRow(str(known[code].name), agree / votes, votes) for code, (votes, agree) in cells.items() if code in known
    ]
    return sorted(shown, key=lambda row: (-(row.share or 0.0), row.name))


def _gap_lines(snapshot: OpinionSnapshot, ages: Sequence[tuple[int, dict[str, list[int]]]]) -> list[IdeaLine]:
    gaps, cells_of = age_gaps(ages)[:GAPS_SHOWN], dict(ages)
    grounds = ground_of(snapshot, [gap.idea_id for gap in gaps]) if gaps else {}
    lines = []
    for gap in gaps:
        if gap.idea_id not in grounds:
            continue
        young, older = (agree / votes for votes, agree in (gap.young, gap.older))
        words = agreement_words([(str(AGE_BANDS[gap.band]), young), (str(AGE_BANDS[OLDER]), older)])
        lines.append(IdeaLine(grounds[gap.idea_id], words, _age_rows(cells_of[gap.idea_id])))
    return lines


def _age_rows(cells: Mapping[str, Sequence[int]]) -> list[ShareRow]:
    rows = []
    for code, name in AGE_BANDS.items():
        votes, agree = cells.get(code, (0, 0))
        rows.append(ShareRow(str(name), agree / votes, votes) if votes else ShareRow(str(name), None))
    return rows


def _card(
    snapshot: OpinionSnapshot, group: OpinionGroup, looks: Mapping[int, int], apart: Mapping[int, IdeaGround]
) -> GroupCard:
    found = sets_apart(group, apart)[:TELLING]
    return GroupCard(
        number=group.number,
        name=group_name(group.number),
        letter=group_letter(group.number),
        look=looks[group.number],
        size=group.size,
        share=group.size / max(snapshot.n_entering, 1),
        x=on_picture(group.x),
        y=on_picture(group.y),
        spread_x=round(100 * (1 - 2 * MARGIN) * SPREAD * group.spread_x, 2),
        spread_y=round(100 * (1 - 2 * MARGIN) * SPREAD * group.spread_y, 2),
        dots=_dots(snapshot, group.number),
        sentences=[difference_words(one, apart[one.idea].idea.title) for one in found],
    )


def _dots(snapshot: OpinionSnapshot, number: int) -> list[Dot]:
    """Return a group's places as dots whose areas are as its people; groups at one place stand a little beside it."""
    places = snapshot.map.get("places", [])
    if not places:
        return []
    numbers = sorted({group for _x, _y, group, _people in places})
    columns = sorted({x for x, _y, _group, _people in places})
    step = min((right - left for left, right in pairwise(columns)), default=0.3)
    least, most = DOT_SIZES[0], max(DOT_SIZES[0] + 1, min(DOT_SIZES[1], 130 * step))
    largest = max(people for _x, _y, _group, people in places)
    beside = (numbers.index(number) - (len(numbers) - 1) / 2) * step / 4 if number in numbers else 0.0
    return [
        Dot(on_picture(x + beside), on_picture(y), round(max(least, most * math.sqrt(people / largest)), 1), people)
        for x, y, group, people in places
        if group == number
    ]
