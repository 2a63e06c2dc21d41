"""Scores that are sent twice, by two people or while a stage closes, and what happens while they are being counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Role
from forum.core.errors import Forbidden, WrongState
from forum.core.extensions import db
from forum.deliberation.rounds.conflicts import declare_conflict
from forum.deliberation.rounds.models import StageKind
from forum.deliberation.rounds.queries import Member, get_round, get_task
from forum.deliberation.rounds.services import close_stage
from forum.deliberation.scorecards import tasks
from forum.deliberation.scorecards.criteria import CriterionRow, set_criteria
from forum.deliberation.scorecards.models import Scorecard, StageResult
from forum.deliberation.scorecards.queries import criteria_of, ranks_by_scores, result_of
from forum.deliberation.scorecards.services import score
from forum.people.accounts.models import Account
from forum.system.jobs.models import JobState
from nlp.opinion import scorecards as ranking
from tests.races import at_once, changed_meanwhile


@pytest.fixture
def weighing(make):
    """A round open to its sub-committee of six, which weighs one task."""
    round_ = make.council_round(present=StageKind.SUBCOMMITTEE)
    seats = [make.seat(round_.term) for _ in range(6)]
    return round_, seats, make.task(round_, subcommittee_id=make.council_group(round_.term, seats).id)


def scoring(task, seat, value: int = 4, seen: int = 0) -> Callable[[], object]:
    task_id, who = task.id, seat.account_id
    typed = {one.id: value for one in criteria_of(task.round_id)}
    return lambda: score(get_task(task_id), db.session.get_one(Account, who), typed, "왜냐하면", seen=seen)


def closing(make, round_) -> Callable[[], object]:
    round_id, who = round_.id, make.account(Role.ANALYST).id
    return lambda: close_stage(get_round(round_id), db.session.get_one(Account, who), seen=1)


def cards() -> list[Scorecard]:
    return list(db.session.scalars(sa.select(Scorecard).order_by(Scorecard.id)))


def test_a_double_click_leaves_one_card(app, weighing):
    _round, seats, task = weighing
    results = at_once(app, [scoring(task, seats[0])] * 2)
    assert sorted(map(type, results), key=str) == [type(None), WrongState]
    assert [(card.revision, len(card.scores)) for card in cards()] == [(1, 2)]


def test_two_members_score_at_the_same_moment(app, weighing):
    _round, seats, task = weighing
    assert at_once(app, [scoring(task, seat) for seat in seats[:2]]) == [None, None]
    assert [card.seat_id for card in sorted(cards(), key=lambda card: card.seat_id)] == [seat.id for seat in seats[:2]]


def test_a_score_that_comes_while_the_stage_closes_counts_or_is_refused(app, make, weighing, work):
    round_, seats, task = weighing
    scored, closed = at_once(app, [scoring(task, seats[0]), closing(make, round_)])
    assert closed is None
    assert scored is None or isinstance(scored, WrongState)
    work()
    assert result_of(round_.stage(StageKind.SUBCOMMITTEE).id).n_cards == (scored is None)


def test_a_stage_that_closes_after_the_page_was_opened_takes_no_score(make, weighing):
    round_, seats, task = weighing
    stage = round_.present_stage
    changed_meanwhile(stage, state="CLOSED", closed_at=clock.now())
    with pytest.raises(WrongState):
        scoring(task, seats[0])()
    assert cards() == []


def test_a_conflict_and_a_score_at_the_same_moment_leave_no_score_that_counts(app, weighing):
    _round, seats, task = weighing
    task_id, who = task.id, seats[0].account_id
    scored, declared = at_once(
        app,
        [
            scoring(task, seats[0]),
            lambda: declare_conflict(get_task(task_id), db.session.get_one(Account, who), "제 회사가 하는 일이에요."),
        ],
    )
    assert declared is None
    assert scored is None or isinstance(scored, Forbidden)
    assert [card for card in cards() if card.taken_out_at is None] == []


def test_a_seat_that_ends_before_the_lock_scores_no_more(weighing):
    _round, seats, task = weighing
    changed_meanwhile(seats[0], ended_at=clock.now(), end_reason="사임")
    with pytest.raises(Forbidden):
        scoring(task, seats[0])()


def test_a_seat_that_ends_after_scoring_leaves_its_score(make, weighing, work):
    round_, seats, task = weighing
    make.scorecard(task, Member(seat=seats[0]))
    seats[0].ended_at, seats[0].end_reason = clock.now(), "사임"
    close = closing(make, round_)
    close()
    db.session.commit()
    work()
    assert result_of(round_.stage(StageKind.SUBCOMMITTEE).id).tasks[0].n == 1


def test_two_who_set_criteria_at_once_do_not_overwrite_each_other(app, make):
    round_ = make.council_round(present=None, weights=())
    round_id, people = round_.id, [make.account(Role.ANALYST).id for _ in range(2)]

    def setting(who: int) -> Callable[[], object]:
        rows = [CriterionRow(f"기준 {who}", "", 100)]
        return lambda: set_criteria(get_round(round_id), db.session.get_one(Account, who), rows, seen=1)

    results = at_once(app, [setting(who) for who in people])
    assert sorted(map(type, results), key=str) == [type(None), WrongState]
    assert len(criteria_of(round_id)) == 1


def test_a_conflict_that_is_declared_while_scores_are_counted_is_not_in_the_result(make, weighing, work, monkeypatch):
    round_, seats, task = weighing
    for seat in seats:
        make.scorecard(task, Member(seat=seat))
    closing(make, round_)()
    db.session.commit()
    task_id, who, rank, calls = task.id, seats[0].account_id, ranking.rank_tasks, []

    def meanwhile(*arguments: Any, **options: Any) -> Any:
        calls.append(arguments)
        if len(calls) == 1:
            declare_conflict(get_task(task_id), db.session.get_one(Account, who), "제 회사가 하는 일이에요.")
            db.session.commit()
        return rank(*arguments, **options)

    monkeypatch.setattr(ranking, "rank_tasks", meanwhile)
    work()
    first = db.session.scalars(sa.select(StageResult).order_by(StageResult.number).limit(1)).one()
    assert (first.n_cards, first.n_taken_out, first.tasks[0].n) == (6, 1, 5)


def test_a_job_that_fails_publishes_nothing_and_another_does(make, weighing, work, monkeypatch):
    round_, _seats, task = weighing
    make.scorecard(task)
    stage = round_.present_stage
    closing(make, round_)()
    db.session.commit()

    def fails(*_arguments: object) -> None:
        raise RuntimeError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(tasks, "publish_result", fails)
        assert JobState.DONE not in work()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(StageResult)) == 0
    assert ranks_by_scores(stage) is None
