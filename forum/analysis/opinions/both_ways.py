"""What common ground would be with the votes that moderators have excluded, as a snapshot keeps both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from forum.analysis.opinions.models import OpinionScore
from forum.analysis.opinions.queries import current_snapshot
from forum.core.disclosure import MIN_PEOPLE_PER_CELL
from forum.core.extensions import db
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import Idea, IdeaState

LINES_SHOWN = 30
TELLING = 1.0  # per cent; smaller differences are no news


@dataclass(frozen=True)
class GroundLine:
    """An idea whose common ground, in whole per cent, or badge would be another."""

    idea: Idea
    without: int
    with_them: int
    had_badge: bool
    would_have_badge: bool


@dataclass(frozen=True)
class GroundBothWays:
    """What a snapshot says with and without excluded votes.

    :param is_shown: they are those of five people or more
    :param n_hidden: ideas on which fewer than five of these voted: their difference would tell of them
    """

    number: int
    is_shown: bool
    lines: Sequence[GroundLine] = ()
    n_hidden: int = 0


def ground_both_ways(campaign: Campaign) -> GroundBothWays | None:
    """Return what the current snapshot says both ways, in two statements; None where it leaves no votes out."""
    snapshot = current_snapshot(campaign.id)
    if snapshot is None or snapshot.number is None or "excluded" not in snapshot.parameters:
        return None
    if snapshot.parameters["excluded"]["people"] < MIN_PEOPLE_PER_CELL:
        return GroundBothWays(snapshot.number, False)
    query = (
        sa.select(Idea, OpinionScore.common_ground, OpinionScore.badge, OpinionScore.with_excluded)
        .join(Idea, Idea.id == OpinionScore.idea_id)
        .where(OpinionScore.snapshot_id == snapshot.id, Idea.state == IdeaState.OPEN)
        .order_by(OpinionScore.idea_id)
    )
    lines, n_hidden = [], 0
    for idea, ground, badge, other in db.session.execute(query):
        if other is None or 0 < other["excluded"] < MIN_PEOPLE_PER_CELL:
            n_hidden += other is not None
        elif ground is not None and other["common_ground"] is not None:
            difference = abs(other["common_ground"] - ground)
            if badge != other["badge"] or difference >= TELLING:
                line = GroundLine(idea, round(ground), round(other["common_ground"]), badge, other["badge"])
                lines.append((badge == other["badge"], -difference, idea.id, line))
    return GroundBothWays(snapshot.number, True, [line for *_order, line in sorted(lines)][:LINES_SHOWN], n_hidden)
