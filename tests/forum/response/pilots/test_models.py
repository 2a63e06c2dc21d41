from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from forum.response.pilots.models import ReadingPhase


def test_there_is_no_reading_after_without_one_before(make):
    pilot = make.pilot()
    with pytest.raises(IntegrityError):
        make.reading(pilot, ReadingPhase.AFTER)


def test_a_reading_after_follows_the_one_before(make):
    pilot = make.pilot()
    make.reading(pilot)
    assert make.reading(pilot, ReadingPhase.AFTER).k == 70
