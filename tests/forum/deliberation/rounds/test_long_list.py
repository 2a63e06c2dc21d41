from __future__ import annotations

import pytest

from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.access import Role
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.deliberation.council.models import GroupKind
from forum.deliberation.rounds.conflicts import declare_conflict
from forum.deliberation.rounds.long_list import (
    add_idea_task,
    add_minutes_task,
    add_theme_task,
    change_task,
    merge_task,
    propose_task,
    withdraw_task,
)
from forum.deliberation.rounds.models import StageKind, StageState, TaskState
from forum.deliberation.rounds.queries import Member, has_tie, ties_of
from forum.deliberation.rounds.services import close_stage, decide_stage, open_stage
from forum.voice.campaigns.models import CampaignKind
from forum.voice.ideas.models import IdeaState
from tests.forum.deliberation.rounds.alone import detach


@pytest.fixture(autouse=True)
def no_hooks(app, monkeypatch):  # the app first: it registers the hooks
    return detach(monkeypatch)


def test_a_theme_brings_its_open_ideas_and_stands_on_the_list_once(make):
    round_, analyst = make.council_round(), make.account(Role.ANALYST)
    shown, hidden = make.idea(round_.campaign), make.idea(round_.campaign, state=IdeaState.HIDDEN)
    theme = make.theme(round_.campaign, [shown, hidden], state=ThemeState.APPROVED)
    task = add_theme_task(round_, analyst, theme)
    assert ([one.idea_id for one in task.ideas], task.has_words, task.title) == ([shown.id], True, theme.title)
    with pytest.raises(WrongState):
        add_theme_task(round_, analyst, theme)


@pytest.mark.parametrize("state", [ThemeState.DRAFT, ThemeState.REJECTED])
def test_only_approved_themes_of_the_campaign_are_added(make, state):
    round_, analyst = make.council_round(), make.account(Role.ANALYST)
    ideas = [make.idea(round_.campaign)]
    other = make.campaign()
    for theme in (
        make.theme(round_.campaign, ideas, state=state),
        make.theme(other, [make.idea(other)], state=ThemeState.APPROVED),
        make.theme(round_.campaign, [make.idea(round_.campaign, state=IdeaState.HIDDEN)], state=ThemeState.APPROVED),
    ):
        with pytest.raises(InvalidInput):
            add_theme_task(round_, analyst, theme)


@pytest.mark.parametrize("state", [IdeaState.HIDDEN, IdeaState.WITHDRAWN])
def test_an_idea_that_nobody_sees_is_not_added(make, state):
    round_ = make.council_round()
    with pytest.raises(InvalidInput):
        add_idea_task(round_, make.account(Role.ANALYST), make.idea(round_.campaign, state=state))


def test_an_idea_of_another_campaign_or_a_second_time_is_not_added(make):
    round_, analyst = make.council_round(), make.account(Role.ANALYST)
    idea = make.idea(round_.campaign)
    add_idea_task(round_, analyst, idea)
    with pytest.raises(WrongState):
        add_idea_task(round_, analyst, idea)
    with pytest.raises(InvalidInput):
        add_idea_task(round_, analyst, make.idea())


def test_an_everyday_campaign_has_rounds_too(make):
    everyday = make.campaign(kind=CampaignKind.EVERYDAY)
    round_ = make.council_round(campaign=everyday)
    idea = make.everyday_idea(everyday)
    assert add_idea_task(round_, make.account(Role.ANALYST), idea).lead_idea_id == idea.id


def test_minutes_that_are_hidden_or_of_another_campaign_are_not_added(make):
    round_, analyst = make.council_round(), make.account(Role.ANALYST)
    gathering = make.gathering(state="FINISHED", campaign=round_.campaign, n_present=8)
    minutes = make.gathering_minutes(gathering)
    task = add_minutes_task(round_, analyst, minutes, "남는 음식", "급식에서 남는 음식을 재요.")
    assert (task.has_words, task.minutes) == (True, minutes)
    with pytest.raises(InvalidInput):
        add_minutes_task(
            round_, analyst, make.gathering_minutes(make.gathering(state="FINISHED", n_present=8)), "a", ""
        )
    minutes.is_hidden = True
    with pytest.raises(InvalidInput):
        add_minutes_task(round_, analyst, minutes, "남는 음식", "")


def test_nothing_is_added_once_the_long_list_is_closed(make):
    round_, analyst = make.council_round(), make.account(Role.ANALYST)
    seat = make.seat(round_.term)
    close_stage(round_, analyst, seen=1)
    with pytest.raises(WrongState):
        add_idea_task(round_, analyst, make.idea(round_.campaign))
    with pytest.raises(WrongState):
        propose_task(round_, seat.account, "구내식당", "남는 음식을 재요.")


@pytest.mark.parametrize("text", ["", "  ", "주민등록번호는 900101-1234567이에요."])
def test_a_proposal_without_words_or_with_a_resident_number_is_refused(make, text):
    round_ = make.council_round()
    seat = make.seat(round_.term)
    with pytest.raises(InvalidInput):
        propose_task(round_, seat.account, "구내식당", text)
    with pytest.raises(InvalidInput):
        propose_task(round_, seat.account, text, "남는 음식을 재요.")


def test_a_proposal_is_linked_to_public_ideas_only(make):
    round_ = make.council_round()
    seat, idea = make.seat(round_.term), make.idea(round_.campaign)
    assert propose_task(round_, seat.account, "지붕", "지붕에 놓아요.", [idea.id]).has_words is True
    for other in (make.idea(), make.idea(round_.campaign, state=IdeaState.HIDDEN)):
        with pytest.raises(InvalidInput):
            propose_task(round_, seat.account, "지붕", "지붕에 놓아요.", [idea.id, other.id])


def test_a_task_is_changed_until_the_sub_committees_score(make):
    round_, analyst = make.council_round(), make.account(Role.ANALYST)
    group = make.council_group(round_.term, [])
    task, foreign = make.task(round_), make.council_group(make.term(), [])
    change_task(task, analyst, "새 이름", "", group, None, seen=1)
    assert (task.title, task.subcommittee, task.lead_idea_id, task.revision) == ("새 이름", group, None, 2)
    with pytest.raises(WrongState):  # an old page
        change_task(task, analyst, "또", "", group, None, seen=1)
    for bad in ({"group": foreign, "lead": None}, {"group": group, "lead": make.idea().id}):
        with pytest.raises(InvalidInput):
            change_task(task, analyst, "또", "", bad["group"], bad["lead"], seen=2)
    close_stage(round_, analyst, seen=round_.revision)
    decide_stage(round_, analyst, [task.id], {}, seen=round_.revision)
    open_stage(round_, analyst, seen=round_.revision)
    with pytest.raises(WrongState):
        change_task(task, analyst, "또", "", group, None, seen=2)


def test_only_the_secretariat_fills_the_list_and_merges(make):
    round_ = make.council_round()
    seat = make.seat(round_.term)
    task, other = make.task(round_), make.task(round_)
    for who in (seat.account, make.citizen(), make.account(Role.MINISTRY_OFFICER)):
        with pytest.raises(Forbidden):
            add_idea_task(round_, who, make.idea(round_.campaign))
        with pytest.raises(Forbidden):
            merge_task(task, who, other, "같아요.", seen=1)
        with pytest.raises(Forbidden):
            change_task(task, who, "새", "", None, None, seen=1)
        with pytest.raises(Forbidden):
            withdraw_task(task, who, "거두어요.", seen=1)


def test_a_seat_that_ended_withdraws_its_own_proposal_no_more(make):
    round_ = make.council_round()
    seat = make.seat(round_.term)
    task = propose_task(round_, seat.account, "구내식당", "남는 음식을 재요.")
    seat.ended_at, seat.end_reason = clock.now(), "사임"
    db.session.flush()
    with pytest.raises(Forbidden):
        withdraw_task(task, seat.account, "거두어요.", seen=1)
    assert has_tie(task, Member(seat=seat)) is True


def test_a_task_that_left_frees_its_place_and_outdates_the_decision(make, no_hooks):
    round_, analyst = make.council_round(present=StageKind.DELEGATES), make.account(Role.ANALYST)
    stage = round_.stage(StageKind.DELEGATES)
    stage.n_on = 1
    first, second, third = (make.task(round_) for _ in range(3))
    no_hooks.update({first.id: 1, second.id: 2, third.id: 3})
    close_stage(round_, analyst, seen=1)
    seen = round_.revision
    withdraw_task(first, analyst, "거두어요.", seen=1)
    with pytest.raises(WrongState):
        decide_stage(round_, analyst, [second.id], {}, seen=seen)
    decide_stage(round_, analyst, [second.id], {}, seen=round_.revision)
    assert [one.state for one in (first, second, third)] == [
        TaskState.WITHDRAWN,
        TaskState.IN_ROUND,
        TaskState.LEFT_OUT,
    ]


def test_what_the_assembly_chose_is_neither_withdrawn_nor_merged(make):
    round_, analyst = make.council_round(present=StageKind.ASSEMBLY), make.account(Role.ANALYST)
    tasks = [make.task(round_) for _ in range(2)]
    close_stage(round_, analyst, seen=1)
    decide_stage(round_, analyst, [task.id for task in tasks], {}, seen=2)
    with pytest.raises(WrongState):
        withdraw_task(tasks[0], analyst, "거두어요.", seen=1)
    with pytest.raises(WrongState):
        merge_task(tasks[0], analyst, tasks[1], "같아요.", seen=1)


def test_ties_go_along_with_a_merge_over_two_steps(make):
    round_, analyst = make.council_round(), make.account(Role.ANALYST)
    proposer, declared, author = make.seat(round_.term), make.seat(round_.term), make.citizen()
    joined = make.team_member(make.council_group(round_.term, kind=GroupKind.TEAM), author)
    own = propose_task(round_, proposer.account, "구내식당", "남는 음식을 재요.")
    middle, last = make.task(round_, [make.idea(round_.campaign, author)]), make.task(round_)
    declare_conflict(own, declared.account, "우리 회사의 일이에요.")
    people = [Member(seat=proposer), Member(seat=declared), Member(team_member=joined)]
    assert [has_tie(last, one) for one in people] == [False] * 3
    merge_task(own, analyst, middle, "같은 일이에요.", seen=own.revision)
    merge_task(middle, analyst, last, "같은 일이에요.", seen=middle.revision)
    assert [has_tie(last, one) for one in people] == [True] * 3
    other = make.task(round_)
    ties = ties_of([last, other])
    assert [ties.has(other, one) for one in people] == [False] * 3
    assert round_.stage(StageKind.LONG_LIST).state is StageState.OPEN
