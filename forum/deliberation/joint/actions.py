"""What people did on their phones in a room, sent at once or half an hour later: each counts exactly once.

The phone gives each action a key. Its row (`RoomAction`) and what it does are one transaction, and a second request
with the same key waits at the row's primary key. What its step does not take any more waits for the facilitator
in `late.py`.

Locks: the gathering, the rows by their keys, then ideas and votes as `voice` locks them.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.database import affected, insert_or_ignore
from forum.core.errors import ForumError, InvalidInput
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.privacy import mask
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.gatherings.queries import lock_gathering
from forum.deliberation.joint.models import ActionKind, ActionState, RoomAction
from forum.deliberation.joint.step import takes_now
from forum.deliberation.rooms.locking import hold_gathering, why_not_open
from forum.deliberation.rooms.models import GatheringEntry, IdeaRoom
from forum.deliberation.rooms.room import own_entry, write_idea
from forum.voice.ideas.services import check_texts
from forum.voice.votes.batches import Row, RowStatus, cast_rows

MAX_ACTIONS = 50
MAX_WAITING = 20
"""Actions of one person that wait for the facilitator."""


class ActionStatus(enum.Enum):
    DONE = "done"
    LATE = "late"
    REFUSED = "refused"
    AGAIN = "again"


@dataclass(frozen=True)
class Action:
    """One action as it was sent.

    key : a UUID, in small letters
    age : how many seconds ago it was done, at most the 7 days of `votes.batches`
    move : the newest move that the phone knew; None outside of a session
    idea_id, value : of a vote: 1 찬성, 0 넘김, −1 반대, or None to clear it
    title, body : of an idea
    wrong : what is wrong with it as it stands, as a sentence
    """

    key: str
    kind: ActionKind = ActionKind.VOTE
    age: float = 0.0
    move: int | None = None
    idea_id: int | None = None
    value: int | None = None
    title: str = ""
    body: str = ""
    wrong: str = ""

    @property
    def done_at(self) -> datetime:
        return clock.now() - timedelta(seconds=self.age)


@dataclass(frozen=True)
class ActionResult:
    """What became of an action.

    was : what became of it the first time, where `status` is AGAIN
    reason : why it was refused, or waits, as a sentence
    """

    key: str
    status: ActionStatus
    reason: str = ""
    was: ActionStatus | None = None


def take_actions(
    gathering: Gathering, actor: Actor, entry_number: int, actions: Sequence[Action], address: str | None = None
) -> list[ActionResult]:
    """Do what somebody did in the room, each by itself: one that is refused stops no other. The caller commits.

    :param entry_number: for which person of the room the phone kept them
    :param address: IP address of the request, for the limit of its network
    :return: one result per action, in their order
    :raise InvalidInput: no actions, or more than `MAX_ACTIONS`
    :raise NotInRoom: not in the room, or not checked in
    :raise Forbidden: another person's
    """
    if not 0 < len(actions) <= MAX_ACTIONS:
        raise InvalidInput({"actions": _("한 번에 1개에서 %(n)s개까지 보낼 수 있어요.", n=MAX_ACTIONS)})
    _require_own(own_entry(gathering, actor), entry_number)
    if any(one.kind is ActionKind.IDEA for one in actions):
        lock_gathering(gathering)  # before the votes: a shared lock that becomes a whole one waits for its like
    else:
        hold_gathering(gathering)
    entry = own_entry(gathering, actor)
    _require_own(entry, entry_number)
    batch = _Batch(gathering, actor, entry, address)
    batch.take(actions)
    return [batch.results[place] for place in range(len(actions))]


class _Batch:
    """The actions of one request while they are done. The gathering is locked."""

    def __init__(self, gathering: Gathering, actor: Actor, entry: GatheringEntry, address: str | None) -> None:
        self.gathering, self.actor, self.entry, self.address = gathering, actor, entry, address
        self.results: dict[int, ActionResult] = {}

    def take(self, actions: Sequence[Action]) -> None:
        table = set(db.session.scalars(sa.select(IdeaRoom.idea_id).where(IdeaRoom.gathering_id == self.gathering.id)))
        closed, firsts = why_not_open(self.gathering), {one.key: n for n, one in reversed(list(enumerate(actions)))}
        for place in sorted(range(len(actions)), key=lambda n: actions[n].key):
            action = actions[place]
            wrong = action.wrong or self._why_not_of_table(action, table)
            if action.key and (firsts[action.key] != place or not self._claim(action, bool(wrong or closed))):
                self.results[place] = self._again(action, closed or wrong)
            elif wrong or closed:
                self._refuse(place, action, wrong or closed)
        claimed = [(place, actions[place]) for place in range(len(actions)) if place not in self.results]
        for kind in ActionKind:
            self._take_kind(kind, [(place, one) for place, one in claimed if one.kind is kind])

    def _take_kind(self, kind: ActionKind, claimed: list[tuple[int, Action]]) -> None:
        if not claimed:
            return
        if not takes_now(self.gathering, kind):
            for place, action in claimed:
                self._keep_for_later(place, action)
        elif kind is ActionKind.IDEA:
            for place, action in claimed:
                self._write(place, action)
        else:
            self._vote(claimed)

    def _why_not_of_table(self, action: Action, table: set[int]) -> str:
        is_elsewhere = action.kind is ActionKind.VOTE and action.idea_id not in table
        return _("이 모임방의 제안이 아니에요.") if is_elsewhere else ""

    def _claim(self, action: Action, only_asks: bool) -> bool:
        """Insert the action's row; return whether it is the first one with its key.

        :param only_asks: it is refused in any case, and nothing is kept of that
        """
        if only_asks:
            return db.session.get(RoomAction, (self.entry.id, action.key)) is None
        row = {
            "entry_id": self.entry.id,
            "key": action.key,
            "gathering_id": self.gathering.id,
            "kind": action.kind,
            "state": ActionState.DONE,
            "move_number": action.move,
            "done_at": action.done_at,
            "received_at": clock.now(),
            "idea_id": action.idea_id,
            "value": action.value,
            "title": "",
            "body": "",
            "refusal": "",
        }
        claim = insert_or_ignore(db.session, RoomAction).values(row).returning(RoomAction.key)
        return db.session.scalar(claim) is not None

    def _again(self, action: Action, closed: str) -> ActionResult:
        kept = db.session.get(RoomAction, (self.entry.id, action.key), populate_existing=True)
        if kept is None:  # twice in this request, and refused
            return ActionResult(action.key, ActionStatus.REFUSED, closed)
        was = {ActionState.LATE: ActionStatus.LATE, ActionState.REFUSED: ActionStatus.REFUSED}
        return ActionResult(action.key, ActionStatus.AGAIN, kept.refusal, was.get(kept.state, ActionStatus.DONE))

    def _write(self, place: int, action: Action) -> None:
        try:
            with db.session.begin_nested():
                placed = write_idea(self.gathering, self.actor, action.title, action.body, self.address)
        except ForumError as error:
            self._forget(action)
            self._refuse(place, action, error.message)
            return
        self._of(action).idea_id = placed.idea_id
        self.results[place] = ActionResult(action.key, ActionStatus.DONE)

    def _vote(self, claimed: list[tuple[int, Action]]) -> None:
        """Cast the votes. Of several on one idea the last one counts: the person has decided anew."""
        latest: dict[int | None, tuple[int, Action]] = {}
        for place, action in sorted(claimed, key=lambda one: (-one[1].age, one[0])):
            latest[action.idea_id] = (place, action)
            self.results[place] = ActionResult(action.key, ActionStatus.DONE)
        wanted = list(latest.values())
        try:
            with db.session.begin_nested():
                rows = [Row(one.idea_id, one.value, one.age) for _place, one in wanted]
                said = [
                    row.reason if row.status is RowStatus.REFUSED else ""
                    for row in cast_rows(self.gathering.campaign, rows, self.actor)
                ]
        except ForumError as error:
            said = [error.message] * len(wanted)
        for (place, action), reason in zip(wanted, said, strict=True):
            if reason:
                self._forget(action)
                self._refuse(place, action, reason)

    def _keep_for_later(self, place: int, action: Action) -> None:
        """Let the action wait for the facilitator, with its words."""
        waiting = sa.select(sa.func.count()).where(
            RoomAction.entry_id == self.entry.id, RoomAction.state == ActionState.LATE
        )
        if (db.session.scalar(waiting) or 0) >= MAX_WAITING:
            self._forget(action)
            self._refuse(place, action, _("진행자가 볼 것이 벌써 많아요. 진행자에게 말해 주세요."))
            return
        kept = self._of(action)
        if action.kind is ActionKind.IDEA:
            try:
                title, body = check_texts(action.title, action.body)
            except InvalidInput as error:
                self._forget(action)
                self._refuse(place, action, error.message)
                return
            kept.title, kept.body = mask(title).text, mask(body).text
        kept.state = ActionState.LATE
        db.session.flush()
        reason = _("이 단계는 벌써 지났어요. 진행자에게 보냈으니, 진행자가 받으면 셈해요.")
        self.results[place] = ActionResult(action.key, ActionStatus.LATE, reason)

    def _refuse(self, place: int, action: Action, reason: str) -> None:
        self.results[place] = ActionResult(action.key, ActionStatus.REFUSED, reason)

    def _forget(self, action: Action) -> None:
        """Take the claim back: what is refused changed nothing, and may be sent again."""
        db.session.delete(self._of(action))
        db.session.flush()

    def _of(self, action: Action) -> RoomAction:
        return db.session.get_one(RoomAction, (self.entry.id, action.key))


def _require_own(entry: GatheringEntry, number: int) -> None:
    require(entry.number == number, _("이 기기에 다른 사람이 담아 둔 것이에요. 그 사람만 보낼 수 있어요."))


def forget_actions(entry_ids: Iterable[int]) -> int:
    """Delete what is kept of these people's actions; what they did stays. The caller commits."""
    of_them = sa.delete(RoomAction).where(RoomAction.entry_id.in_(sorted(entry_ids)))
    return affected(db.session.execute(of_them.execution_options(synchronize_session=False)))
