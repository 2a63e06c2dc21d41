from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.analysis.shortlists.models import SlateStanding
from forum.core.access import SYSTEM
from forum.core.extensions import db
from forum.deliberation.advisory import tasks
from forum.deliberation.advisory.models import AdvisorySide, AdvisorySlate
from forum.deliberation.advisory.queries import latest_slate_job, slate_of
from forum.deliberation.advisory.services import publish_members_slate
from forum.deliberation.rounds.hooks import run_after_conflict
from forum.deliberation.rounds.models import ConflictStatement, TaskState
from forum.system.audit.models import AuditEntry
from forum.system.jobs.models import JobState
from forum.system.notices.models import Notice
from nlp.opinion.verify_slate import faults
from tests.forum.deliberation.advisory.stages import assembly, close, rate


def test_two_thirds_and_a_third_of_the_members_each_get_their_share(make, work):
    one = assembly(make, n_tasks=4, n_chosen=3)
    rate(one, ["++--", "++--", "++--", "++--", "--+-", "--+-"])
    close(one.round)
    assert work() == [JobState.DONE]
    slate = slate_of(one.round.id, AdvisorySide.MEMBERS)
    assert (slate.standing, slate.n_people) == (SlateStanding.COMPLETE, 6)
    assert sorted(slate.tasks) == sorted(task.id for task in one.tasks[:3])
    assert slate.proof["ideas"] == [task.number for task in one.tasks]
    assert slate.proof["seed"] == one.round.seed
    assert not list(faults(slate.proof))


def test_a_tie_goes_by_the_seed_that_was_published_when_the_round_was_planned(make, work):
    one = assembly(make, n_tasks=3, n_chosen=1)
    rate(one, ["+++"] * 5)
    close(one.round)
    work()
    assert len(slate_of(one.round.id, AdvisorySide.MEMBERS).tasks) == 1


def test_fewer_than_five_members_give_no_list_and_no_ballots(make, work):
    one = assembly(make)
    rate(one, ["++--"] * 4)
    close(one.round)
    work()
    slate = slate_of(one.round.id, AdvisorySide.MEMBERS)
    assert (slate.standing, slate.n_people, slate.tasks, slate.proof) == (SlateStanding.TOO_FEW, 4, [], None)


def test_nobody_rated_and_the_list_says_so(make, work):
    one = assembly(make)
    close(one.round)
    assert work() == [JobState.DONE]
    assert slate_of(one.round.id, AdvisorySide.MEMBERS).standing is SlateStanding.TOO_FEW


def test_below_seventy_per_cent_no_fair_list_is_told(make, work):
    one = assembly(make)
    rate(one, ["+???", "?+??", "+???", "?+??", "??+?"])
    close(one.round)
    work()
    assert slate_of(one.round.id, AdvisorySide.MEMBERS).standing is SlateStanding.UNTOLD


def test_a_finalist_that_left_is_not_weighed(make, work):
    one = assembly(make)
    rate(one, ["+-+-"] * 5)
    one.tasks[0].state, one.tasks[0].reason = TaskState.WITHDRAWN, "겹쳐요"
    close(one.round)
    work()
    slate = slate_of(one.round.id, AdvisorySide.MEMBERS)
    assert slate.proof["ideas"] == [task.number for task in one.tasks[1:]]
    assert slate.tasks == [one.tasks[2].id]


def test_a_published_list_is_recorded_told_to_members_and_published_once(make, work):
    one = assembly(make)
    one.seats[5].ended_at, one.seats[5].end_reason = one.round.created_at, "물러남"
    close(one.round)
    work()
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "advisory.publish_slate")).one()
    assert entry.after["standing"] == "TOO_FEW"
    notices = db.session.scalars(sa.select(Notice).where(Notice.kind == "advisory_list")).all()
    assert {notice.account_id for notice in notices} == {seat.account_id for seat in one.seats[:5]}
    job = latest_slate_job(one.round.id)
    assert publish_members_slate(one.round.id, job.id, 9, None) is None
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AdvisorySlate)) == 1


def test_a_job_that_fails_publishes_nothing_and_another_does(make, work, monkeypatch):
    one = assembly(make)
    close(one.round)

    def fails(*_arguments):
        raise RuntimeError("disk full")

    monkeypatch.setattr(tasks, "publish_members_slate", fails)
    assert JobState.DONE not in work()
    assert slate_of(one.round.id, AdvisorySide.MEMBERS) is None


def test_a_published_list_never_changes(make, work):
    one = assembly(make)
    close(one.round)
    work()
    for statement in ("UPDATE advisory_slate SET n_people = 9", "DELETE FROM advisory_slate"):
        with pytest.raises(sa.exc.DatabaseError):
            db.session.execute(sa.text(statement))
        db.session.rollback()


def test_a_conflict_declared_while_the_list_is_computed_is_not_in_it(make, work, monkeypatch):
    one = assembly(make)
    rate(one, ["++--"] * 6)
    close(one.round)
    task_id, seat_id, choose = one.tasks[0].id, one.seats[0].id, tasks._choose

    def meanwhile(weighed):
        choice = choose(weighed)
        if len(weighed.votes) == 24:
            statement = ConflictStatement(task_id=task_id, seat_id=seat_id, text="자문을 했어요")
            db.session.add(statement)
            db.session.flush()
            run_after_conflict(statement, SYSTEM)
            db.session.commit()
        return choice

    monkeypatch.setattr(tasks, "_choose", meanwhile)
    work()
    assert ["?100", 1] in slate_of(one.round.id, AdvisorySide.MEMBERS).proof["ballots"]
