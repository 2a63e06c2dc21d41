"""`flask forum check` and needs for data: what the services leave is right, and each planted error is named."""

from __future__ import annotations

import pytest

from forum.administration.mydata.services import delete_account
from forum.administration.operations.checks import recorded_rows
from forum.administration.operations.dataneeds import NEED_CHECKS, need_joins, need_offers, need_states
from forum.administration.operations.queries import recount
from forum.core.access import SYSTEM
from forum.core.extensions import db
from forum.response.dataneeds.deciding import offer_dataset, refuse_need, settle_need
from forum.response.dataneeds.models import DataNeed, NeedState
from forum.response.dataneeds.services import NeedWords, ask_need, join_need
from forum.response.dataneeds.subjects import of_thing
from forum.system.texts.registry import TEXT_KINDS
from tests.unguarded import unguarded

WORDS = NeedWords("얼마나 쓰나요?", "사용량", "줄일 곳을 알아요")
TABLES = ("data_need", "data_need_join", "data_need_offer", "dataset", "account")


@pytest.fixture
def asked(app, make):
    """An open need, one with an offer that somebody joined, a settled one and a refused one."""
    analyst, idea, joiner = make.analyst(), make.idea(), make.citizen()
    open_, offered, settled, refused = (ask_need(of_thing(idea), make.citizen(), WORDS) for _n in range(4))
    dataset = make.dataset()
    for need in (offered, settled):
        join_need(need, joiner)
        offer_dataset(need, dataset, analyst, seen=1)
    settle_need(settled, analyst, "밤에 40%를 써요.", seen=2)
    refuse_need(refused, analyst, "영업 비밀이래요.", seen=1)
    db.session.commit()
    return {
        "open": open_.id,
        "offered": offered.id,
        "settled": settled.id,
        "author": offered.author_id,
        "guest": make.guest().participant.id,
        "account": joiner.id,
    }


def plant(statement: str) -> None:
    with unguarded(*TABLES) as connection:
        connection.exec_driver_sql(statement)
    db.session.expire_all()


def differences() -> list[str]:
    own = [finding for finding in recorded_rows() if "(data_need)" in finding.name]
    assert len(own) == 1
    return [line for finding in [*recount(), *own] for line in finding.differences]


def test_needs_are_recounted_without_a_difference(asked):
    for check in NEED_CHECKS:
        found = check()
        assert (found.differences, found.n_checked > 0) == ([], True)
    assert differences() == []


PLANTED = {
    "an offer of an open need": (need_states, "UPDATE data_need SET state = 'OPEN' WHERE id = {offered}"),
    "an offer that was lost": (need_states, "DELETE FROM data_need_offer WHERE need_id = {settled}"),
    "a decision before the question": (
        need_states,
        "UPDATE data_need SET decided_at = '2001-01-01 00:00:00.000000' WHERE id = {settled}",
    ),
    "an offer before the question": (
        need_offers,
        "UPDATE data_need_offer SET offered_at = '2001-01-01 00:00:00.000000'",
    ),
    "an offer of what is only proposed": (need_offers, "UPDATE dataset SET state = 'PROPOSED'"),
    "an author who joined": (
        need_joins,
        "UPDATE data_need_join SET participant_id = {author} WHERE need_id = {offered}",
    ),
    "a guest who joined": (need_joins, "UPDATE data_need_join SET participant_id = {guest} WHERE need_id = {offered}"),
    "somebody who left": (need_joins, "UPDATE account SET active = false WHERE id = {account}"),
}


@pytest.mark.parametrize("error", PLANTED)
def test_a_planted_error_of_a_need_is_named(asked, error):
    check, statement = PLANTED[error]
    plant(statement.format(**asked))
    assert check().differences, error


def test_a_decision_changed_past_the_services_differs_from_the_audit(asked):
    plant(f"UPDATE data_need SET state_reason = '다른 까닭' WHERE id = {asked['settled']}")
    assert any("감사 기록" in line for line in differences())


@pytest.mark.parametrize("keep", [True, False])
def test_what_a_person_leaves_behind_is_right(asked, keep):
    for need in db.session.query(DataNeed).all():
        delete_account(need.author.account, SYSTEM, keep_posts=keep)
    states = {need.state for need in db.session.query(DataNeed)}
    assert (NeedState.REMOVED in states) is not keep
    assert NeedState.SETTLED in states
    assert differences() == []
    assert TEXT_KINDS["data_need"].words(db.session.get_one(DataNeed, asked["settled"])).title != ""
