"""Cast votes row by row: each counts or is refused by itself. For votes that waited on a device for the network.

All rows that count are one transaction, with the locks of `services.py` in their order: ideas, votes, tallies.

A row says how many seconds ago it was cast, by one clock, the device's own: so that clock may be wrong. `vote.cast_at`
becomes that moment, since it decides which of a person's votes on an idea is the later one; `vote_event.at` stays the
moment of recording, since a log whose past can be written by whoever sends to it is none. What arrives by the way of a
device can so be told from what was cast at once, also where bursts are looked for.

A clearing leaves nothing but its event, so it counts from when it was recorded. A vote that was cast on a second device
after a clearing but arrives after it, both without network, is therefore taken for older: the person is told.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.database import LabelledEnum
from forum.core.errors import InvalidInput
from forum.core.i18n import _, _l
from forum.voice.campaigns.models import Campaign, PhaseKind
from forum.voice.campaigns.queries import require_open
from forum.voice.ideas.models import IdeaState
from forum.voice.votes.permissions import can_vote, why_not_vote
from forum.voice.votes.queries import LockedIdea, lock_ideas
from forum.voice.votes.services import Ballot, VoteResult, told_if_excluded, vote_results, write_ballots
from forum.voice.votes.shown import DAY_SECONDS, read_shown
from forum.voice.votes.told import note_told

MAX_ROWS = 50
MAX_AGE_DAYS = 7
MAX_AGE_SECONDS = MAX_AGE_DAYS * DAY_SECONDS


class Refusal(LabelledEnum):
    """Why a row does not count. The label is what the person reads."""

    IDEA = "idea"
    VALUE = "value"
    AGE = "age"
    TOO_OLD = "too_old"
    REPEATED = "repeated"
    NOT_FOUND = "not_found"
    """Hidden ones too: whether an idea is hidden is told to nobody."""
    MERGED = "merged"
    WITHDRAWN = "withdrawn"
    EXCLUDED = "excluded"

    __labels__ = {
        IDEA: _l("제안의 번호가 아니에요."),
        VALUE: _l("찬성, 반대, 넘김 가운데 하나를 골라 주세요."),
        AGE: _l("언제 한 투표인지 알 수 없어요."),
        TOO_OLD: _l("투표한 지 7일이 지나 받을 수 없어요."),
        REPEATED: _l("같은 제안이 두 번 있어서, 어느 투표가 맞는지 알 수 없어요."),
        NOT_FOUND: _l("이 포럼에 그런 제안이 없어요."),
        MERGED: _l("다른 제안과 합쳐진 제안에는 투표할 수 없어요."),
        WITHDRAWN: _l("비공개 상태인 제안에는 투표할 수 없어요."),
        EXCLUDED: _l("이 포럼에서 한 내 투표는 집계에서 뺐어요. 알림에서 까닭을 보고 이의를 낼 수 있어요."),
    }


class RowStatus(enum.Enum):
    CAST = "cast"
    OLDER = "older"
    REFUSED = "refused"


@dataclass(frozen=True)
class Row:
    """One row of a batch as it was sent.

    idea_id : None where it names none
    value : 1 찬성, 0 넘김, −1 반대, or None to clear the vote
    age : how many seconds ago it was cast, 0 to `MAX_AGE_SECONDS`
    shown : the token of `shown.py`; empty where no draw showed the idea
    is_first : the page showed the idea as one that comes first, with the notice that belongs to it
    refusal : what is wrong with it already as it stands
    """

    idea_id: int | None
    value: int | None = None
    age: float = 0.0
    shown: str = ""
    is_first: bool = False
    refusal: Refusal | None = None


@dataclass(frozen=True)
class RowResult:
    """What became of a row.

    result : the present vote and tally, unless the row was refused
    """

    idea_id: int | None
    status: RowStatus
    result: VoteResult | None = None
    refusal: Refusal | None = None

    @property
    def reason(self) -> str:
        return self.refusal.label if self.refusal else ""


def cast_rows(campaign: Campaign, rows: Sequence[Row], actor: Actor) -> list[RowResult]:
    """Set the actor's votes, each by itself. The caller commits.

    A vote that the person has changed or cleared since it was cast stays without effect.

    :return: one result per row, in their order
    :raise InvalidInput: no rows, or more than `MAX_ROWS`
    :raise Forbidden: not a citizen or facilitator who may take part
    :raise WrongState: the campaign's voting phase is not open
    """
    require(can_vote(actor), why_not_vote(actor))
    assert actor.participant_id is not None
    if not 0 < len(rows) <= MAX_ROWS:
        raise InvalidInput({"votes": _("한 번에 1개에서 %(n)s개까지 보낼 수 있어요.", n=MAX_ROWS)})
    require_open(campaign, PhaseKind.VOTING)
    times = Counter(row.idea_id for row in rows)
    # Of an idea that stands twice neither row counts: which one comes last in a list says nothing about what is meant.
    wanted = {row.idea_id: row for row in rows if row.idea_id and not row.refusal and times[row.idea_id] == 1}
    first = [idea_id for idea_id, row in sorted(wanted.items()) if row.is_first and row.value is not None]
    if first:
        note_told(campaign, actor, first)  # before the ideas are locked, as in the queue
    ideas = lock_ideas(campaign, sorted(wanted), actor.participant_id)
    ballots = {
        idea_id: _ballot(actor.participant_id, idea_id, wanted[idea_id], ideas[idea_id])
        for idea_id in sorted(ideas)
        if not ideas[idea_id].why_not
    }
    with told_if_excluded():
        written = write_ballots(actor.participant_id, ballots)
    present = {i: written.old[i] if i in written.overtaken else ballot.value for i, ballot in ballots.items()}
    results = {result.idea_id: result for result in vote_results(present)}

    def result_of(row: Row) -> RowResult:
        refusal = row.refusal or _why_refused(row.idea_id, times, ideas)
        if refusal or row.idea_id is None:
            return RowResult(row.idea_id, RowStatus.REFUSED, refusal=refusal)
        status = RowStatus.OLDER if row.idea_id in written.overtaken else RowStatus.CAST
        return RowResult(row.idea_id, status, results[row.idea_id])

    return [result_of(row) for row in rows]


def _ballot(participant_id: int, idea_id: int, row: Row, idea: LockedIdea) -> Ballot:
    """Return what is to be written. A device's clock that was set in between makes no vote older than its idea."""
    shown = read_shown(row.shown, participant_id, idea_id, row.age) if row.shown else None
    cast_at = max(clock.now() - timedelta(seconds=row.age), idea.takes_votes_since) if row.age else None
    return Ballot(row.value, shown, cast_at)


def _why_refused(
    idea_id: int | None, times: Mapping[int | None, int], ideas: Mapping[int, LockedIdea]
) -> Refusal | None:
    if idea_id is None:
        return Refusal.IDEA
    if times[idea_id] > 1:
        return Refusal.REPEATED
    if idea_id not in ideas:
        return Refusal.NOT_FOUND
    state = ideas[idea_id].state
    if state is not IdeaState.OPEN:
        return Refusal(state.value.lower())
    return Refusal.EXCLUDED if ideas[idea_id].is_excluded else None
