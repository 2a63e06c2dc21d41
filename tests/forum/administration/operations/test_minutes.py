"""`flask forum check` recounts what a room decided about its minutes. Other planted errors stand beside the slice."""

from __future__ import annotations

from forum.administration.operations.checks import minutes_of_gatherings
from forum.administration.operations.queries import recount
from forum.core.extensions import db
from forum.deliberation.minutes.models import MinutesState


def test_minutes_that_agree_with_their_answers_are_not_named(make):
    make.minutes_answer()
    assert (minutes_of_gatherings().n_checked, minutes_of_gatherings().differences) == (1, [])


def test_a_planted_state_is_named_by_the_recount(make):
    make.gathering_minutes().state = MinutesState.REFUSED
    db.session.flush()
    named = {finding.name: finding.differences for finding in recount()}
    assert len(named[minutes_of_gatherings().name]) == 1
