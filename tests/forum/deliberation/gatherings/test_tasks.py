from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.gatherings import lists
from forum.deliberation.gatherings.lists import register_list_deletion
from forum.deliberation.gatherings.models import GatheringHelper, GatheringState, Registration, RegistrationState
from forum.deliberation.gatherings.services import cancel_gathering
from forum.deliberation.gatherings.tasks import delete_due_lists, remind_of_tomorrow
from forum.system.audit.models import AuditEntry
from forum.system.notices.models import MailStream, Notice, OutboxMail
from forum.system.notices.streams import leave_stream

NOON = datetime(2026, 11, 20, 3, tzinfo=UTC)
"""Twelve o'clock in Seoul, on a Friday."""


@pytest.fixture(autouse=True)
def _lists_of_gatherings_alone(monkeypatch):
    monkeypatch.setattr(lists, "_parts", {})


def tomorrow_at(hour: int) -> dict[str, datetime]:
    starts = datetime(2026, 11, 21, hour, tzinfo=clock.SEOUL)
    return {"starts_at": starts, "ends_at": starts + timedelta(hours=2)}


def mails() -> list[OutboxMail]:
    return list(db.session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id)))


# reminders


@pytest.mark.parametrize("hour", [0, 9, 23])
def test_those_with_a_seat_are_reminded_once_the_day_before(make, hour):
    with clock.at(NOON):
        gathering, person, waiting = make.gathering(**tomorrow_at(hour)), make.citizen(), make.citizen()
        make.registration(gathering, person)
        make.registration(gathering, waiting, state=RegistrationState.WAITING, seated_at=None)
        assert [remind_of_tomorrow() for _n in range(3)] == [1, 0, 0]
        (mail,) = mails()
        assert mail.recipient == person.email
        assert mail.stream is MailStream.OWN  # it can be stopped
        assert "주민센터 2층" in mail.body
        assert db.session.scalars(sa.select(Notice.account_id)).all() == [person.id]
    with clock.at(NOON + timedelta(hours=20)):
        assert remind_of_tomorrow() == 0


def test_who_has_left_such_mails_finds_it_in_the_daily_one(make):
    with clock.at(NOON):
        gathering, person = make.gathering(**tomorrow_at(14)), make.citizen()
        make.registration(gathering, person)
        leave_stream(person.id, MailStream.OWN)
        remind_of_tomorrow()
        assert mails() == []
        assert db.session.scalars(sa.select(Notice.in_daily_mail)).all() == [True]


def test_nobody_is_reminded_at_night_or_of_another_day(app, make, monkeypatch):
    monkeypatch.setitem(app.config, "DAILY_MAIL_FROM_HOUR", 8)
    with clock.at(NOON):
        make.registration(make.gathering(**tomorrow_at(14)))
    with clock.at(NOON - timedelta(hours=7)):  # five in the morning
        assert remind_of_tomorrow() == 0
    for days in (-1, 1):
        with clock.at(NOON + timedelta(days=days)):
            assert remind_of_tomorrow() == 0


def test_who_got_the_seat_today_knows_already(make):
    with clock.at(NOON):
        gathering = make.gathering(**tomorrow_at(14))
        make.registration(gathering, seated_at=NOON - timedelta(hours=1))
        assert remind_of_tomorrow() == 0


@pytest.mark.parametrize("values", [{"state": "CANCELLED"}, {"state": "DRAFT"}, {"is_hidden": True}])
def test_nobody_is_reminded_of_what_does_not_take_place(make, values):
    with clock.at(NOON):
        make.registration(make.gathering(**tomorrow_at(14) | values))
        assert remind_of_tomorrow() == 0


# deletion of lists


def n_rows(model) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def deletions() -> list[dict]:
    query = sa.select(AuditEntry).where(AuditEntry.action == "gatherings.delete_lists").order_by(AuditEntry.id)
    return [
        {name: n for name, n in entry.after.items() if name != "facts"} | {"role": entry.actor_role.name}
        for entry in db.session.scalars(query)
    ]


def test_lists_are_deleted_on_their_day_and_the_numbers_stay(make):
    deleted = []
    register_list_deletion("entries", lambda one: deleted.append(one.id) or 7)
    gathering = make.gathering(state="FINISHED", n_present=7, lists_until=clock.today() + timedelta(days=1))
    make.registration(gathering)
    make.helper(gathering)
    other = make.gathering()
    make.registration(other)
    assert delete_due_lists() == 0
    with clock.at(clock.now() + timedelta(days=1)):
        assert [delete_due_lists() for _n in range(2)] == [1, 0]
    assert gathering.lists_deleted_at is not None
    assert gathering.n_present == 7
    assert deleted == [gathering.id]
    assert deletions() == [{"entries": 7, "helpers": 1, "registrations": 1, "role": "SYSTEM"}]
    assert (n_rows(Registration), n_rows(GatheringHelper)) == (1, 0)


def test_a_cancelled_gathering_keeps_its_list_as_long(app, make):
    days = app.config["GATHERING_LIST_DAYS"]
    gathering = make.gathering()
    make.registration(gathering)
    cancel_gathering(gathering, gathering.organiser, "비가 와요", 1)
    with clock.at(clock.now() + timedelta(days=days - 1)):
        assert delete_due_lists() == 0
    with clock.at(clock.now() + timedelta(days=days)):
        assert delete_due_lists() == 1
    assert n_rows(Registration) == 0


def test_one_that_never_began_is_cancelled_by_that_and_nobody_is_mailed(app, make):
    gathering = make.gathering()
    make.registration(gathering)
    days = app.config["GATHERING_LIST_DAYS"]
    with clock.at(gathering.ends_at + timedelta(days=days - 1)):
        assert delete_due_lists() == 0
    with clock.at(gathering.ends_at + timedelta(days=days)):
        assert delete_due_lists() == 1
    assert gathering.state is GatheringState.CANCELLED
    assert gathering.cancel_reason == "열리지 않은 모임이에요."
    assert n_rows(Registration) == 0
    assert mails() == []


def test_a_draft_has_no_list_to_delete(make):
    gathering = make.gathering(state="DRAFT")
    make.helper(gathering)
    with clock.at(clock.now() + timedelta(days=400)):
        assert delete_due_lists() == 0
    assert n_rows(GatheringHelper) == 1


def test_a_worker_does_all_of_it(make, work):
    make.registration(make.gathering(state="FINISHED"))
    work()
    assert n_rows(Registration) == 0
