"""Budgets are fixed once, never overspent and never given back; OpenDP is not needed for that."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.response.datafiles.aggregate import ask_for_aggregate
from forum.response.datafiles.models import DataAggregate, DataFile
from forum.response.datafiles.services import withdraw_file
from forum.response.datanoise import noise
from forum.response.datanoise.budget import ask, set_budget
from forum.response.datanoise.models import DataBudgetSpend, DataNoisyAnswer
from forum.response.datanoise.queries import spent_of
from forum.response.datanoise.questions import Question
from forum.response.datasets.models import Sensitivity
from forum.system.jobs.models import JobState
from tests.races import at_once

TEXT = "달,유형,사용량\n" + "2026-01-01,학교,12.5\n" * 6 + "2026-01-01,병원,40\n" * 9
HOSPITALS, SCHOOLS = Question("유형", ("병원",)), Question("유형", ("학교",))


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture(autouse=True)
def one_more(monkeypatch):
    """Stand in for OpenDP: the noise is 1 each time. Gives the list of what was drawn for."""
    drawn: list[tuple[list[int], int, int]] = []

    def draw(exact, sensitivity, epsilon_millis):
        drawn.append((list(exact), sensitivity, epsilon_millis))
        return [units + 1 for units in exact]

    monkeypatch.setattr(noise, "is_available", lambda: True)
    monkeypatch.setattr(noise, "draw", draw)
    return drawn


@pytest.fixture
def sensitive(make):
    def sensitive(total=1_000, rows_per_person=1, **values):
        dataset = make.dataset(**({"sensitivity": Sensitivity.AGGREGATE} | values))
        file = make.data_file(make.dataset_version(dataset), TEXT)
        if total:
            set_budget(file, make.analyst(), total, rows_per_person)
        return file

    return sensitive


def test_a_question_is_paid_for_answered_and_free_the_second_time(sensitive, make, work, one_more):
    file, analyst = sensitive(rows_per_person=3), make.analyst()
    question = Question("유형", ("병원", "빵집", "학교"), "사용량", "0", "20")
    spend = ask(file, analyst, question, 250, seen=0)
    assert work() == [JobState.DONE]
    assert one_more == [([180_000, 0, 75_000], 60_000, 250)]  # 9 × 20, cut from 40; 6 × 12.5; 3 rows of 20 each
    db.session.expire_all()
    assert spend.answer.figures == ["180.001", "0.001", "75.001"]
    assert spend.answer.scale == pytest.approx(3 * 20 / 0.25)
    again = ask(file, analyst, question, 250, seen=0)  # an old page: it costs nothing, so nothing was missed
    work()
    assert (again.id, len(one_more), spent_of(file.version.dataset_id)) == (spend.id, 1, 250)
    ask(file, analyst, question, 251, seen=250)
    assert spent_of(file.version.dataset_id) == 501


def test_the_last_thousandth_can_be_spent_and_no_more(sensitive, make):
    file, analyst = sensitive(), make.analyst()
    ask(file, analyst, HOSPITALS, 999, seen=0)
    with pytest.raises(WrongState, match=r"남은 예산: 0\.001"):
        ask(file, analyst, SCHOOLS, 2, seen=999)
    ask(file, analyst, SCHOOLS, 1, seen=999)
    with pytest.raises(WrongState, match=r"남은 예산: 0$"):
        ask(file, analyst, Question("유형", ("빵집",)), 1, seen=1_000)


def test_all_versions_of_a_dataset_spend_from_one_budget(sensitive, make):
    file, analyst = sensitive(), make.analyst()
    ask(file, analyst, HOSPITALS, 600, seen=0)
    second = make.data_file(make.dataset_version(file.version.dataset, number=2), TEXT)
    with pytest.raises(WrongState, match="모자라요"):
        ask(second, analyst, HOSPITALS, 600, seen=600)


def test_a_failed_job_gives_nothing_back_and_is_done_again_for_what_was_paid(sensitive, make, work, monkeypatch):
    file, analyst = sensitive(), make.analyst()
    with monkeypatch.context() as patch:
        patch.setattr("forum.response.datanoise.tasks.failpoint", lambda _name: 1 / 0)
        spend = ask(file, analyst, HOSPITALS, 600, seen=0)
        assert work() == [JobState.FAILED]
    assert (spent_of(file.version.dataset_id), db.session.get(DataNoisyAnswer, spend.id)) == (600, None)
    with pytest.raises(WrongState, match="모자라요"):
        ask(file, analyst, SCHOOLS, 600, seen=600)
    db.session.rollback()
    ask(file, analyst, HOSPITALS, 600, seen=600)
    work()
    assert db.session.get(DataNoisyAnswer, spend.id).figures == ["10"]
    assert spent_of(file.version.dataset_id) == 600


def test_a_file_withdrawn_before_its_answer_gets_none_and_the_budget_stays_spent(sensitive, make, work):
    file, analyst = sensitive(), make.analyst()
    ask(file, analyst, HOSPITALS, 600, seen=0)
    withdraw_file(file, analyst, "잘못된 달이 있어요.", seen=file.revision)
    assert work() == [JobState.FAILED]
    assert spent_of(file.version.dataset_id) == 600
    with pytest.raises(WrongState):
        ask(file, analyst, SCHOOLS, 1, seen=600)


def test_somebody_who_spends_meanwhile_is_seen(sensitive, make):
    file = sensitive()
    ask(file, make.analyst(), HOSPITALS, 100, seen=0)
    with pytest.raises(WrongState, match="다른 사람이 먼저"):
        ask(file, make.analyst(), SCHOOLS, 100, seen=0)


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_two_at_once_do_not_overspend(app, sensitive, make):
    file = sensitive()
    file_id, dataset_id, analyst_id = file.id, file.version.dataset_id, make.analyst().id

    def spend(question):
        def act():
            ask(db.session.get(DataFile, file_id), db.session.get(Account, analyst_id), question, 600, seen=0)

        return act

    results = at_once(app, [spend(HOSPITALS), spend(SCHOOLS), spend(HOSPITALS)])
    refused = [type(result) for result in results if result is not None]
    assert refused in ([WrongState], [WrongState] * 2)  # the same question twice may win twice, at the price of one
    rows = db.session.scalars(sa.select(DataBudgetSpend.epsilon_millis).where(DataBudgetSpend.dataset_id == dataset_id))
    assert rows.all() == [600]


def test_a_budget_is_fixed_once_by_those_who_keep_a_sensitive_set(sensitive, make):
    file = sensitive(total=0)
    with pytest.raises(Forbidden):
        set_budget(file, make.citizen(), 1_000, 1)
    for total, rows in ((0, 1), (10_001, 1), (1, 0), (1, 1_001)):
        with pytest.raises(InvalidInput):
            set_budget(file, make.analyst(), total, rows)
    set_budget(file, make.analyst(), 1_000, 1)
    with pytest.raises(WrongState, match="벌써 정해졌어요"):
        set_budget(file, make.analyst(), 2_000, 1)
    with pytest.raises(WrongState, match="집계한 값만"):
        set_budget(sensitive(total=0, sensitivity=Sensitivity.RESTRICTED), make.analyst(), 1_000, 1)


def test_figures_with_and_without_noise_do_not_stand_beside_each_other(sensitive, make):
    exact = sensitive(total=0)
    make._add(DataAggregate(file_id=exact.id, by_column="유형", cells=[["학교", "7"]]))
    with pytest.raises(WrongState, match="잡음을 섞지 않고"):
        set_budget(exact, make.analyst(), 1_000, 1)
    with pytest.raises(WrongState, match="잡음을 섞은 값만"):
        ask_for_aggregate(sensitive(), make.analyst(), "유형", "")


def test_without_the_extra_nothing_is_spent(sensitive, make, monkeypatch):
    file = sensitive()
    monkeypatch.setattr(noise, "is_available", lambda: False)
    with pytest.raises(WrongState, match="OpenDP"):
        ask(file, make.analyst(), HOSPITALS, 100, seen=0)
    assert spent_of(file.version.dataset_id) == 0
