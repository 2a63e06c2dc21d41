from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.access import ANONYMOUS, SYSTEM
from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.system.texts.limits import TooManyTexts, count_by_network, count_by_person, forget_sender, purge_counts
from forum.system.texts.models import TextCount
from tests.races import at_once


@pytest.fixture(autouse=True)
def limits(app, monkeypatch):
    monkeypatch.setitem(app.config, "IDEA_LIMIT_PER_PERSON", "2 per minute; 3 per hour")
    monkeypatch.setitem(app.config, "IDEA_LIMIT_PER_NETWORK", "4 per minute")


def test_a_person_may_send_so_many_a_minute_and_so_many_an_hour(make):
    citizen = make.citizen()
    with clock.at(datetime(2026, 11, 26, 9, 0, 10, tzinfo=UTC)):
        count_by_person("idea", citizen)
        count_by_person("idea", citizen)
        with pytest.raises(TooManyTexts, match="1분 뒤") as refused:
            count_by_person("idea", citizen)
        assert refused.value.wait == 50
        db.session.rollback()


def test_a_refused_text_is_not_counted(make):
    citizen = make.citizen()
    db.session.commit()
    with clock.at(datetime(2026, 11, 26, 9, 0, 10, tzinfo=UTC)):
        for _ in range(2):
            count_by_person("idea", citizen)
            db.session.commit()
        for _ in range(5):
            with pytest.raises(TooManyTexts):
                count_by_person("idea", citizen)
            db.session.rollback()
    with clock.at(datetime(2026, 11, 26, 9, 1, 0, tzinfo=UTC)):
        count_by_person("idea", citizen)
        db.session.commit()
        with pytest.raises(TooManyTexts, match="59분 뒤"):
            count_by_person("idea", citizen)
        db.session.rollback()
    with clock.at(datetime(2026, 11, 26, 10, 0, 0, tzinfo=UTC)):
        count_by_person("idea", citizen)


def test_people_are_counted_apart_and_so_are_kinds(make):
    one, other = make.citizen(), make.citizen()
    for person in (one, one, other, other):
        count_by_person("idea", person)
    count_by_person("comment", one)


@pytest.mark.usefixtures("app")
def test_neither_visitors_nor_the_system_are_counted():
    for _ in range(9):
        count_by_person("idea", ANONYMOUS)
        count_by_person("idea", SYSTEM)
        count_by_network("idea", None)
    assert db.session.scalars(sa.select(TextCount)).all() == []


@pytest.mark.usefixtures("app")
def test_a_network_is_counted_as_one_and_its_address_is_not_stored():
    for last in range(4):
        count_by_network("idea", f"203.0.113.{last}")
    with pytest.raises(TooManyTexts):
        count_by_network("idea", "203.0.113.99")
    db.session.rollback()
    count_by_network("idea", "203.0.114.1")
    assert "203" not in db.session.scalars(sa.select(TextCount.sender)).one()[:16]


def test_texts_at_once_never_pass_the_limit(app, make, monkeypatch):
    monkeypatch.setitem(app.config, "IDEA_LIMIT_PER_PERSON", "2 per day")
    citizen_id = make.citizen().id
    results = at_once(app, [lambda: count_by_person("idea", db.session.get_one(Account, citizen_id))] * 6)
    assert sum(isinstance(result, TooManyTexts) for result in results) == 4


def test_counts_are_deleted_the_day_after_and_with_the_person(make):
    citizen, other = make.citizen(), make.citizen()
    count_by_person("idea", citizen)
    count_by_person("idea", other)
    forget_sender(citizen.participant.id)
    assert {row.sender for row in db.session.scalars(sa.select(TextCount))} == {f"participant:{other.participant.id}"}
    assert purge_counts() == 0
    with clock.at(clock.now() + timedelta(hours=26)):
        assert purge_counts() == 2
