"""Scorecards in the small world. The council's actor has a seat and scores; citizens are in a people's-forum team."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Role
from forum.core.extensions import db
from forum.deliberation.council.models import GroupKind
from forum.deliberation.rounds.models import CouncilRound, CouncilTask, StageKind, TaskSource
from forum.deliberation.rounds.queries import Member
from forum.deliberation.scorecards.models import Criterion

if TYPE_CHECKING:
    from tests.project.rights.world import World

NOWHERE = 2_000_000_000


def build_scorecards(world: World, hidden: str) -> None:
    """Rounds whose criteria are open and fixed, tasks to score at an open and a closed stage, and a public stage.

    :param hidden: the word of what moderation hid
    """
    make, account = world.make, world.account
    role = account.role if account is not None else None
    term = make.term()
    seat = make.seat(term, account if role is Role.COUNCIL_MEMBER else None)
    other = make.seat(term)
    group = make.council_group(term, [seat, other])
    team = make.council_group(term, kind=GroupKind.TEAM)
    make.team_member(team, account if role is Role.CITIZEN else None)
    planned = make.council_round(term, weights=(100,))
    open_, closed = (make.council_round(term, weights=(100,), present=StageKind.SUBCOMMITTEE) for _ in range(2))
    of_team = make.council_round(term, weights=(100,), present=StageKind.PEOPLE_TEAM)
    proposed = {"source": TaskSource.MEMBER, "proposer_seat_id": seat.id, "has_words": False}
    in_group = {"subcommittee_id": group.id}
    _tasks(world, "own", make.task(open_, **in_group))
    _tasks(world, "with a tie", make.task(open_, **in_group, **proposed))
    _tasks(world, "of the team", make.task(of_team))
    scored = make.task(closed, **in_group)
    asked = {"far_asked_at": clock.now()}
    own = make.scorecard(scored, Member(seat=seat if seat.account_id else make.seat(term)), **asked)
    foreign = make.scorecard(scored, Member(seat=other), **asked)
    make.scorecard(scored, Member(seat=make.seat(term)), reason=hidden, is_hidden=True)
    make.stage_result(closed.present_stage)
    _tasks(world, "closed", scored)
    cards = {"own": own.id, "of others": foreign.id, "missing": NOWHERE}
    stages = {"public": closed.present_stage.id, "open": open_.present_stage.id, "missing": NOWHERE}
    rounds: dict[str, CouncilRound] = {"open": planned, "fixed": open_}
    missing = {"task_id": NOWHERE, "seen": 0, "criterion": NOWHERE}
    world.objects |= {
        **{f"card:{name}": {"card_id": card_id, "seen": 1} for name, card_id in cards.items()},
        **{f"stage:{name}": {"stage_id": stage_id} for name, stage_id in stages.items()},
        **{f"criteria:{name}": {"round_id": one.id, "seen": 1} for name, one in rounds.items()},
        "criteria:missing": {"round_id": NOWHERE, "seen": 1},
        "to score:missing": missing,
    }


def _tasks(world: World, name: str, task: CouncilTask) -> None:
    criterion = db.session.scalars(sa.select(Criterion.id).where(Criterion.round_id == task.round_id)).one()
    world.objects[f"to score:{name}"] = {"task_id": task.id, "seen": 0, "criterion": criterion}
