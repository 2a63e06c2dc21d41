from __future__ import annotations

import pytest

from forum.deliberation.council import hooks as council_hooks
from forum.deliberation.meetings.attending import leave_as_substitute, leave_with_seat
from forum.deliberation.meetings.following import follow_conflict, follow_leaving, require_motion
from forum.deliberation.rounds import hooks


@pytest.mark.usefixtures("app")
def test_meetings_follow_seats_tasks_and_statements_and_bind_the_result():
    assert leave_with_seat in council_hooks._after_seat_end
    assert leave_as_substitute in council_hooks._after_substitute_end
    assert follow_leaving in hooks._after_leaving
    assert follow_conflict in hooks._after_conflict
    assert require_motion in hooks._before_result
