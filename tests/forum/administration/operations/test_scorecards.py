"""`flask forum check` and scorecards: what the job publishes is right, and each planted error is named."""

from __future__ import annotations

import pytest

from forum.administration.operations.queries import recount
from forum.administration.operations.scorecards import criteria_weights, decided_ranks, scorecards, stage_results
from forum.core.access import Role
from forum.core.extensions import db
from forum.deliberation.rounds.conflicts import declare_conflict
from forum.deliberation.rounds.models import StageKind
from forum.deliberation.rounds.queries import Member
from forum.deliberation.rounds.services import close_stage, decide_stage
from tests.unguarded import unguarded

TABLES = ("council_criterion", "scorecard", "criterion_score", "council_stage_result", "council_task_result")
CHECKS = (criteria_weights, scorecards, stage_results, decided_ranks)


def decide_a_stage(make, work):
    """A decided stage of three tasks and six members, one of whom is far from the others, and one late conflict."""
    round_ = make.council_round(present=StageKind.SUBCOMMITTEE)
    seats = [make.seat(round_.term) for _ in range(6)]
    group = make.council_group(round_.term, seats)
    tasks = [make.task(round_, subcommittee_id=group.id) for _ in range(3)]
    for place, seat in enumerate(seats):
        for n, task in enumerate(tasks[:2]):
            value = 1 if place == 0 and n == 0 else 4 + (place == 3) - n
            make.scorecard(task, Member(seat=seat), value)
    stage = close_stage(round_, make.account(Role.ANALYST), seen=1)
    db.session.commit()
    work()
    declare_conflict(tasks[1], seats[5].account, "제 회사가 하는 일이에요.")
    db.session.commit()
    work()
    decide_stage(round_, make.account(Role.ANALYST), [task.id for task in tasks], {}, seen=round_.revision)
    db.session.commit()
    return {"round": round_.id, "stage": stage.id, "first": tasks[0].id, "second": tasks[1].id, "third": tasks[2].id}


@pytest.fixture
def decided(once, make, work):
    return once(lambda: decide_a_stage(make, work))


def plant(statement):
    with unguarded(*TABLES, "council_stage_decision") as connection:
        connection.exec_driver_sql(statement)
    db.session.expire_all()


def test_what_a_stage_gave_is_recounted_without_a_difference(decided):
    for check in CHECKS:
        found = check()
        assert (found.name, found.differences) == (found.name, [])
        assert found.n_checked > 0
    assert {check().name for check in CHECKS} <= {finding.name for finding in recount()}


def test_a_result_that_a_job_still_computes_is_not_compared(make):
    round_ = make.council_round(present=StageKind.SUBCOMMITTEE)
    make.scorecard(make.task(round_))
    close_stage(round_, make.account(Role.ANALYST), seen=1)
    assert stage_results().n_checked == 0


NEWEST = "result_id = (SELECT max(id) FROM council_stage_result WHERE stage_id = {stage})"
LINE = f"UPDATE council_task_result SET {{change}} WHERE {NEWEST} AND task_id ="
ONE_CARD = "(SELECT min(id) FROM scorecard WHERE task_id = {first})"
PLANTED = {
    "a mean": (stage_results, LINE.replace("{change}", "mean = mean + 0.01") + " {first}"),
    "a median": (stage_results, LINE.replace("{change}", "median = median - 0.01") + " {first}"),
    "a spread": (stage_results, LINE.replace("{change}", "spread = 3") + " {first}"),
    "a rank": (stage_results, LINE.replace("{change}", "rank = 3") + " {second}"),
    "an interval": (stage_results, LINE.replace("{change}", "rank_low = 1, rank_high = 3") + " {second}"),
    "a count": (stage_results, LINE.replace("{change}", "n = n + 1") + " {first}"),
    "a distribution": (stage_results, LINE.replace("{change}", "distribution = '{{}}'") + " {first}"),
    "a task that is gone": (stage_results, f"DELETE FROM council_task_result WHERE {NEWEST} AND task_id = {{first}}"),
    "cards": (stage_results, "UPDATE council_stage_result SET n_cards = n_cards + 1 WHERE stage_id = {stage}"),
    "weights used": (stage_results, "UPDATE council_stage_result SET parameters = '{{}}' WHERE stage_id = {stage}"),
    "a number left out": (stage_results, "UPDATE council_stage_result SET number = 5 WHERE number = 2"),
    "a score": (stage_results, f"UPDATE criterion_score SET value = 2 WHERE scorecard_id = {ONE_CARD}"),
    "who was not asked": (stage_results, "UPDATE scorecard SET far_asked_at = NULL"),
    "weights": (criteria_weights, "UPDATE council_criterion SET weight = weight + 1 WHERE position = 1"),
    "a score that is missing": (
        scorecards,
        f"DELETE FROM criterion_score WHERE scorecard_id = {ONE_CARD} AND criterion_id = "
        "(SELECT min(id) FROM council_criterion WHERE round_id = {round})",
    ),
    "a card after closing": (scorecards, "UPDATE scorecard SET updated_at = '2999-01-01 00:00:00.000000'"),
    "a card of another term": (
        scorecards,
        f"UPDATE scorecard SET seat_id = {{foreign_seat}} WHERE id = {ONE_CARD}",
    ),
    "a tie that counts": (scorecards, "UPDATE scorecard SET taken_out_at = NULL"),
    "the ranks of a decision": (
        decided_ranks,
        "UPDATE council_stage_decision SET rank = 4 - rank WHERE task_id IN ({first}, {third})",
    ),
}


@pytest.mark.parametrize("error", PLANTED)
def test_a_planted_error_of_scores_is_named(make, decided, error):
    foreign_seat = make.seat(make.term()).id
    check, statement = PLANTED[error]
    plant(statement.format(**decided, foreign_seat=foreign_seat))
    assert check().differences, error
