from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

import numpy as np
import pytest
import sqlalchemy as sa

from forum.analysis.opinions import queue
from forum.analysis.opinions.models import OpinionScore, OpinionSnapshot, SnapshotState
from forum.analysis.opinions.queue import (
    NO_VOTES_GAIN,
    UNIFORM_SHARE,
    answer_question,
    done_by,
    draw_for,
    last_vote,
    mixed_chances,
    next_question,
    question_about,
    undo_vote,
)
from forum.analysis.themes.models import DuplicateGroup
from forum.core import clock
from forum.core.errors import Forbidden, NotFound, WrongState
from forum.core.extensions import db
from forum.voice.campaigns.models import PhaseKind
from forum.voice.ideas.models import IdeaState
from forum.voice.votes.models import Vote
from forum.voice.votes.queries import votes_of
from nlp.opinion import routing


@pytest.fixture
def campaign(make):
    return make.campaign()


@pytest.fixture
def voter(make):
    return make.citizen()


def snapshot_of(campaign, gains):
    """Publish a snapshot that knows these ideas, in the order of their slots."""
    snapshot = OpinionSnapshot(
        campaign_id=campaign.id,
        votes_cut_at=clock.now(),
        last_event_id=0,
        n_people=0,
        n_entering=0,
        n_ideas=len(gains),
        n_votes=0,
    )
    db.session.add(snapshot)
    db.session.flush()
    rows = [
        {"snapshot_id": snapshot.id, "idea_id": idea.id, "slot": slot, "gain": gain, "votes": 0}
        for slot, (idea, gain) in enumerate(gains.items())
    ]
    db.session.execute(sa.insert(OpinionScore), rows)
    snapshot.state, snapshot.is_current, snapshot.number = SnapshotState.FINISHED, True, 1
    snapshot.finished_at = clock.now()
    db.session.flush()
    return snapshot


def copies(campaign, number, *ideas):
    db.session.add_all(DuplicateGroup(campaign_id=campaign.id, idea_id=one.id, number=number) for one in ideas)
    db.session.flush()


def draws(campaign, actor, n=200):
    return [next_question(campaign, actor, random.Random(seed)) for seed in range(n)]


def drawn(campaign, actor, n=200):
    """:return: title -> how often it was drawn"""
    return Counter(question.idea.title for question in draws(campaign, actor, n) if question)


def test_the_chances_are_those_of_the_mathematics():
    gains = [0.1, 0.02, 0.005, NO_VOTES_GAIN]
    assert mixed_chances(gains) == pytest.approx(routing.chances(np.array(gains)).tolist())
    assert float(routing.narrowing(0)) == pytest.approx(NO_VOTES_GAIN)
    assert UNIFORM_SHARE == routing.UNIFORM_SHARE


def test_without_a_snapshot_all_ideas_have_the_same_chance(make, campaign, voter):
    for title in "가나다라":
        make.idea(campaign, title=title)
    found = draws(campaign, voter)
    assert {one.probability for one in found} == {0.25}
    assert {one.n_left for one in found} == {4}
    assert set(Counter(one.idea.title for one in found)) == set("가나다라")


def test_what_an_answer_tells_decides_how_often_an_idea_is_drawn(make, campaign, voter):
    much, little = make.idea(campaign, title="많이"), make.idea(campaign, title="조금")
    snapshot_of(campaign, {much: 0.09, little: 0.01})
    found = draws(campaign, voter, 400)
    assert {one.idea.title: round(one.probability, 6) for one in found} == {"많이": 0.8, "조금": 0.2}
    assert 290 < sum(one.idea.title == "많이" for one in found) < 350


def test_how_an_idea_is_liked_changes_nothing(make, campaign, voter):
    liked, disliked = make.idea(campaign, title="좋아요"), make.idea(campaign, title="싫어요")
    for idea, value in ((liked, 1), (disliked, -1)):
        for _ in range(5):
            make.vote(idea, value=value)
    assert {one.probability for one in draws(campaign, voter, 50)} == {0.5}


def test_one_s_own_voted_hidden_and_foreign_ideas_are_never_drawn(make, campaign, voter):
    make.idea(campaign, title="물어볼 제안")
    make.idea(campaign, author=voter, title="내 제안")
    make.vote(make.idea(campaign, title="투표한 제안"), voter)
    for state in (IdeaState.HIDDEN, IdeaState.WITHDRAWN):
        make.idea(campaign, title=state.name, state=state)
    make.idea(title="다른 포럼의 제안")
    assert set(drawn(campaign, voter, 50)) == {"물어볼 제안"}


def test_nothing_left_is_none(make, campaign, voter):
    make.vote(make.idea(campaign), voter)
    assert next_question(campaign, voter, random.Random(0)) is None
    assert next_question(make.campaign(), voter, random.Random(0)) is None


@pytest.mark.parametrize("has_snapshot", [False, True])
def test_near_copies_are_asked_about_once(make, campaign, voter, has_snapshot):
    ideas = {title: make.idea(campaign, title=title) for title in ("원본", "사본", "사본의 사본", "다른 제안")}
    if has_snapshot:
        snapshot_of(campaign, dict.fromkeys(ideas.values(), 0.1))
    copies(campaign, 1, ideas["사본"], ideas["원본"], ideas["사본의 사본"])
    assert set(drawn(campaign, voter, 60)) == {"원본", "다른 제안"}
    assert {one.probability for one in draws(campaign, voter, 20)} == {0.5}
    make.vote(ideas["사본의 사본"], voter)
    assert set(drawn(campaign, voter, 60)) == {"다른 제안"}


def test_the_copy_stands_in_where_the_original_cannot_be_asked_about(make, campaign, voter):
    hidden, copy = make.idea(campaign, state=IdeaState.HIDDEN), make.idea(campaign, title="사본")
    own, other = make.idea(campaign, author=voter), make.idea(campaign, title="남의 사본")
    copies(campaign, 1, hidden, copy)
    copies(campaign, 2, own, other)
    assert set(drawn(campaign, voter, 60)) == {"사본", "남의 사본"}


def test_copies_in_another_campaign_do_not_count(make, campaign, voter):
    idea, elsewhere = make.idea(campaign, title="여기"), make.idea()
    copies(campaign, 1, idea)
    copies(elsewhere.campaign, 1, elsewhere)
    make.vote(elsewhere, voter)
    assert set(drawn(campaign, voter, 10)) == {"여기"}


def test_ideas_that_came_after_the_snapshot_tell_as_much_as_without_votes(make, campaign, voter):
    known = make.idea(campaign, title="아는 제안")
    snapshot_of(campaign, {known: NO_VOTES_GAIN / 3})
    make.idea(campaign, title="새 제안")
    found = draws(campaign, voter, 60)
    assert {one.idea.title: round(one.probability, 6) for one in found} == {"아는 제안": 0.3125, "새 제안": 0.6875}


def test_only_the_current_snapshot_counts(make, campaign, voter):
    one, two = make.idea(campaign, title="하나"), make.idea(campaign, title="둘")
    old = snapshot_of(campaign, {one: 0.1, two: 0.001})
    old.is_current = False
    db.session.flush()
    assert {found.probability for found in draws(campaign, voter, 20)} == {0.5}


@pytest.mark.parametrize("has_snapshot", [False, True])
def test_of_many_ideas_a_window_is_drawn_first_and_the_probability_is_that_of_both(
    make, campaign, voter, monkeypatch, has_snapshot
):
    """One over the probability, summed over the draws, must come to one for each idea (Horvitz & Thompson 1952)."""
    monkeypatch.setattr(queue, "WINDOW", 4)
    ideas = [make.idea(campaign, title=str(n)) for n in range(10)]
    if has_snapshot:
        snapshot_of(campaign, {idea: 0.01 * (n + 1) for n, idea in enumerate(ideas)})
    n_draws = 1_500
    found = draws(campaign, voter, n_draws)
    total = Counter()
    for one in found:
        assert one.n_left is None
        total[one.idea.title] += 1 / one.probability / n_draws
    assert len(total) == 10
    assert all(0.7 < value < 1.3 for value in total.values()), total
    assert sum(total.values()) / 10 == pytest.approx(1, abs=0.08)


def test_a_new_idea_is_in_every_window(make, campaign, voter, monkeypatch):
    monkeypatch.setattr(queue, "WINDOW", 2)
    snapshot_of(campaign, {make.idea(campaign, title=f"옛 {n}"): NO_VOTES_GAIN for n in range(6)})
    make.idea(campaign, title="새 제안")
    found = {one.idea.title: one.probability for one in draws(campaign, voter, 300)}
    assert found["새 제안"] == pytest.approx(1 / 3)
    assert found["옛 0"] == pytest.approx(1 / 3 * 2 / 6)


def test_only_so_many_new_ideas_are_in_a_draw_and_these_are_the_newest(make, campaign, voter, monkeypatch):
    monkeypatch.setattr(queue, "MAX_NEW", 2)
    snapshot_of(campaign, {make.idea(campaign, title="옛"): NO_VOTES_GAIN})
    for n in range(4):
        make.idea(campaign, title=f"새 {n}")
    found = draws(campaign, voter, 100)
    assert {one.idea.title for one in found} == {"옛", "새 2", "새 3"}
    assert {one.n_left for one in found} == {None}  # more than these three are left


@pytest.mark.parametrize("has_snapshot", [False, True])
def test_who_has_seen_a_whole_window_is_asked_about_the_rest_without_a_probability(
    make, campaign, voter, monkeypatch, has_snapshot
):
    monkeypatch.setattr(queue, "WINDOW", 2)
    ideas = [make.idea(campaign, title=str(n)) for n in range(8)]
    if has_snapshot:
        snapshot_of(campaign, dict.fromkeys(ideas, 0.1))
    for idea in ideas[1:]:
        make.vote(idea, voter)
    found = draws(campaign, voter, 60)
    assert {one.idea.title for one in found} == {"0"}
    assert {one.probability for one in found} == {None, 0.25}


def test_a_page_that_is_loaded_again_asks_the_same_and_other_people_something_else(make, campaign, voter):
    for n in range(30):
        make.idea(campaign, title=str(n))

    def asked(actor, n_votes=0):
        return next_question(campaign, actor, draw_for(campaign, actor, n_votes)).idea.title

    assert len({asked(voter) for _ in range(3)}) == 1
    assert len({asked(make.citizen()) for _ in range(12)}) > 3
    assert len({asked(voter, n_votes) for n_votes in range(12)}) > 3


def test_an_answer_keeps_its_probability_and_taking_it_back_returns_it(make, campaign, voter):
    idea = make.idea(campaign, title="지붕 텃밭")
    assert answer_question(campaign, voter, idea.id, -1, 0.125).title == "지붕 텃밭"
    assert last_vote(campaign, voter, idea.id).value == -1
    assert db.session.scalar(sa.select(Vote.shown_probability)) == 0.125
    assert question_about(campaign, voter, idea.id) is None
    assert undo_vote(campaign, voter, idea.id) == 0.125
    assert votes_of([idea.id], voter).get(idea.id) is None
    assert last_vote(campaign, voter, idea.id) is None
    assert question_about(campaign, voter, idea.id).idea is idea
    assert undo_vote(campaign, voter, idea.id) is None  # twice is as once


def test_what_was_done_today_is_counted_in_seoul_and_by_choice(make, campaign, voter):
    midnight = clock.now().astimezone(clock.SEOUL).replace(hour=0, minute=0, second=0, microsecond=0)
    for value, seconds in ((1, 0), (1, 60), (0, 60), (-1, 60), (1, -1)):
        with clock.at(midnight + timedelta(seconds=seconds)):
            make.vote(make.idea(campaign), voter, value=value)
    make.vote(make.idea(), voter)
    done = done_by(campaign, voter)
    assert (done.agree, done.pass_, done.disagree, done.today, done.in_all) == (2, 1, 1, 4, 5)


@pytest.mark.parametrize("act", [lambda *a: answer_question(*a, 1, None), undo_vote])
def test_an_answer_is_refused_where_a_vote_would_be(make, campaign, voter, act):
    idea, hidden = make.idea(campaign), make.idea(campaign, state=IdeaState.HIDDEN)
    withdrawn = make.idea(campaign, state=IdeaState.WITHDRAWN)
    elsewhere = make.idea()
    closed = make.idea(make.campaign(open_phases=(PhaseKind.PROPOSING,)))
    with pytest.raises(Forbidden):
        act(campaign, make.analyst(), idea.id)
    for gone in (hidden.id, elsewhere.id, 2**31 - 1):
        with pytest.raises(NotFound):
            act(campaign, voter, gone)
    with pytest.raises(WrongState):
        act(campaign, voter, withdrawn.id)
    with pytest.raises(WrongState):
        act(closed.campaign, voter, closed.id)


def test_a_draw_costs_five_statements_whatever_there_is(make, campaign, voter, count_queries):
    ideas = [make.idea(campaign)]
    snapshot_of(campaign, {ideas[0]: 0.1})

    def cost():
        for idea in ideas:
            db.session.expire(idea)
        return count_queries(lambda: next_question(campaign, voter, random.Random(0)))

    assert cost() == 5  # what comes first, the snapshot, what it knows, what came after it, and the idea itself
    ideas += [make.idea(campaign) for _ in range(20)]
    copies(campaign, 1, *ideas[1:])
    assert cost() == 5
