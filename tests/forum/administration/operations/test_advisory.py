from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.administration.operations.advisory import citizens_lists, departures_with_reasons, members_lists
from forum.analysis.shortlists.models import SlateStanding
from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.advisory.models import AdvisorySide, AdvisorySlate, DepartureReason, FinalistRating
from forum.deliberation.advisory.queries import slate_of
from forum.deliberation.advisory.services import explain_departure, open_ballot
from tests.forum.deliberation.advisory.stages import assembly, close, decide, rate
from tests.forum.deliberation.advisory.test_following import citizens_vote, declare


@pytest.fixture
def decided(make, work):
    """A finished assembly with both lists, a conflict before the closing, one after it, and all reasons."""
    one = assembly(make)
    open_ballot(one.round, make.analyst())
    rate(one, ["++--", "++-0", "++--", "+?--", "++--", "++--"])
    citizens_vote(one.tasks, ["--++"] * 5)
    declare(one.tasks[0], one.seats[0])
    close(one.round)
    work()
    declare(one.tasks[1], one.seats[1])
    for task in one.tasks:
        explain_departure(task, make.analyst(), "까닭", 0)
    decide(one.round, one.tasks[:2])
    return one


def test_a_right_round_recounts(decided):
    for check, n in ((members_lists, 1), (citizens_lists, 1), (departures_with_reasons, 4)):
        finding = check()
        assert (finding.n_checked, finding.differences) == (n, [])


def test_a_round_with_too_few_members_recounts(make, work):
    one = assembly(make)
    rate(one, ["++--"])
    close(one.round)
    work()
    assert not members_lists().differences


def test_a_rating_slipped_in_is_found(decided):
    late = db.session.get_one(FinalistRating, (decided.tasks[2].id, decided.seats[5].id))
    late.value = 1
    db.session.flush()
    assert members_lists().differences


def test_a_rating_taken_away_is_found(decided):
    db.session.delete(db.session.get_one(FinalistRating, (decided.tasks[2].id, decided.seats[5].id)))
    db.session.flush()
    assert members_lists().differences


def test_another_list_than_the_proofs_is_found(make):
    one = assembly(make)
    rate(one, ["++--"] * 5)
    close(one.round)
    proof = {
        "ideas": [task.number for task in one.tasks],
        "ballots": [["1100", 5]],
        "people": 5,
        "seen": "1",
        "standing": "complete",
        "seed": one.round.seed,
        "size": one.round.n_chosen,
        "items": [{"idea": one.tasks[0].number}, {"idea": one.tasks[1].number}],
    }
    wrong = [one.tasks[0].id, one.tasks[2].id]
    plant(one, AdvisorySide.MEMBERS, wrong, proof)
    assert len(members_lists().differences) == 1


def test_a_citizens_list_without_its_slate_is_found(make):
    one = assembly(make)
    plant(one, AdvisorySide.CITIZENS, [], {"items": [], "ideas": []})
    assert len(citizens_lists().differences) == 1


def test_a_slate_that_gave_no_citizens_list_is_found(make):
    one = assembly(make)
    shortlist = open_ballot(one.round, make.analyst())
    close(one.round)
    make.slate(shortlist, [task.lead_idea for task in one.tasks])
    assert len(citizens_lists().differences) == 1


def test_a_departure_without_its_reason_is_found(decided):
    db.session.execute(sa.delete(DepartureReason).where(DepartureReason.task_id == decided.tasks[0].id))
    assert len(departures_with_reasons().differences) == 1
    db.session.execute(sa.delete(DepartureReason).where(DepartureReason.task_id == decided.tasks[3].id))
    assert len(departures_with_reasons().differences) == 2


def test_the_lists_are_what_they_were(decided):
    assert slate_of(decided.round.id, AdvisorySide.MEMBERS).standing is SlateStanding.GAPS


def plant(one, side, tasks, proof):
    db.session.add(
        AdvisorySlate(
            round_id=one.round.id,
            side=side,
            made_at=clock.now(),
            n_people=5,
            standing=SlateStanding.COMPLETE,
            tasks=tasks,
            proof=proof,
        )
    )
    db.session.flush()
