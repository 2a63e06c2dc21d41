from __future__ import annotations

import pytest

from forum.core.access import Role
from forum.deliberation.council.models import GroupKind
from forum.deliberation.rounds.conflicts import declare_conflict
from forum.deliberation.rounds.long_list import merge_task
from forum.deliberation.rounds.models import StageKind
from forum.deliberation.rounds.pages import missing_signatures, public_conflicts, task_page
from forum.deliberation.rounds.services import close_stage, decide_stage
from forum.deliberation.rounds.signing import sign_result
from tests.forum.deliberation.rounds.alone import detach


@pytest.fixture(autouse=True)
def no_hooks(app, monkeypatch):  # the app first: it registers the hooks
    return detach(monkeypatch)


def test_the_same_words_do_not_tell_that_a_member_is_in_a_team(make):
    round_ = make.council_round()
    seat, task = make.seat(round_.term), make.task(round_)
    team = make.council_group(round_.term, kind=GroupKind.TEAM)
    make.team_member(team, seat.account)
    declare_conflict(task, seat.account, "우리 모임의 일이에요.")
    declare_conflict(task, make.team_member(team).account, "제 회사의 일이에요.")
    shown = [(one.seat_id, one.text) for one in public_conflicts(round_)]
    assert shown == [(seat.id, "우리 모임의 일이에요."), (None, "제 회사의 일이에요.")]


def test_a_task_shows_the_statements_of_those_merged_into_it(make):
    round_ = make.council_round()
    seat, task, target = make.seat(round_.term), make.task(round_), make.task(round_)
    statement = declare_conflict(task, seat.account, "우리 모임의 일이에요.")
    assert list(task_page(target).conflicts) == []
    merge_task(task, make.account(Role.ANALYST), target, "같은 일이에요.", seen=1)
    assert list(task_page(target).conflicts) == [statement]


def test_the_page_says_whose_signature_is_missing(make):
    round_, analyst = make.council_round(present=StageKind.ASSEMBLY), make.account(Role.ANALYST)
    civil = make.seat(round_.term, is_chair=True, name="김민간")
    task = make.task(round_)
    assert missing_signatures(round_) == []
    close_stage(round_, analyst, seen=1)
    decide_stage(round_, analyst, [task.id], {}, seen=2)
    empty = "정부 공동위원장(자리가 비어 있어요)"
    assert missing_signatures(round_) == ["민간 공동위원장(김민간)", empty]
    sign_result(round_, civil.account, seen=3)
    assert missing_signatures(round_) == [empty]
