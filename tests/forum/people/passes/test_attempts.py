from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.people.passes.attempts import OF_PASSES, CodesSlowed, check_code_attempts, record_wrong_code
from forum.system.texts.limits import purge_counts
from forum.system.texts.models import TextCount

SCHOOL, CAFE = "203.0.113.9", "198.51.100.7"
NOW = datetime(2026, 12, 10, 1, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def still(app):
    """The clock stands still at the beginning of ten minutes."""
    with clock.at(NOW):
        yield


def mistype(n: int, address: str = SCHOOL, purpose: str = OF_PASSES) -> None:
    for _n in range(n):
        record_wrong_code(purpose, address)
    db.session.commit()


def is_slowed(address: str = SCHOOL, purpose: str = OF_PASSES) -> bool:
    try:
        check_code_attempts(purpose, address)
    except CodesSlowed:
        return True
    return False


def test_a_school_mistypes_sixty_times_and_waits_until_the_ten_minutes_are_over():
    mistype(59)
    assert not is_slowed()
    mistype(1)
    with pytest.raises(CodesSlowed) as refused:
        check_code_attempts(OF_PASSES, SCHOOL)
    assert refused.value.wait == 600
    with clock.at(NOW + timedelta(minutes=10)):
        assert not is_slowed()


def test_the_whole_network_is_slowed_and_no_other():
    mistype(60)
    assert is_slowed("203.0.113.200")
    assert not is_slowed(CAFE)
    assert not is_slowed(purpose="room_code")


def test_under_an_attack_from_everywhere_a_network_that_does_not_guess_is_still_served():
    for network in range(60):
        mistype(10, f"198.18.{network}.1")
    assert is_slowed("198.18.7.1"), "whoever guesses from many networks is left few of each"
    assert not is_slowed(), "a right code is never refused because others guess from elsewhere"
    mistype(9)
    assert not is_slowed()
    mistype(1)
    assert is_slowed()


def test_asking_counts_nothing():
    check_code_attempts(OF_PASSES, SCHOOL)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(TextCount)) == 0


def test_no_address_is_stored_and_the_counts_are_deleted_the_day_after():
    mistype(1)
    assert all("203.0" not in sender for sender in db.session.scalars(sa.select(TextCount.sender)))
    with clock.at(NOW + timedelta(hours=25)):
        assert purge_counts() == 3
