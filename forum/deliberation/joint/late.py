"""Actions whose step had ended when they arrived: the facilitator accepts or refuses each.

An idea is shown with its words. Of a vote only the idea is shown, neither how nor who voted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Actor, accountable_id
from forum.core.database import affected
from forum.core.errors import NotFound, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.gatherings.queries import lock_gathering
from forum.deliberation.joint.actions import forget_actions
from forum.deliberation.joint.models import ActionKind, ActionState, JointMove, JointRoom, JointStep, RoomAction
from forum.deliberation.rooms.checkin import require_runner
from forum.deliberation.rooms.locking import require_running
from forum.deliberation.rooms.models import GatheringEntry
from forum.deliberation.rooms.permissions import can_act_in_room
from forum.deliberation.rooms.room import write_idea
from forum.people.accounts.models import Participant
from forum.people.passes.actor import guest_of
from forum.people.passes.services import lock_pass
from forum.system.audit.services import record
from forum.voice.ideas.models import Idea
from forum.voice.votes.batches import Row, RowStatus, cast_rows

KEPT_DAYS = 7
"""Days after which actions that are decided are deleted: no phone sends them a second time then."""


@dataclass(frozen=True)
class LateAction:
    """An action as the facilitator sees it.

    number : of an idea's writer in the room; None for votes
    title, body : an idea's words; of a vote, the title of the idea
    step : title of the step that the phone showed when it was done; empty where it knew none
    """

    action: RoomAction
    number: int | None
    title: str
    body: str
    step: str = ""


def late_actions(gathering_id: int) -> list[LateAction]:
    """Return what waits for the facilitator, oldest first."""
    query = (
        sa.select(RoomAction, GatheringEntry.number, Idea.title, JointStep.title)
        .join(GatheringEntry, GatheringEntry.id == RoomAction.entry_id)
        .outerjoin(Idea, Idea.id == RoomAction.idea_id)
        .outerjoin(JointRoom, JointRoom.gathering_id == RoomAction.gathering_id)
        .outerjoin(JointMove, _is_move_of_phone)
        .outerjoin(
            JointStep, sa.and_(JointStep.session_id == JointMove.session_id, JointStep.position == JointMove.position)
        )
        .where(RoomAction.gathering_id == gathering_id, RoomAction.state == ActionState.LATE)
        .order_by(RoomAction.received_at, RoomAction.key)
    )
    return [
        LateAction(one, None, title or "", "", step or "")
        if one.kind is ActionKind.VOTE
        else LateAction(one, number, one.title, one.body, step or "")
        for one, number, title, step in db.session.execute(query)
    ]


def n_late(gathering_id: int) -> int:
    query = sa.select(sa.func.count()).select_from(RoomAction)
    return db.session.scalar(query.where(RoomAction.gathering_id == gathering_id, _WAITS)) or 0


def own_late(gathering: Gathering, actor: Actor) -> list[tuple[RoomAction, str]]:
    """Return what a person sent too late, with the title it has now: what waits, and what was decided."""
    if actor.participant_id is None:
        return []
    query = (
        sa.select(RoomAction, Idea.title)
        .join(GatheringEntry, GatheringEntry.id == RoomAction.entry_id)
        .outerjoin(Idea, Idea.id == RoomAction.idea_id)
        .where(
            GatheringEntry.gathering_id == gathering.id,
            _is_of(actor.participant_id),
            RoomAction.state != ActionState.DONE,
        )
        .order_by(RoomAction.received_at, RoomAction.key)
    )
    return [(one, one.title or title or "") for one, title in db.session.execute(query)]


def decide_late(gathering: Gathering, actor: Actor, entry_id: int, key: str, accepts: bool) -> bool:
    """Accept an action, which is then done in the person's name, or refuse it. The caller commits.

    A vote counts from when it was cast, so it does not replace what the person decided since.

    :return: `accepts`
    :raise Forbidden: neither the organiser nor a helper, nor the device that stands in
    :raise NotFound: no such action in this room
    :raise WrongState: decided already; or, to accept it, the room has ended or the person is not in it any more
    :raise ForumError: the forum cannot take it, as `submit_idea` and `cast_votes` say
    """
    require_runner(gathering, actor)
    lock_gathering(gathering)
    require_runner(gathering, actor)
    action = _lock_action(gathering, entry_id, key)
    kind, entry = action.kind, db.session.get_one(GatheringEntry, entry_id, populate_existing=True)
    decided_by = accountable_id(actor)  # now: a query between the lines below would write half a decision
    if accepts:
        require_running(gathering)
        _do(gathering, action, entry)
    action.state = ActionState.ACCEPTED if accepts else ActionState.REFUSED
    action.refusal = "" if accepts else _("진행자가 받지 않았어요.")
    action.title = action.body = ""
    action.decided_at, action.decided_by_id = clock.now(), decided_by
    # Who voted stays unsaid, also here.
    after = {"kind": kind.value} | ({"number": entry.number} if kind is ActionKind.IDEA else {})
    record(actor, "joint.accept_late" if accepts else "joint.refuse_late", gathering, after=after)
    db.session.flush()
    return accepts


def forget_old_actions() -> int:
    """Delete actions that were decided days ago; return how many. The caller commits."""
    is_old = RoomAction.received_at < clock.now() - timedelta(days=KEPT_DAYS)
    old = sa.delete(RoomAction).where(RoomAction.state != ActionState.LATE, is_old)
    return affected(db.session.execute(old.execution_options(synchronize_session=False)))


def delete_actions_of(gathering: Gathering) -> int:
    """Delete all actions of a gathering, also undecided ones, with its lists. The caller commits."""
    of_room = sa.delete(RoomAction).where(RoomAction.gathering_id == gathering.id)
    return affected(db.session.execute(of_room.execution_options(synchronize_session=False)))


def forget_actions_of_person(participant_id: int) -> None:
    """Delete a person's actions, before their entries lose them. The caller locks them, and commits."""
    forget_actions(db.session.scalars(sa.select(GatheringEntry.id).where(_is_of(participant_id))).all())


def hand_over_actions(from_participant: int, to_participant: int) -> None:
    """Move a guest's actions to the account's own entry in the same room, before the entries become one."""
    own = {one.gathering_id: one.id for one in _entries(to_participant)}
    for entry in _entries(from_participant):
        if entry.gathering_id in own:
            moved = sa.update(RoomAction).where(RoomAction.entry_id == entry.id)
            moved = moved.values(entry_id=own[entry.gathering_id])
            db.session.execute(moved.execution_options(synchronize_session=False))


def has_actions(entry: GatheringEntry) -> bool:
    return bool(db.session.scalar(sa.select(sa.exists().where(RoomAction.entry_id == entry.id))))


_is_move_of_phone = sa.and_(JointMove.session_id == JointRoom.session_id, JointMove.number == RoomAction.move_number)
_WAITS = RoomAction.state == ActionState.LATE


def _entries(participant_id: int) -> Sequence[GatheringEntry]:
    query = sa.select(GatheringEntry).where(_is_of(participant_id)).order_by(GatheringEntry.id)
    return db.session.scalars(query).all()


def _is_of(participant_id: int) -> sa.ColumnElement[bool]:
    return GatheringEntry.participant_id == participant_id


def _lock_action(gathering: Gathering, entry_id: int, key: str) -> RoomAction:
    query = sa.select(RoomAction).where(RoomAction.entry_id == entry_id, RoomAction.key == key).with_for_update()
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None or found.gathering_id != gathering.id:
        raise NotFound(_("늦게 온 것 가운데 그런 것이 없어요."))
    if found.state is not ActionState.LATE:
        raise WrongState(_("그사이에 벌써 정했어요. 지금 목록을 확인해 주세요."))
    return found


def _do(gathering: Gathering, action: RoomAction, entry: GatheringEntry) -> None:
    actor = _actor_of(entry)
    if action.kind is ActionKind.IDEA:
        action.idea_id = write_idea(gathering, actor, action.title, action.body).idea_id
        return
    age = max((clock.now() - action.done_at).total_seconds(), 0.0)
    [row] = cast_rows(gathering.campaign, [Row(action.idea_id, action.value, age)], actor)
    if row.status is RowStatus.REFUSED:
        raise WrongState(row.reason)


def _actor_of(entry: GatheringEntry) -> Actor:
    """Return the person of an entry, to act in their name.

    :raise WrongState: they have left, or are not checked in any more
    """
    participant = db.session.get(Participant, entry.participant_id) if entry.participant_id else None
    if participant is None or not can_act_in_room(entry):
        raise WrongState(_("이 사람은 이제 모임방에 없어서 받을 수 없어요."))
    if participant.account is not None:
        return participant.account
    assert entry.guest_pass is not None
    return guest_of(lock_pass(entry.guest_pass))
