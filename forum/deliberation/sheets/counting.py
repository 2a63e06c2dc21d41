"""Count vote sheets: two people, neither of whom sees the other's numbers, until both have counted the same.

Counts are compared within a round. Where they differ, both learn at which ideas, and count again: the next round. So
nobody can try numbers until they meet those of somebody else. A device that acts by a room's code counts as the
organiser in whose place it acts: what both type is one person's count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Actor, accountable_id, require
from forum.core.database import LabelledEnum
from forum.core.errors import InvalidInput, Mistakes, WrongState
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.gatherings.queries import helper_ids, lock_gathering
from forum.deliberation.rooms.results import people_of
from forum.deliberation.sheets.closing import require_paper_open
from forum.deliberation.sheets.facts import PAPER_RESULTS
from forum.deliberation.sheets.models import PaperResult, PaperTally, SheetCount, SheetCountRow
from forum.deliberation.sheets.permissions import can_count_sheets, can_reopen_count
from forum.deliberation.sheets.queries import counts_of, get_result, ideas_on_sheets
from forum.system.audit.services import record, text_hash

COUNTERS_ONLY = _l("이 모임을 연 진행자와 도우미만 투표지를 세요.")
ORGANISER_ONLY = _l("모임을 연 진행자만 투표지를 다시 세게 할 수 있어요.")
SHEETS = 0
"""Stands for the number of sheets among the ids of ideas that differ."""


class CountOutcome(Enum):
    """What came of a count.

    WAITS : nobody else has counted in this round
    DIFFERS : somebody else has, and the numbers differ
    ACCEPTED : somebody else has counted the same
    """

    WAITS = "WAITS"
    DIFFERS = "DIFFERS"
    ACCEPTED = "ACCEPTED"


class ReopenReason(LabelledEnum):
    MISCOUNTED = "MISCOUNTED"
    SHEETS_FOUND = "SHEETS_FOUND"
    WRONG_SHEETS = "WRONG_SHEETS"

    __labels__ = {
        MISCOUNTED: _l("두 사람이 똑같이 잘못 셌어요"),
        SHEETS_FOUND: _l("세지 않은 투표지를 찾았어요"),
        WRONG_SHEETS: _l("세지 말아야 할 투표지가 섞였어요"),
    }


@dataclass(frozen=True)
class Marks:
    """How many sheets say what about one idea. The rest leave it blank."""

    agree: int = 0
    disagree: int = 0
    pass_: int = 0

    @property
    def total(self) -> int:
        return self.agree + self.disagree + self.pass_


def count_sheets(
    gathering: Gathering, actor: Actor, n_sheets: int | None, marks: Mapping[int, Marks], seen_revision: int
) -> CountOutcome:
    """Record what the actor counted; accept it if somebody else counted the same. The caller commits.

    :param marks: by idea id, for each idea on the table
    :param seen_revision: of the actor's own count that the page showed; 0 if there was none
    :raise Forbidden: neither the organiser nor a helper
    :raise WrongState: counted and accepted by now, the actor counted in another window, the table has other ideas by
        now, or paper is not typed now
    :raise InvalidInput: numbers that cannot be; fields are named by the id of the idea, such as `rows-17-agree`
    """
    require(can_count_sheets(actor, gathering, helper_ids(gathering.id)), str(COUNTERS_ONLY))
    lock_gathering(gathering)
    counters = helper_ids(gathering.id)
    require(can_count_sheets(actor, gathering, counters), str(COUNTERS_ONLY))
    require_paper_open(gathering)
    if get_result(gathering.id) is not None:
        raise WrongState(_("두 사람이 센 결과가 같아서 이미 정해졌어요."))
    if set(marks) != set(ideas_on_sheets(gathering.id)):
        raise WrongState(_("그사이에 모임의 제안이 달라졌어요. 쓴 숫자는 그대로예요. 바뀐 줄을 보고 다시 보내 주세요."))
    counts = counts_of(gathering.id)
    own = next((one for one in counts if one.counted_by_id == accountable_id(actor)), None)
    if (own.revision if own else 0) != seen_revision:
        raise WrongState(_("다른 창에서 이미 세어 넣었어요. 화면을 다시 열어 지금 숫자를 확인해 주세요."))
    n_sheets = _checked(gathering, n_sheets, marks)
    others = [one for one in counts if one is not own and one.counted_by_id in counters | {gathering.organiser_id}]
    own = _store(gathering, actor, own, _round_of(own, others), n_sheets, marks)
    return _compare(gathering, actor, own, [one for one in others if one.round == own.round])


def reopen_count(gathering: Gathering, actor: Actor, reason: str, seen: str) -> None:
    """Forget the accepted count and what it was made of, so that two people count again. The caller commits.

    :param reason: name of a ReopenReason
    :param seen: `seen_result` of the result that the page showed
    :raise Forbidden: not the organiser
    :raise WrongState: there is no such result, or paper is not typed any more
    :raise InvalidInput: no reason
    """
    require(can_reopen_count(actor, gathering), str(ORGANISER_ONLY))
    lock_gathering(gathering)
    require(can_reopen_count(actor, gathering), str(ORGANISER_ONLY))
    require_paper_open(gathering)
    result = get_result(gathering.id)
    if result is None or seen_result(result) != seen:
        raise WrongState(_("이 화면을 연 뒤에 결과가 달라졌어요. 지금 화면을 확인해 주세요."))
    if reason not in ReopenReason.__members__:
        raise InvalidInput({"reason": _("다시 세는 까닭을 골라 주세요.")})
    before = {"sheets": result.n_sheets}
    counted = sa.select(SheetCount.id).where(SheetCount.gathering_id == gathering.id)
    for model, which in (
        (PaperTally, PaperTally.gathering_id == gathering.id),
        (PaperResult, PaperResult.gathering_id == gathering.id),
        (SheetCountRow, SheetCountRow.count_id.in_(counted)),
        (SheetCount, SheetCount.gathering_id == gathering.id),
    ):
        db.session.execute(sa.delete(model).where(which).execution_options(synchronize_session=False))
    db.session.expunge(result)
    facts = PAPER_RESULTS.of([gathering.id])
    record(actor, "sheets.reopen_count", gathering, before=before, after={"reason": reason}, facts=facts)


def seen_result(result: PaperResult) -> str:
    """Return what tells this result from a later one of the same gathering."""
    return result.accepted_at.isoformat()


def refuse_fewer_people(gathering: Gathering, _actor: Actor) -> None:
    """Refuse to finish with fewer people than voted, by device and on paper. Called as the gathering finishes.

    :raise InvalidInput: fewer people were counted
    """
    result = get_result(gathering.id)
    if result is None or gathering.n_present is None:
        return
    n_admitted = people_of(gathering.id).n_admitted
    if n_admitted + result.n_sheets > gathering.n_present:
        message = _(
            "출석을 확인한 사람 %(people)s명과 투표지 %(sheets)s장을 더하면 더 많아요. 온 사람 수를 다시 세거나, "
            "투표지를 다시 세어 주세요.",
            people=n_admitted,
            sheets=result.n_sheets,
        )
        raise InvalidInput({"n_present": message})


def _checked(gathering: Gathering, n_sheets: int | None, marks: Mapping[int, Marks]) -> int:
    """Return the number of sheets.

    :raise InvalidInput: with every mistake at its field
    """
    mistakes = Mistakes()
    if n_sheets is None or n_sheets < 1:
        raise InvalidInput({"n_sheets": _("투표지가 모두 몇 장인지 1부터 써 주세요.")})
    with mistakes.noted():
        _check_people(gathering, n_sheets)
    for idea_id, one in marks.items():
        for name, number in (("agree", one.agree), ("passed", one.pass_), ("disagree", one.disagree)):
            if number < 0:
                mistakes.add(f"rows-{idea_id}-{name}", _("0이나 그보다 큰 수를 써 주세요."))
        if one.total > n_sheets:
            message = _("세 수를 더하면 %(n)s장이에요. 투표지는 %(sheets)s장이에요.", n=one.total, sheets=n_sheets)
            mistakes.add(f"rows-{idea_id}-agree", message)
    mistakes.raise_if_any()
    return n_sheets


def _check_people(gathering: Gathering, n_sheets: int) -> None:
    """:raise InvalidInput: more people would have voted than there are seats, or than were there"""
    n_admitted = people_of(gathering.id).n_admitted
    limits = [(gathering.seats, _("자리"))]
    if gathering.n_present is not None:
        limits.insert(0, (gathering.n_present, _("온 사람")))
    for most, name in limits:
        if n_sheets + n_admitted > most:
            message = _(
                "%(name)s{은} %(most)s명인데, 기기로 참여한 사람 %(people)s명과 투표지 %(sheets)s장을 더하면 더 "
                "많아요. 한 사람은 기기나 종이 하나로만 투표해요.",
                name=name,
                most=most,
                people=n_admitted,
                sheets=n_sheets,
            )
            raise InvalidInput({"n_sheets": message})


def _round_of(own: SheetCount | None, others: Sequence[SheetCount]) -> int:
    """Return in which round somebody counts now: the newest, and a new one once theirs was compared."""
    newest = max((one.round for one in others), default=1)
    if own is None or newest > own.round:
        return newest
    was_compared = any(one.round == own.round for one in others)
    return own.round + 1 if was_compared else own.round


def _store(
    gathering: Gathering,
    actor: Actor,
    own: SheetCount | None,
    round_: int,
    n_sheets: int,
    marks: Mapping[int, Marks],
) -> SheetCount:
    if own is None:
        own = SheetCount(gathering_id=gathering.id, counted_by_id=accountable_id(actor), revision=0, rows=[])
        db.session.add(own)
    own.revision += 1
    own.round, own.n_sheets, own.counted_at, own.differs = round_, n_sheets, clock.now(), []
    own.rows.clear()
    db.session.flush()
    own.rows = [
        SheetCountRow(idea_id=idea_id, agree=one.agree, disagree=one.disagree, pass_=one.pass_)
        for idea_id, one in sorted(marks.items())
    ]
    db.session.flush()
    after = {"round": round_, "revision": own.revision, "rows": _hash_of(own)}
    record(actor, "sheets.count", gathering, after=after)
    return own


def _compare(gathering: Gathering, actor: Actor, own: SheetCount, others: Sequence[SheetCount]) -> CountOutcome:
    if not others:
        return CountOutcome.WAITS
    differences = [_differences(own, other) for other in others]
    if [] in differences:
        _accept(gathering, actor, others[differences.index([])], own)
        return CountOutcome.ACCEPTED
    own.differs = others[-1].differs = differences[-1]
    db.session.flush()
    return CountOutcome.DIFFERS


def _accept(gathering: Gathering, actor: Actor, first: SheetCount, second: SheetCount) -> None:
    second.differs = []
    people = {"first_by_id": first.counted_by_id, "second_by_id": second.counted_by_id}
    db.session.add(PaperResult(gathering_id=gathering.id, n_sheets=second.n_sheets, **people))
    db.session.flush()
    for row in second.rows:
        counts = {"agree": row.agree, "disagree": row.disagree, "pass_": row.pass_}
        tally = {"gathering_id": gathering.id, "idea_id": row.idea_id, "n_sheets": second.n_sheets}
        db.session.add(PaperTally(**tally, **counts))
    db.session.flush()
    after = {"sheets": second.n_sheets, "rows": _hash_of(second)} | people
    record(actor, "sheets.accept_count", gathering, after=after, facts=PAPER_RESULTS.of([gathering.id]))


def _differences(one: SheetCount, other: SheetCount) -> list[int]:
    """Return the ids of the ideas whose numbers differ, and SHEETS where the number of sheets does."""
    mine, theirs = _numbers(one), _numbers(other)
    ideas = sorted(idea_id for idea_id in mine.keys() | theirs.keys() if mine.get(idea_id) != theirs.get(idea_id))
    return ([SHEETS] if one.n_sheets != other.n_sheets else []) + ideas


def _numbers(count: SheetCount) -> dict[int, tuple[int, int, int]]:
    return {row.idea_id: (row.agree, row.disagree, row.pass_) for row in count.rows}


def _hash_of(count: SheetCount) -> str:
    numbers = sorted(_numbers(count).items())
    return text_hash(f"{count.n_sheets} {numbers}")
