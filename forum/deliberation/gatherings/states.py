"""Move a gathering from state to state: the one place that does it, with its audit entries.

Callers have asked for the permission, have locked the gathering (`queries.lock_gathering`), and commit.
"""

from __future__ import annotations

from datetime import timedelta

from flask import current_app

from forum.core import clock
from forum.core.access import Actor
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.gatherings.models import Gathering, GatheringState
from forum.system.audit.services import record


def mark_started(gathering: Gathering, actor: Actor) -> None:
    """Open the room.

    :raise WrongState: not planned, or started already
    """
    if gathering.state is not GatheringState.PLANNED:
        raise WrongState(_("‘%(state)s’ 상태라서 모임을 시작할 수 없어요.", state=gathering.state.label))
    _move(gathering, GatheringState.RUNNING, actor, "gatherings.start")
    gathering.started_at = clock.now()
    db.session.flush()


def mark_finished(gathering: Gathering, actor: Actor, n_present: int, last_event_id: int) -> None:
    """Close the room. The lists of people are deleted GATHERING_LIST_DAYS later.

    :param n_present: how many people the facilitator counted
    :param last_event_id: the newest vote event that the room's tallies count
    :raise WrongState: not running
    """
    if gathering.state is not GatheringState.RUNNING:
        raise WrongState(_("‘%(state)s’ 상태라서 모임을 마칠 수 없어요.", state=gathering.state.label))
    gathering.n_present, gathering.last_event_id, gathering.finished_at = n_present, last_event_id, clock.now()
    gathering.lists_until = clock.today() + timedelta(days=int(current_app.config["GATHERING_LIST_DAYS"]))
    gathering.join_code = None
    _move(gathering, GatheringState.FINISHED, actor, "gatherings.finish", n_present=n_present)
    db.session.flush()


def _move(gathering: Gathering, state: GatheringState, actor: Actor, act: str, **more: int) -> None:
    before = {"state": gathering.state.value}
    gathering.state, gathering.updated_at = state, clock.now()
    gathering.revision += 1
    record(actor, act, gathering, before=before, after={"state": state.value} | more)
