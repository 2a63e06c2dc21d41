"""What pages of lower wings show of rooms and paper: lists of ideas, a theme's page, the analysts' page of a theme."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from forum.analysis.themes.models import Theme, ThemeIdea
from forum.deliberation.rooms.queries import RoomOfIdea, rooms_of
from forum.deliberation.sheets.queries import paper_totals
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import Idea, IdeaState


@dataclass(frozen=True)
class GatheringCount:
    """:param n_ideas: of the theme, born in this gathering"""

    gathering_id: int
    title: str
    n_ideas: int


@dataclass(frozen=True)
class PaperSum:
    """Marks on vote sheets for all ideas of a theme. The counts are named as in `VoteSums`."""

    agree: int
    disagree: int
    pass_: int


@dataclass(frozen=True)
class ThemeRooms:
    """Which ideas of a theme were born in rooms, and what vote sheets said of all its ideas.

    gatherings : those with the most ideas first
    paper : None where no sheet has a mark for one of its ideas
    """

    of_ideas: Mapping[int, RoomOfIdea]
    gatherings: Sequence[GatheringCount]
    paper: PaperSum | None

    @property
    def n_ideas(self) -> int:
        return len(self.of_ideas)


def theme_rooms(theme: Theme) -> ThemeRooms:
    """Return the rooms of a theme's ideas and its paper, of the ideas that `vote_sums` counts. Two statements."""
    ids = _counted_ideas(theme)
    rooms, paper = rooms_of(ids), paper_totals(ids).values()
    titles = {room.gathering_id: room.title for room in rooms.values()}
    counts = Counter(room.gathering_id for room in rooms.values())
    order = sorted(counts, key=lambda key: (-counts[key], key))
    summed = PaperSum(
        sum(one.agree for one in paper), sum(one.disagree for one in paper), sum(one.pass_ for one in paper)
    )
    return ThemeRooms(
        rooms,
        [GatheringCount(key, titles[key], counts[key]) for key in order],
        summed if any(one.votes for one in paper) else None,
    )


def rooms_in_theme(theme: Theme) -> Mapping[int, RoomOfIdea]:
    """Return the rooms of a theme's ideas, by idea id. One statement."""
    return rooms_of(_counted_ideas(theme))


def rooms_in_list(about: tuple[Campaign, Sequence[int]]) -> Mapping[int, RoomOfIdea]:
    """Return the rooms of the ideas of a page of a list, by idea id. One statement."""
    return rooms_of(about[1])


def _counted_ideas(theme: Theme) -> sa.Select[int]:
    return (
        sa.select(ThemeIdea.idea_id)
        .join(Idea, Idea.id == ThemeIdea.idea_id)
        .where(ThemeIdea.theme_id == theme.id, Idea.state != IdeaState.HIDDEN)
    )
