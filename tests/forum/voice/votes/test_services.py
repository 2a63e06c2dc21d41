from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Role
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.voice.campaigns.models import PhaseKind
from forum.voice.ideas.models import IdeaState
from forum.voice.votes.models import Vote, VoteEvent
from forum.voice.votes.queries import own_vote, votes_of
from forum.voice.votes.services import cast_votes


def counts(idea):
    db.session.refresh(idea.tally)
    return idea.tally.agree, idea.tally.disagree, idea.tally.pass_


def events(idea):
    """Values in the order they were written; None is a clearing."""
    return db.session.scalars(
        sa.select(VoteEvent.value).where(VoteEvent.idea_id == idea.id).order_by(VoteEvent.id)
    ).all()


@pytest.mark.parametrize(("value", "tally"), [(1, (1, 0, 0)), (-1, (0, 1, 0)), (0, (0, 0, 1))])
def test_a_first_vote(make, value, tally):
    idea, voter = make.idea(), make.citizen()
    cast_votes({idea.id: value}, voter)
    assert votes_of([idea.id], voter).get(idea.id) == value
    assert counts(idea) == tally
    assert events(idea) == [value]


def test_a_vote_moves_and_every_move_is_kept(make):
    idea, voter = make.idea(), make.citizen()
    for value in (1, -1, 0, 1):
        cast_votes({idea.id: value}, voter)
    assert counts(idea) == (1, 0, 0)
    assert events(idea) == [1, -1, 0, 1]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Vote)) == 1


def test_the_same_vote_again_changes_nothing(make):
    idea, voter = make.idea(), make.citizen()
    cast_votes({idea.id: 1}, voter)
    cast_at = db.session.scalar(sa.select(Vote.cast_at))
    cast_votes({idea.id: 1}, voter)
    assert counts(idea) == (1, 0, 0)
    assert events(idea) == [1]
    assert db.session.scalar(sa.select(Vote.cast_at)) == cast_at


@pytest.mark.parametrize("value", [1, 0, -1])
def test_a_cleared_vote_is_gone_but_was_there(make, value):
    idea, voter = make.idea(), make.citizen()
    cast_votes({idea.id: value}, voter)
    cast_votes({idea.id: None}, voter)
    cast_votes({idea.id: None}, voter)
    assert votes_of([idea.id], voter).get(idea.id) is None
    assert counts(idea) == (0, 0, 0)
    assert events(idea) == [value, None]
    cast_votes({idea.id: 1}, voter)
    assert counts(idea) == (1, 0, 0)


def test_votes_of_different_people_add_up(make):
    idea = make.idea()
    for value in (1, 1, 0, -1):
        cast_votes({idea.id: value}, make.citizen())
    cast_votes({make.idea().id: 1}, make.citizen())
    assert counts(idea) == (2, 1, 1)


def test_one_may_vote_on_ones_own_idea(make):
    author = make.citizen()
    idea = make.idea(author=author)
    cast_votes({idea.id: 1}, author)
    assert counts(idea) == (1, 0, 0)


@pytest.mark.parametrize("value", [2, -2, True, False, 1.0, 0.5, "1", [], {}, 10**30])
def test_no_other_value_is_a_vote(make, value):
    idea = make.idea()
    with pytest.raises(InvalidInput, match="가운데 하나"):
        cast_votes({idea.id: value}, make.citizen())
    assert counts(idea) == (0, 0, 0)


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.CITIZEN, Role.FACILITATOR, Role.GUEST}])
def test_others_neither_vote_nor_clear(make, role):
    idea, actor = make.idea(), make.actor(role)
    with pytest.raises(Forbidden):
        cast_votes({idea.id: 1}, actor)
    with pytest.raises(Forbidden):
        cast_votes({idea.id: None}, actor)
    assert events(idea) == []


@pytest.mark.parametrize("state", [IdeaState.WITHDRAWN, IdeaState.MERGED])
def test_only_open_ideas_take_votes(make, state):
    other, voter = make.idea(), make.citizen()
    idea = make.idea(other.campaign, state=state, merged_into_id=other.id if state is IdeaState.MERGED else None)
    with pytest.raises(WrongState, match=state.label):
        cast_votes({idea.id: 1}, voter)
    with pytest.raises(WrongState):
        cast_votes({idea.id: None}, voter)
    assert state.label in own_vote(idea, voter).why_not
    assert counts(idea) == (0, 0, 0)


def test_a_withdrawal_this_session_has_not_seen_counts_all_the_same(make):
    idea, voter = make.idea(), make.citizen()
    table = type(idea).__table__
    db.session.execute(sa.update(table).where(table.c.id == idea.id).values(state=IdeaState.WITHDRAWN))
    assert idea.state is IdeaState.OPEN  # as this session still believes
    with pytest.raises(WrongState):
        cast_votes({idea.id: 1}, voter)


def test_votes_are_cast_while_the_voting_phase_is_open(make):
    idea, voter = make.idea(), make.citizen()
    make.vote(idea, voter)
    voting = next(phase for phase in idea.campaign.phases if phase.kind is PhaseKind.VOTING)
    voting.closes_at = clock.now()
    for attempt in (lambda: cast_votes({idea.id: -1}, voter), lambda: cast_votes({idea.id: None}, voter)):
        with pytest.raises(WrongState, match="투표 단계는"):
            attempt()
    assert votes_of([idea.id], voter).get(idea.id) == 1
    assert "끝났어요" in own_vote(idea, voter).why_not


def test_the_last_moment_of_the_phase_is_too_late(make):
    idea, voter = make.idea(), make.citizen()
    phase = next(phase for phase in idea.campaign.phases if phase.kind is PhaseKind.VOTING)
    with clock.at(phase.closes_at), pytest.raises(WrongState):
        cast_votes({idea.id: 1}, voter)


def test_votes_of_several_ideas_in_one_query(make, count_queries):
    voter = make.citizen()
    ideas = [make.idea() for _ in range(3)]
    cast_votes({ideas[0].id: 1}, voter)
    cast_votes({ideas[1].id: 0}, voter)
    cast_votes({ideas[2].id: 1}, make.citizen())
    ids = [idea.id for idea in ideas]
    db.session.refresh(voter)
    found = {}
    assert count_queries(lambda: found.update(votes_of(ids, voter))) == 1
    assert found == {ids[0]: 1, ids[1]: 0}


def test_a_visitor_has_no_votes(make):
    assert votes_of([make.idea().id], make.actor(Role.ANONYMOUS)) == {}
