from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.access import SYSTEM, Role
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.system.audit.models import AuditEntry
from forum.system.pauses.models import ElectionPause
from forum.system.pauses.queries import paused_until, why_paused
from forum.system.pauses.services import FARTHEST_DAYS, MAX_DAYS, end_pause, set_pause
from tests.factories import SCRIPT
from tests.races import at_once, changed_meanwhile

FIRST, LAST = date(2027, 3, 1), date(2027, 3, 10)
BEFORE = datetime(2027, 2, 1, 12, tzinfo=clock.SEOUL)


@pytest.fixture
def pause(make):
    with clock.at(BEFORE):
        return set_pause(make.admin(), "시험 선거", FIRST, LAST)


def at(*moment):
    return clock.at(datetime(*moment, tzinfo=clock.SEOUL))


@pytest.mark.parametrize(
    ("moment", "is_paused"),
    [
        ((2027, 2, 28, 23, 59, 59), False),
        ((2027, 3, 1, 0, 0), True),
        ((2027, 3, 10, 23, 59, 59), True),
        ((2027, 3, 11, 0, 0), False),
    ],
)
def test_a_pause_holds_from_the_first_midnight_in_seoul_to_the_last(pause, moment, is_paused):
    with at(*moment):
        assert bool(why_paused()) is is_paused
        assert pause.is_in_force is is_paused


def test_people_read_until_when_it_holds(pause):
    with at(2027, 3, 1):
        assert why_paused() == "선거 기간이라 3월 10일까지 모임을 쉬어요."


def test_without_a_pause_nothing_rests(app):
    assert why_paused() == ""


def test_pauses_that_overlap_or_meet_are_read_as_one(make, pause):
    admin = make.admin()
    with clock.at(BEFORE):
        set_pause(admin, "재선거", date(2027, 3, 8), date(2027, 3, 20))
        set_pause(admin, "보궐선거", date(2027, 3, 21), date(2027, 3, 22))
        set_pause(admin, "다음 선거", date(2027, 3, 24), date(2027, 3, 30))
    with at(2027, 3, 2):
        assert paused_until() == date(2027, 3, 22)
    with at(2027, 3, 23):
        assert paused_until() is None


def test_a_pause_ended_early_holds_no_more(make, pause):
    with at(2027, 3, 5, 12):
        end_pause(pause, make.admin())
        assert why_paused() == ""
        assert not pause.is_in_force
        with pytest.raises(WrongState):
            end_pause(pause, make.admin())


def test_one_to_come_may_be_ended_and_one_that_is_over_may_not(make, pause):
    with at(2027, 3, 11), pytest.raises(WrongState):
        end_pause(pause, make.admin())
    with at(2027, 2, 2):
        end_pause(pause, make.admin())
    with at(2027, 3, 5):
        assert why_paused() == ""


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.ADMIN, Role.SYSTEM, Role.GUEST}])
def test_only_admins_and_commands_set_and_end_a_pause(make, pause, role):
    with clock.at(BEFORE):
        with pytest.raises(Forbidden):
            set_pause(make.actor(role), "선거", FIRST, LAST)
        with pytest.raises(Forbidden):
            end_pause(pause, make.actor(role))


@pytest.mark.parametrize(
    ("name", "first", "last", "field"),
    [
        ("", FIRST, LAST, "name"),
        ("ㅤ", FIRST, LAST, "name"),
        ("가" * 81, FIRST, LAST, "name"),
        ("900101-1234568", FIRST, LAST, "name"),
        ("선거", None, LAST, "begins_on"),
        ("선거", FIRST, None, "ends_on"),
        ("선거", LAST, FIRST, "ends_on"),
        ("선거", date(2027, 1, 1), date(2027, 1, 31), "ends_on"),
        ("선거", FIRST, FIRST + timedelta(days=MAX_DAYS), "ends_on"),
        ("선거", BEFORE.date() + timedelta(days=FARTHEST_DAYS + 1), date(2029, 5, 1), "begins_on"),
    ],
)
def test_what_is_no_pause_is_refused_at_its_field(make, name, first, last, field):
    with clock.at(BEFORE), pytest.raises(InvalidInput) as refused:
        set_pause(make.admin(), name, first, last)
    assert field in refused.value.errors


def test_all_mistakes_are_told_at_once(make):
    with clock.at(BEFORE), pytest.raises(InvalidInput) as refused:
        set_pause(make.admin(), "", None, None, "가" * 501)
    assert set(refused.value.errors) == {"name", "note", "begins_on", "ends_on"}


def test_the_longest_pause_and_one_that_has_begun_are_taken(make):
    with clock.at(BEFORE):
        set_pause(make.admin(), "긴 선거", FIRST, FIRST + timedelta(days=MAX_DAYS - 1))
        set_pause(make.admin(), "이미 시작한 선거", date(2027, 1, 30), date(2027, 2, 1))
        assert why_paused()


def test_the_same_pause_is_not_set_twice_until_it_was_ended(make, pause):
    with clock.at(BEFORE):
        with pytest.raises(WrongState):
            set_pause(make.admin(), "시험 선거", FIRST, LAST)
        end_pause(pause, make.admin())
        set_pause(make.admin(), "시험 선거", FIRST, LAST)


def test_what_was_done_is_in_the_audit_without_its_words(make, pause):
    with at(2027, 3, 2):
        end_pause(pause, SYSTEM)
    entries = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.subject_type == "election_pause")).all()
    assert [entry.action for entry in entries] == ["pauses.set", "pauses.end"]
    assert entries[0].after["begins_on"] == "2027-03-01"
    assert "시험" not in str([entry.after for entry in entries])
    assert pause.ended_by_id is None


def test_two_admins_end_it_and_the_second_is_told(app, make, pause):
    admin = make.admin()
    with at(2027, 3, 2):
        changed_meanwhile(pause, ended_at=clock.now())
        with pytest.raises(WrongState):
            end_pause(pause, admin)


def test_two_admins_end_it_at_once_and_one_succeeds(app, make):
    today = clock.today()
    pause_id, admin_id = set_pause(make.admin(), "오늘 선거", today, today).id, make.admin().id

    def end():
        from forum.people.accounts.models import Account

        end_pause(db.session.get_one(ElectionPause, pause_id), db.session.get_one(Account, admin_id))

    results = at_once(app, [end, end])
    assert sorted(type(one).__name__ for one in results) == ["NoneType", "WrongState"]


def test_what_was_read_is_read_once_in_a_request(app, make, count_queries):
    with app.test_request_context("/"):
        assert count_queries(lambda: (why_paused(), why_paused())) == 1
        set_pause(make.admin(), f"오늘 선거 {SCRIPT}", clock.today(), clock.today())
        assert why_paused()
