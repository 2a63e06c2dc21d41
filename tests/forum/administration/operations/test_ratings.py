"""`flask forum check` and ratings: what the services leave is right, and each planted error is named."""

from __future__ import annotations

from datetime import timedelta

import pytest

from forum.administration.operations.queries import recount
from forum.administration.operations.ratings import both_sides, raters, rating_rounds
from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.extensions import db
from forum.response.delivery import queries, sides
from forum.response.delivery.models import RatingRound
from forum.response.delivery.services import update_milestone
from tests.unguarded import unguarded

TABLES = ("rating_round", "milestone_rating", "milestone")


@pytest.fixture
def rated(make):
    """A letter with two steps, one done by the services and rated by six people."""
    campaign = make.campaign()
    theme = make.theme(campaign, state=ThemeState.APPROVED, run_id=make.run(campaign, []).id)
    answer = make.answer(make.referral(theme))
    step = make.milestone(answer)
    other = make.milestone(answer, title="둘째", weight=3)
    with clock.at(clock.now() + timedelta(hours=1)):
        for one in (step, other):
            update_milestone(one, answer.author, 100, "다 했습니다.", seen_percent=0)
    round_, few = db.session.query(RatingRound).order_by(RatingRound.id)
    make.rating(few)
    for helps in (0, 1, 2, 3, 4, None):
        make.rating(round_, helps=helps)
    db.session.commit()
    return round_


def plant(statement):
    with unguarded(*TABLES) as connection:
        connection.exec_driver_sql(statement)
    db.session.expire_all()


def test_what_the_services_leave_is_right_and_each_planted_error_is_named(rated, monkeypatch):
    assert [finding.name for finding in recount() if finding.differences] == []
    assert (both_sides().n_checked, raters().n_checked) == (4, 7)
    whole = queries.two_sides_of_letters([rated.milestone.answer.referral_id])
    assert [one.n_people for one in whole.values()] == [6]  # what a single person said of the other step is not told
    monkeypatch.setattr(queries, "people_score", lambda values: sides.people_score([*values, 10.0]))
    assert len(both_sides().differences) == 3
    monkeypatch.undo()
    late = (clock.now() - timedelta(days=2)).isoformat(sep=" ", timespec="microseconds")
    plant(f"UPDATE rating_round SET opened_at = '{late[:26]}'")
    assert len(raters().differences) == 7
    assert rating_rounds().differences == []
    plant("UPDATE milestone SET is_closed = false, percent_done = 10, finished_on = NULL")
    assert len(rating_rounds().differences) == 2
