"""`flask forum check` and rounds of the council: what the services leave is right, and each planted error is named."""

from __future__ import annotations

import pytest

from forum.administration.operations.queries import recount
from forum.administration.operations.rounds import conflict_times, round_results, task_words
from forum.core.access import Role
from forum.core.extensions import db
from forum.deliberation.rounds.conflicts import declare_conflict
from forum.deliberation.rounds.long_list import merge_task, propose_task, withdraw_task
from forum.deliberation.rounds.models import StageKind, TaskState
from forum.deliberation.rounds.queries import tasks_of
from forum.deliberation.rounds.services import close_stage, decide_stage, open_stage
from forum.deliberation.rounds.signing import sign_result
from tests.forum.deliberation.rounds.alone import detach
from tests.unguarded import unguarded

TABLES = ("council_round", "council_stage", "council_task", "council_stage_decision", "conflict_statement")


def finish_a_round(make, monkeypatch):
    """A finished round with a task that was chosen, one left out, one withdrawn, one merged, and a late statement."""
    ranks = detach(monkeypatch)
    round_, analyst = make.council_round(), make.account(Role.ANALYST)
    civil, government = make.chairs(round_.term)
    group = make.council_group(round_.term, [civil])
    chosen, out, merged, gone = (make.task(round_, subcommittee_id=group.id) for _ in range(4))
    own = propose_task(round_, civil.account, "구내식당", "남는 음식을 재요.")
    own.subcommittee_id = group.id
    merge_task(merged, analyst, own, "같은 일이에요.", seen=1)
    for stage in list(StageKind)[:4]:
        close_stage(round_, analyst, seen=round_.revision)
        present = tasks_of(round_.id, TaskState.IN_ROUND)
        ranks.clear()
        ranks.update({task.id: place for place, task in enumerate(present, start=1)})
        if stage is StageKind.SUBCOMMITTEE:
            withdraw_task(gone, analyst, "거두어요.", seen=1)
            declare_conflict(chosen, government.account, "우리 부처의 일이에요.")
        on = [task.id for task in tasks_of(round_.id, TaskState.IN_ROUND)]
        is_last = stage is StageKind.DELEGATES
        decide_stage(round_, analyst, on[:1] if is_last else on, dict.fromkeys(on, "까닭"), seen=round_.revision)
        open_stage(round_, analyst, seen=round_.revision)
    close_stage(round_, analyst, seen=round_.revision)
    decide_stage(round_, analyst, [chosen.id], {}, seen=round_.revision)
    for chair in (civil, government):
        sign_result(round_, chair.account, seen=round_.revision)
    db.session.commit()
    return {"round": round_.id, "chosen": chosen.id, "out": out.id, "own": own.id, "merged": merged.id, "gone": gone.id}


@pytest.fixture
def finished(once, make, monkeypatch):
    return once(lambda: finish_a_round(make, monkeypatch))


def plant(statement):
    with unguarded(*TABLES) as connection:
        connection.exec_driver_sql(statement)
    db.session.expire_all()


def test_a_round_is_recounted_without_a_difference(finished):
    for check in (round_results, task_words, conflict_times):
        found = check()
        assert found.differences == []
        assert found.n_checked > 0
    names = [finding.name for finding in recount()]
    assert {check().name for check in (round_results, task_words, conflict_times)} <= set(names)


DECISION = "UPDATE council_stage_decision SET"
STAGE = "UPDATE council_stage SET"
OF_STAGE = "stage_id = (SELECT id FROM council_stage WHERE round_id = {round} AND kind"
PLANTED = {
    "chosen though left out": f"{DECISION} goes_on = false WHERE task_id = {{chosen}} AND {OF_STAGE} = 'ASSEMBLY')",
    "left out elsewhere": "UPDATE council_task SET out_stage_id = "
    "(SELECT min(id) FROM council_stage WHERE round_id = {round}) WHERE id = {out}",
    "decided on after it left": f"{DECISION} goes_on = false WHERE task_id = {{out}} AND {OF_STAGE} = 'LONG_LIST')",
    "withdrawn though left out": f"{DECISION} goes_on = false WHERE task_id = {{gone}}",
    "too many that go on": f"{STAGE} n_on = 1 WHERE kind = 'LONG_LIST' AND round_id = {{round}}",
    "a rank twice": f"{DECISION} rank = 1 WHERE rank = 2",
    "a departure without a reason": f"{DECISION} reason = '' WHERE {OF_STAGE} = 'DELEGATES')",
    "a stage out of its order": f"{STAGE} state = 'CLOSED', decided_at = NULL WHERE kind = 'PEOPLE_TEAM'",
    "the wrong chair": "UPDATE council_round SET civil_chair_id = government_chair_id WHERE id = {round}",
    "signed before the decision": "UPDATE council_round SET civil_signed_at = '2001-01-01 00:00:00.000000'",
    "more chosen than planned": "UPDATE council_task SET state = 'CHOSEN', out_stage_id = NULL WHERE id = {out}",
}


@pytest.mark.parametrize("error", PLANTED)
def test_a_planted_error_of_a_round_is_named(finished, error):
    plant(PLANTED[error].format(**finished))
    assert round_results().differences, error


def test_words_that_are_said_wrongly_are_named(finished):
    plant("UPDATE council_task SET has_words = false, lead_idea_id = NULL WHERE id = {own}".format(**finished))
    assert len(task_words().differences) == 1


def test_ideas_that_a_merge_lost_are_named(finished):
    plant("DELETE FROM council_task_idea WHERE task_id = {own}".format(**finished))
    assert any(str(finished["merged"]) in line for line in task_words().differences)


def test_a_statement_that_is_called_in_time_is_named(finished):
    plant("UPDATE conflict_statement SET is_late = false")
    assert len(conflict_times().differences) == 1
