"""`flask forum check` and uses of data: what the services leave is right, and each planted error is named."""

from __future__ import annotations

import pytest

from forum.administration.mydata.services import delete_account
from forum.administration.operations.checks import recorded_rows
from forum.administration.operations.datauses import USE_CHECKS, use_checks, use_datasets, use_needs
from forum.administration.operations.queries import recount
from forum.core.access import SYSTEM
from forum.core.extensions import db
from forum.response.dataneeds.subjects import of_thing
from forum.response.datasets.models import DatasetState, Sensitivity
from forum.response.datauses.charting import TypedChart
from forum.response.datauses.deciding import publish_use, return_use, settle_with
from forum.response.datauses.models import DataUse, UseState
from forum.response.datauses.services import UseWords, change_use, withdraw_use, write_use
from forum.system.texts.registry import TEXT_KINDS
from tests.unguarded import unguarded

WORDS = UseWords("병원이 가장 많이 써요", "나누어 보았어요.", "", "", TypedChart("전기", "kWh", "병원, 5\n학교, 3"))
TABLES = ("data_use", "data_use_dataset")


@pytest.fixture
def used(app, make):
    """One of open data that settled a need, another that answers it, a waiting, a published and a returned one."""
    analyst, need = make.analyst(), make.data_need()
    closed = make.dataset(state=DatasetState.OFFERED, sensitivity=Sensitivity.AGGREGATE)
    open_ = make.dataset(state=DatasetState.OFFERED)
    make.need_offer(need, open_)
    settled, other = (write_use(of_thing(need.idea), make.citizen(), WORDS, [open_.id], need) for _n in range(2))
    settle_with(settled, analyst, "병원이 가장 많이 써요.", seen=1, seen_need=need.revision)
    waiting, checked, given_back, gone = (
        write_use(of_thing(make.idea()), make.citizen(), WORDS, [closed.id]) for _n in range(4)
    )
    for use in (checked, gone):
        publish_use(use, analyst, seen=1)
    return_use(given_back, analyst, "한 칸이 세 사람이에요.", seen=1)
    change_use(checked, checked.author.account, WORDS, [closed.id], seen=2)
    publish_use(checked, analyst, seen=3)
    withdraw_use(gone, gone.author.account, seen=2)
    db.session.commit()
    names = {"settled": settled, "other": other, "waiting": waiting, "checked": checked, "returned": given_back}
    ids = {name: use.id for name, use in names.items()}
    return ids | {"author": checked.author.account_id, "idea": waiting.idea_id}


def plant(statement: str) -> None:
    with unguarded(*TABLES) as connection:
        connection.exec_driver_sql(statement)
    db.session.expire_all()


def differences() -> list[str]:
    own = [finding for finding in recorded_rows() if "(data_use)" in finding.name]
    assert len(own) == 1
    return [line for finding in [*recount(), *own] for line in finding.differences]


PLANTED = {
    "no dataset": (use_datasets, "DELETE FROM data_use_dataset WHERE use_id = {waiting}"),
    "a chart without a title": (use_datasets, "UPDATE data_use SET chart_title = '' WHERE id = {waiting}"),
    "its author checked it": (use_checks, "UPDATE data_use SET checked_by_id = {author} WHERE id = {checked}"),
    "published before it was written": (
        use_checks,
        "UPDATE data_use SET published_at = '2001-01-01 00:00:00.000000' WHERE id = {settled}",
    ),
    "about another thing": (use_needs, "UPDATE data_use SET idea_id = {idea} WHERE id = {other}"),
    "settled twice": (
        use_needs,
        "UPDATE data_use SET settled_at = (SELECT decided_at FROM data_need WHERE id = data_use.need_id) "
        "WHERE id = {other}",
    ),
}


def test_uses_are_recounted_without_a_difference_and_each_planted_error_is_named(used):
    assert differences() == []
    for check in USE_CHECKS:
        found = check()
        assert (found.differences, found.n_checked > 0) == ([], True)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize("error", PLANTED)
def test_a_planted_error_of_a_use_is_named(used, error):
    check, statement = PLANTED[error]
    plant(statement.format(**used))
    assert check().differences, error


def test_a_check_made_past_the_services_differs_from_the_audit(used):
    plant(f"UPDATE data_use SET reason = '다른 까닭' WHERE id = {used['returned']}")
    assert any("감사 기록" in line for line in differences())


@pytest.mark.parametrize("keep", [True, False])
def test_what_a_person_leaves_behind_is_right(used, keep):
    for use in db.session.query(DataUse).all():
        delete_account(use.author.account, SYSTEM, keep_posts=keep)
    states = {
        name: db.session.get_one(DataUse, used[name]).state for name in ("settled", "other", "checked", "waiting")
    }
    other = UseState.PUBLISHED if keep else UseState.REMOVED
    assert list(states.values()) == [UseState.PUBLISHED, other, UseState.PUBLISHED, UseState.REMOVED]
    assert differences() == []
    words = TEXT_KINDS["data_use"].words(db.session.get_one(DataUse, used["checked"]))
    assert (WORDS.title in words.title, "병원" in words.body) == (keep, keep)
