"""Rounds of the council in the small world. The council's actor is its civil chair; nobody else there holds a seat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.access import Role
from forum.core.extensions import db
from forum.deliberation.council.models import CouncilTerm
from forum.deliberation.rounds.models import CouncilRound, StageKind, StageState, TaskSource, TaskState
from forum.voice.ideas.models import IdeaState

if TYPE_CHECKING:
    from tests.project.rights.world import World

NOWHERE = 2_000_000_000


def build_rounds(world: World, hidden: str, draft: str) -> CouncilTerm:
    """A term, rounds that are planned, collecting, closed and decided, and tasks in each state.

    :param hidden: the word of what moderation hid; `draft` of what is not public yet
    """
    make, is_member = world.make, world.account is not None and world.account.role is Role.COUNCIL_MEMBER
    term = make.term()
    chair = make.seat(term, world.account if is_member else None, is_chair=True)
    group = make.council_group(term, [chair])
    campaign = make.campaign()
    planned = make.council_round(term, campaign, present=None, title=draft)
    listing, closed = (make.council_round(term, campaign) for _ in range(2))
    stage = closed.stage(StageKind.LONG_LIST)
    stage.state, stage.closed_at = StageState.CLOSED, clock.now()
    weighed = make.task(closed)
    theme = make.theme(campaign, [make.idea(campaign)], state=ThemeState.APPROVED)
    minutes = make.gathering_minutes(make.gathering(state="FINISHED", campaign=campaign, n_present=8))
    offered = {"theme": theme.id, "idea": make.idea(campaign).id, "minutes": minutes.id}
    world.objects |= {
        "term:present": {"number": term.number, "forum": campaign.slug},
        "term:missing": {"number": NOWHERE, "forum": campaign.slug},
        "round:planned": {"round_id": planned.id, "seen": 1} | offered,
        "round:collecting": {"round_id": listing.id, "seen": 1} | offered,
        "round:closed": {"round_id": closed.id, "seen": 1, "going_on": weighed.id} | offered,
        "round:decided": {"round_id": _decided(world, term).id, "seen": 1, "going_on": weighed.id} | offered,
        "round:missing": {"round_id": NOWHERE, "seen": 1, "going_on": NOWHERE} | offered,
    }
    shown, gone = make.idea(campaign), make.idea(campaign, state=IdeaState.HIDDEN, title=hidden, body=hidden)
    target = make.task(listing)
    own: dict[str, Any] = {"source": TaskSource.MEMBER, "proposer_seat_id": chair.id, "has_words": False}
    tasks = {
        "of ideas": make.task(listing, [shown, gone]),
        "of the chair": make.task(listing, **own),
        "merged": make.task(listing, state=TaskState.MERGED, merged_into_id=target.id, reason="같은 일이에요."),
    }
    more = {"group": group.id, "into": target.id, "seen": 1}
    world.objects |= {f"task:{name}": {"task_id": task.id} | more for name, task in tasks.items()}
    world.objects["task:missing"] = {"task_id": NOWHERE} | more
    return term


def _decided(world: World, term: CouncilTerm) -> CouncilRound:
    """A round whose assembly has decided and whose result nobody has signed."""
    round_ = world.make.council_round(term, present=StageKind.ASSEMBLY)
    world.make.task(round_)
    stage = round_.stage(StageKind.ASSEMBLY)
    stage.state, stage.closed_at, stage.decided_at = StageState.DECIDED, clock.now(), clock.now()
    db.session.flush()
    return round_
