from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from forum.core import clock
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.deliberation.gatherings.models import Gathering, GatheringHelper
from forum.deliberation.gatherings.states import mark_finished
from forum.deliberation.rooms.finishing import at_finish
from forum.deliberation.sheets.counting import (
    SHEETS,
    CountOutcome,
    Marks,
    count_sheets,
    reopen_count,
    seen_result,
)
from forum.deliberation.sheets.models import PaperResult, PaperTally, SheetCount
from forum.deliberation.sheets.queries import count_of, get_result, paper_totals, tallies_of
from forum.people.accounts.models import Account
from forum.system.audit.models import AuditEntry
from forum.voice.ideas.models import IdeaTally
from forum.voice.ideas.services import edit_idea
from forum.voice.votes.models import Vote
from tests.races import at_once


@dataclass
class Room:
    """A running gathering of ten seats with two ideas on its table, its organiser and a helper."""

    gathering: Gathering
    organiser: Account
    helper: Account
    ideas: list[Any]

    def count(self, who: Account, n_sheets: int, *marks: tuple[int, int, int], seen: int | None = None) -> CountOutcome:
        own = count_of(self.gathering.id, who.id)
        revision = (own.revision if own else 0) if seen is None else seen
        rows = {idea.id: Marks(*numbers) for idea, numbers in zip(self.ideas, marks, strict=True)}
        return count_sheets(self.gathering, who, n_sheets, rows, revision)


@pytest.fixture
def room(make) -> Room:
    gathering = make.gathering(state="RUNNING")
    ideas = [make.room_idea(gathering), make.room_idea(gathering)]
    return Room(gathering, gathering.organiser, make.helper(gathering), ideas)


SAME = (5, (4, 1, 0), (0, 0, 2))


def test_two_who_count_the_same_make_the_result(room):
    assert room.count(room.organiser, *SAME) is CountOutcome.WAITS
    assert get_result(room.gathering.id) is None

    assert room.count(room.helper, *SAME) is CountOutcome.ACCEPTED

    result = get_result(room.gathering.id)
    assert (result.n_sheets, result.first_by_id, result.second_by_id) == (5, room.organiser.id, room.helper.id)
    totals = paper_totals([idea.id for idea in room.ideas])
    first, second = (totals[idea.id] for idea in room.ideas)
    assert (first.agree, first.disagree, first.pass_, first.n_gatherings) == (4, 1, 0, 1)
    assert (second.agree, second.disagree, second.pass_) == (0, 0, 2)


def test_paper_is_nobodys_vote_and_in_no_tally(room):
    room.count(room.organiser, *SAME)
    room.count(room.helper, *SAME)

    assert db.session.scalar(sa.select(sa.func.count()).select_from(Vote)) == 0
    assert db.session.scalar(sa.select(sa.func.sum(IdeaTally.agree))) == 0


def test_one_person_cannot_count_for_two(room):
    room.count(room.helper, *SAME)

    assert room.count(room.helper, *SAME) is CountOutcome.WAITS
    assert count_of(room.gathering.id, room.helper.id).revision == 2
    assert get_result(room.gathering.id) is None


def test_who_counted_differently_learn_where_and_not_what(room):
    room.count(room.organiser, 5, (4, 1, 0), (0, 0, 2))

    assert room.count(room.helper, 6, (4, 1, 0), (0, 0, 3)) is CountOutcome.DIFFERS

    for who in (room.organiser, room.helper):
        assert count_of(room.gathering.id, who.id).differs == [SHEETS, room.ideas[1].id]


def test_numbers_cannot_be_tried_until_they_meet_the_others(room):
    room.count(room.organiser, *SAME)
    room.count(room.helper, 5, (4, 1, 0), (0, 0, 1))

    assert room.count(room.helper, *SAME) is CountOutcome.WAITS  # the organiser has to count again, too
    assert get_result(room.gathering.id) is None
    assert room.count(room.organiser, *SAME) is CountOutcome.ACCEPTED


def test_a_typing_mistake_is_corrected_before_the_other_counts(room):
    room.count(room.organiser, 5, (3, 1, 0), (0, 0, 2))
    room.count(room.organiser, *SAME)

    assert room.count(room.helper, *SAME) is CountOutcome.ACCEPTED


def test_a_third_person_may_settle_it(room, make):
    third = make.helper(room.gathering)
    room.count(room.organiser, *SAME)
    room.count(room.helper, 5, (4, 1, 0), (0, 0, 1))

    assert room.count(third, *SAME) is CountOutcome.ACCEPTED
    assert get_result(room.gathering.id).first_by_id == room.organiser.id


def test_the_count_of_somebody_who_helps_no_more_is_not_compared(room):
    room.count(room.helper, *SAME)
    db.session.execute(sa.delete(GatheringHelper))

    assert room.count(room.organiser, *SAME) is CountOutcome.WAITS


@pytest.mark.parametrize(
    ("n_sheets", "marks", "field"),
    [
        (None, (0, 0, 0), "n_sheets"),
        (0, (0, 0, 0), "n_sheets"),
        (11, (0, 0, 0), "n_sheets"),
        (5, (3, 2, 1), "agree"),
        (5, (-1, 0, 0), "agree"),
        (5, (0, 0, -1), "passed"),
        (5, (0, -1, 0), "disagree"),
    ],
)
def test_numbers_that_cannot_be_are_refused_at_their_field(room, n_sheets, marks, field):
    with pytest.raises(InvalidInput) as refused:
        room.count(room.helper, n_sheets, marks, (0, 0, 0))
    wanted = field if field == "n_sheets" else f"rows-{room.ideas[0].id}-{field}"
    assert wanted in refused.value.errors


def test_sheets_and_people_checked_in_are_no_more_than_seats(room, make):
    for _n in range(6):
        make.entry(room.gathering)
    make.entry(room.gathering, is_admitted=False)

    with pytest.raises(InvalidInput, match="자리"):
        room.count(room.helper, 5, (1, 0, 0), (0, 0, 0))
    assert room.count(room.helper, 4, (1, 0, 0), (0, 0, 0)) is CountOutcome.WAITS


def test_after_the_end_they_are_no_more_than_were_there(make):
    gathering = make.gathering(
        state="FINISHED", n_present=3, lists_until=clock.today().replace(year=clock.today().year + 1)
    )
    idea = make.room_idea(gathering)
    make.entry(gathering)
    room = Room(gathering, gathering.organiser, make.helper(gathering), [idea])

    with pytest.raises(InvalidInput, match="온 사람"):
        room.count(room.helper, 3, (1, 0, 0))
    assert room.count(room.helper, 2, (1, 0, 0)) is CountOutcome.WAITS


@pytest.mark.parametrize(("n_present", "fits"), [(5, False), (6, True)])
def test_a_gathering_does_not_finish_with_fewer_people_than_voted(room, make, n_present, fits):
    make.entry(room.gathering)
    room.count(room.organiser, *SAME)
    room.count(room.helper, *SAME)
    mark_finished(room.gathering, room.organiser, n_present, last_event_id=0)

    if fits:
        at_finish(room.gathering, room.organiser)
        return
    with pytest.raises(InvalidInput) as refused:
        at_finish(room.gathering, room.organiser)
    assert "n_present" in refused.value.errors


def test_a_table_that_grew_meanwhile_asks_for_the_new_idea(room, make):
    make.room_idea(room.gathering)

    with pytest.raises(WrongState, match="달라졌어요"):
        room.count(room.helper, *SAME)
    assert db.session.scalar(sa.select(sa.func.count(SheetCount.id))) == 0


def test_a_second_window_of_one_person_is_refused(room):
    room.count(room.helper, *SAME, seen=0)

    with pytest.raises(WrongState, match="다른 창"):
        room.count(room.helper, *SAME, seen=0)


def test_who_does_not_help_counts_nothing(room, make):
    for account in (make.citizen(), make.facilitator(), make.admin(), make.analyst()):
        with pytest.raises(Forbidden):
            room.count(account, *SAME)


def test_two_who_press_at_once_make_one_result(app, room):
    ids = room.gathering.id, room.organiser.id, room.helper.id, [idea.id for idea in room.ideas]

    def act(account_id):
        def run():
            marks = {ids[3][0]: Marks(4, 1, 0), ids[3][1]: Marks(0, 0, 2)}
            count_sheets(db.session.get_one(Gathering, ids[0]), db.session.get_one(Account, account_id), 5, marks, 0)

        return run

    assert at_once(app, [act(ids[1]), act(ids[2])]) == [None, None]
    assert get_result(ids[0]).n_sheets == 5
    assert len(tallies_of(ids[0])) == 2


def test_one_person_in_two_windows_at_once_counts_once(app, room):
    gathering_id, account_id, ideas = room.gathering.id, room.helper.id, [idea.id for idea in room.ideas]

    def run():
        marks = dict.fromkeys(ideas, Marks(1, 0, 0))
        count_sheets(db.session.get_one(Gathering, gathering_id), db.session.get_one(Account, account_id), 3, marks, 0)

    results = at_once(app, [run, run])

    assert sorted(type(one).__name__ for one in results) == ["NoneType", "WrongState"]
    assert count_of(gathering_id, account_id).revision == 1


def test_the_organiser_has_them_counted_again_for_a_reason(room):
    room.count(room.organiser, *SAME)
    room.count(room.helper, *SAME)
    seen = seen_result(get_result(room.gathering.id))

    with pytest.raises(InvalidInput):
        reopen_count(room.gathering, room.organiser, "", seen)
    with pytest.raises(Forbidden):
        reopen_count(room.gathering, room.helper, "MISCOUNTED", seen)
    reopen_count(room.gathering, room.organiser, "MISCOUNTED", seen)

    for model in (PaperResult, PaperTally, SheetCount):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(model)) == 0
    assert paper_totals([room.ideas[0].id]) == {}
    assert room.count(room.organiser, *SAME) is CountOutcome.WAITS
    with pytest.raises(WrongState):
        reopen_count(room.gathering, room.organiser, "MISCOUNTED", seen)


def test_a_later_result_is_not_forgotten_by_an_old_page(room):
    room.count(room.organiser, *SAME)
    room.count(room.helper, *SAME)
    seen = seen_result(get_result(room.gathering.id))
    reopen_count(room.gathering, room.organiser, "SHEETS_FOUND", seen)
    clock_later = clock.now()
    room.count(room.organiser, *SAME)
    room.count(room.helper, *SAME)
    assert get_result(room.gathering.id).accepted_at >= clock_later

    with pytest.raises(WrongState):
        reopen_count(room.gathering, room.organiser, "SHEETS_FOUND", seen)


def test_an_accepted_count_is_not_counted_over(room, make):
    room.count(room.organiser, *SAME)
    room.count(room.helper, *SAME)

    with pytest.raises(WrongState, match="이미 정해졌어요"):
        room.count(make.helper(room.gathering), *SAME)


def test_the_audit_has_who_counted_and_no_number_of_a_count(room):
    room.count(room.organiser, *SAME)
    room.count(room.helper, *SAME)

    entries = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [one.action for one in entries] == ["sheets.count", "sheets.count", "sheets.accept_count"]
    assert set(entries[0].after) == {"round", "revision", "rows"}
    assert entries[2].after["sheets"] == 5
    assert entries[0].after["rows"] == entries[1].after["rows"] == entries[2].after["rows"]


def test_an_idea_that_stood_on_counted_sheets_keeps_its_words(room):
    idea = room.ideas[0]
    author = idea.author.account
    room.count(room.organiser, *SAME)
    room.count(room.helper, *SAME)

    with pytest.raises(WrongState, match="종이로 투표한"):
        edit_idea(idea, author, "새 제목이에요", "새 내용이에요")


def test_the_database_refuses_more_marks_than_sheets(room):
    room.count(room.organiser, *SAME)
    room.count(room.helper, *SAME)

    with pytest.raises(IntegrityError):
        db.session.execute(sa.update(PaperTally).values(agree=6))
    db.session.rollback()
