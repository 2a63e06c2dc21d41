"""`flask forum check` finds what does not agree about paper. Each test plants one error."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.administration.operations.checks import recorded_rows
from forum.administration.operations.queries import recount
from forum.administration.operations.sheets import PAPER_CHECKS
from forum.core.extensions import db
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.rooms.models import EntryWay, GatheringEntry, IdeaRoom, RoomTally
from forum.deliberation.rooms.running import finish_gathering
from forum.deliberation.sheets.counting import Marks, count_sheets
from forum.deliberation.sheets.models import PaperResult, PaperTally, SheetCount, SheetCountRow
from forum.deliberation.sheets.services import type_slip
from forum.people.passes.models import PassKind


@pytest.fixture
def room(make):
    """A finished room with two slips, a person on a phone and three accepted sheets."""
    room = make.gathering(state="RUNNING")
    make.entry(room)
    ideas = [type_slip(room, room.organiser, n, f"{n}번째 글이에요", "").idea_id for n in (1, 2)]
    for account in (room.organiser, make.helper(room)):
        count_sheets(room, account, 3, dict.fromkeys(ideas, Marks(2, 0, 1)), 0)
    finish_gathering(room, room.organiser, 4, room.revision)
    return room


def differences():
    return [line for check in PAPER_CHECKS for line in check().differences]


def test_paper_that_agrees_is_not_named(room):
    assert differences() == []
    assert [check().n_checked for check in PAPER_CHECKS] == [2, 1, 1]
    assert {check().name for check in PAPER_CHECKS} <= {finding.name for finding in recount()}


def lose_idea(make):
    db.session.execute(sa.delete(PaperTally))
    db.session.execute(sa.delete(RoomTally))
    db.session.execute(sa.delete(IdeaRoom).where(IdeaRoom.slip_number == 1))


def pass_of_no_room(make):
    make.guest(PassKind.PAPER)


def other_way(make):
    db.session.execute(sa.update(GatheringEntry).where(GatheringEntry.way == EntryWay.PAPER).values(way=EntryWay.PHONE))


def other_tally(make):
    db.session.execute(sa.update(PaperTally).values(agree=1))


def other_count(make):
    first = sa.select(sa.func.min(SheetCount.id)).scalar_subquery()
    db.session.execute(sa.update(SheetCountRow).where(SheetCountRow.count_id == first).values(disagree=1))


def lost_count(make):
    first = db.session.scalar(sa.select(sa.func.min(SheetCount.id)))
    db.session.execute(sa.delete(SheetCountRow).where(SheetCountRow.count_id == first))
    db.session.execute(sa.delete(SheetCount).where(SheetCount.id == first))


def fewer_people(make):
    db.session.execute(sa.update(Gathering).values(n_present=3))


@pytest.mark.parametrize(
    "plant", [lose_idea, pass_of_no_room, other_way, other_tally, other_count, lost_count, fewer_people]
)
def test_each_error_is_found(room, make, plant):
    plant(make)
    db.session.expire_all()

    assert differences()


def test_a_result_that_was_changed_past_the_services_differs_from_the_audit(room):
    paper = [one for one in recorded_rows() if "paper_result" in one.name]
    assert [one.differences for one in paper] == [[]]

    db.session.execute(sa.update(PaperTally).values(agree=1))
    db.session.execute(sa.update(SheetCountRow).values(agree=1))
    db.session.expire_all()

    assert differences() == []  # whoever did it changed all three places
    assert any(one.differences for one in recorded_rows() if "paper_result" in one.name)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(PaperResult)) == 1
