"""The council on the way of an idea."""

from __future__ import annotations

from datetime import timedelta

import pytest

from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.rounds.models import RoundState, StageDecision, StageKind, TaskState
from forum.publication.tracking.journey import journey_of
from forum.publication.tracking.queries import thread_of, timeline_of
from forum.response.commissions.services import send_task, write_report
from forum.voice.ideas.queries import get_idea

pytestmark = pytest.mark.usefixtures("app")


def entries(idea):
    db.session.flush()
    db.session.expire_all()
    found = [one for one in timeline_of(get_idea(idea.id)) if "과제" in one.title]
    return [(one.title.replace(" <script>alert(1)</script>", ""), one.done) for one in found]


def decide(task, kind, goes_on, reason=""):
    stage = task.round.stage(kind)
    stage.decided_at = clock.now()
    values = {"stage_id": stage.id, "task_id": task.id, "round_id": task.round_id}
    db.session.add(StageDecision(**values, goes_on=goes_on, reason=reason))


def test_a_task_of_a_round_that_is_only_planned_is_not_shown(make):
    task = make.task(make.council_round(present=None), title="햇빛")
    assert entries(task.ideas[0].idea) == []


def test_each_step_of_a_task_stands_on_the_path(make):
    task = make.task(make.council_round(present=StageKind.DELEGATES), title="햇빛")
    decide(task, StageKind.LONG_LIST, True)
    decide(task, StageKind.SUBCOMMITTEE, True)
    task.state, task.out_stage_id = TaskState.LEFT_OUT, task.round.stage(StageKind.PEOPLE_TEAM).id
    decide(task, StageKind.PEOPLE_TEAM, False, "돈이 너무 들어요.")
    assert entries(task.ideas[0].idea) == [
        ("협의회의 과제 ‘햇빛’에 들어갔어요", True),
        ("과제 ‘햇빛’이 ‘분과 심의’에서 다음 단계로 올라갔어요", True),
        ("협의회가 과제 ‘햇빛’을 ‘국민포럼팀 의견’에서 이번에는 고르지 않았어요", True),
    ]
    assert any("돈이" in one.detail for one in timeline_of(task.ideas[0].idea))


@pytest.mark.parametrize("is_merged", [True, False])
def test_a_task_that_left_says_so(make, is_merged):
    task = make.task(title="햇빛")
    idea = task.ideas[0].idea
    other = make.task(task.round, title="바람")
    task.reason = "같은 일이에요."
    task.state = TaskState.MERGED if is_merged else TaskState.WITHDRAWN
    task.merged_into_id = other.id if is_merged else None
    words = "과제 ‘햇빛’을 과제 ‘바람’에 합쳤어요" if is_merged else "협의회가 과제 ‘햇빛’을 거두었어요"
    assert entries(idea)[-1] == (words, True)


def chosen(make):
    task = make.task(make.council_round(present=StageKind.ASSEMBLY), title="햇빛", state=TaskState.CHOSEN)
    civil, government = make.chairs(task.round.term)
    round_ = task.round
    round_.civil_chair_id, round_.government_chair_id = civil.id, government.id
    round_.civil_signed_at = round_.government_signed_at = round_.finished_at = clock.now()
    round_.state = RoundState.FINISHED
    db.session.flush()
    return task


def test_a_chosen_task_waits_for_its_letter(make):
    assert entries(chosen(make).ideas[0].idea)[1:] == [
        ("과제 ‘햇빛’이 협의회의 대표과제가 됐어요", True),
        ("대표과제를 맡을 부처에 전달", False),
    ]


def test_letter_and_reports_stand_on_the_path_and_late_ones_are_called_late(make):
    task = chosen(make)
    idea = task.ideas[0].idea
    office = make.ministry(name="환경부")
    commission = send_task(task, make.analyst(), office, seen=task.revision)
    report = commission.reports[0]
    assert ("대표과제 ‘햇빛’을 문서로 보냈어요", True) in entries(idea)
    assert any("까지 내야 해요." in one.detail for one in timeline_of(idea) if not one.done)
    with clock.at(clock.now() + timedelta(days=200)):
        assert any("늦었어요." in one.detail for one in timeline_of(idea) if not one.done)
    write_report(report, make.officer(office), "했어요.", seen=report.revision)
    assert any(title.startswith("환경부가 대표과제의") and done for title, done in entries(idea))
    stations = journey_of(thread_of(get_idea(idea.id)))
    assert stations[1].note.endswith("협의회 대표과제")
    assert commission.referral.theme.state is ThemeState.APPROVED
