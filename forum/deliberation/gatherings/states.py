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
from forum.deliberation.gatherings.facts import GATHERINGS
from forum.deliberation.gatherings.models import Gathering, GatheringState
from forum.deliberation.gatherings.pausing import require_not_paused
from forum.system.audit.services import record


def mark_started(gathering: Gathering, actor: Actor) -> None:
    """Open the room.

    :raise WrongState: not planned, started already, or gatherings pause
    """
    require_not_paused()
    if gathering.state is not GatheringState.PLANNED:
        raise WrongState(_("‘%(state)s’ 상태라서 모임을 시작할 수 없어요.", state=gathering.state.label))
    gathering.started_at = clock.now()
    _move(gathering, GatheringState.RUNNING, actor, "gatherings.start")


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


def mark_announced(gathering: Gathering, actor: Actor, join_code: str) -> None:
    """Let people register.

    :raise WrongState: no draft
    """
    if gathering.state is not GatheringState.DRAFT:
        raise WrongState(_("‘%(state)s’ 상태라서 모임을 알릴 수 없어요.", state=gathering.state.label))
    gathering.join_code, gathering.announced_at = join_code, clock.now()
    _move(gathering, GatheringState.PLANNED, actor, "gatherings.announce")
    db.session.flush()


def mark_cancelled(gathering: Gathering, actor: Actor, reason: str, **more: int) -> None:
    """Call it off, before its start or while it runs. The lists of people are deleted GATHERING_LIST_DAYS later.

    :param more: counts for the audit, such as how many had registered
    :raise WrongState: a draft, or ended already
    """
    if gathering.state not in {GatheringState.PLANNED, GatheringState.RUNNING}:
        raise WrongState(_("‘%(state)s’ 상태라서 모임을 취소할 수 없어요.", state=gathering.state.label))
    gathering.cancel_reason, gathering.cancelled_at, gathering.join_code = reason, clock.now(), None
    gathering.lists_until = clock.today() + timedelta(days=int(current_app.config["GATHERING_LIST_DAYS"]))
    _move(gathering, GatheringState.CANCELLED, actor, "gatherings.cancel", **more)
    db.session.flush()


def _move(gathering: Gathering, state: GatheringState, actor: Actor, act: str, **more: int) -> None:
    before = {"state": gathering.state.value}
    gathering.state, gathering.updated_at = state, clock.now()
    gathering.revision += 1
    facts = GATHERINGS.of([gathering.id])
    record(actor, act, gathering, before=before, after={"state": state.value} | more, facts=facts)
