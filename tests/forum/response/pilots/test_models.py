from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from forum.core.extensions import db
from forum.response.pilots.models import PilotState, ReadingPhase


def test_there_is_no_reading_after_without_one_before(make):
    pilot = make.pilot(state=PilotState.RUNNING)
    with pytest.raises(IntegrityError):
        make.reading(pilot, ReadingPhase.AFTER)


def test_a_reading_after_follows_the_one_before(make):
    pilot = make.pilot()
    make.reading(pilot)
    pilot.state = PilotState.RUNNING
    db.session.flush()
    assert make.reading(pilot, ReadingPhase.AFTER).k == 70
