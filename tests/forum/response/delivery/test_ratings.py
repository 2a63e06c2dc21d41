"""Who rates a milestone, once, and what happens at the same moment."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.administration.mydata.services import delete_account
from forum.core import clock
from forum.core.access import SYSTEM
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.response.answers.words import AnswerInput
from forum.response.delivery.models import Happened, MilestoneRating, RatingRound, RatingState
from forum.response.delivery.pages import came_at_once, rated_milestone
from forum.response.delivery.queries import may_rate, rounds_to_rate, two_sides_of_themes
from forum.response.delivery.ratings import TypedRating, rate
from forum.response.delivery.services import update_milestone
from forum.response.referrals.models import Decision
from forum.response.referrals.queries import get_milestone
from forum.system.texts.limits import TooManyTexts
from forum.voice.moderation.services import hide
from forum.voice.votes.models import PASS
from tests.races import at_once

SAID = TypedRating("PARTLY", "3", "아직 두 곳뿐이에요.")
HOUR = timedelta(hours=1)


@pytest.fixture
def asked(make):
    """An open round of an hour ago about a letter's step, with a person who voted before that, all committed."""
    round_ = make.rating_round(opened_at=clock.now() - HOUR)
    idea = round_.milestone.answer.referral.theme.members[0].idea
    voter = make.citizen()
    with clock.at(clock.now() - 2 * HOUR):
        make.vote(idea, voter, PASS)
    db.session.commit()
    return round_, idea, voter


def say(round_, who, said=SAID, seen=0, **values):
    seen_round = values.pop("seen_round", round_.id)
    return rate(round_.milestone, who, said, seen_round=seen_round, seen_revision=seen, **values)


def test_those_who_took_part_before_rate_once_and_change_it(make, asked):
    round_, _idea, voter = asked
    assert [one.id for one in rounds_to_rate(voter.participant_id)] == [round_.id]
    first = say(round_, voter, TypedRating("NO", "none", "전화 010-1234-5678"))
    assert (first.happened, first.helps, "5678" in first.comment) == (Happened.NO, None, False)
    assert rounds_to_rate(voter.participant_id) == []
    again = say(round_, voter, TypedRating("NO", "none", "전화 010-1234-5678"))  # a double click
    assert (again.id, again.revision) == (first.id, 1)
    with pytest.raises(WrongState, match="먼저 냈거나"):
        say(round_, voter, SAID, seen=0)
    assert say(round_, voter, SAID, seen=1).revision == 2
    with pytest.raises(WrongState, match="새로 묻고"):
        say(round_, voter, SAID, seen=2, seen_round=round_.id + 1)


def test_nobody_else_does(make, asked):
    round_, idea, _voter = asked
    late, author = make.citizen(), make.citizen()
    make.vote(idea, late)
    stranger, officer, child = make.citizen(), round_.milestone.answer.author, make.child()
    with clock.at(clock.now() - 2 * HOUR):
        make.vote(make.idea(idea.campaign), stranger)
    idea.author_id, idea.created_at = author.participant_id, clock.now() - 2 * HOUR
    db.session.flush()
    assert may_rate(author.participant_id, round_)
    for who in (late, stranger, officer, child):
        with pytest.raises(Forbidden):
            say(round_, who)
    page = rated_milestone(round_.milestone, late)
    assert "투표한 사람이 평가해요" in page.why_not
    assert "계정으로는 평가하지 않아요" in rated_milestone(round_.milestone, officer).why_not


def test_what_is_refused_is_told_at_once_and_limits_hold(app, asked, monkeypatch):
    round_, _idea, voter = asked
    for wrong in ("11", "-1", "3.5", "", "９"):
        with pytest.raises(InvalidInput) as refused:
            say(round_, voter, TypedRating("MAYBE", wrong, "900101-1234568"))
        assert set(refused.value.errors) == {"happened", "helps", "comment"}
    with pytest.raises(InvalidInput):
        say(round_, voter, TypedRating("YES", "0", "가" * 501))
    monkeypatch.setitem(app.config, "MILESTONE_RATING_LIMIT_PER_NETWORK", "1 per hour")
    say(round_, voter, address="192.0.2.1")
    with pytest.raises(TooManyTexts):
        say(round_, voter, TypedRating("YES", "1", ""), seen=1, address="192.0.2.1")


def test_the_same_rating_twice_at_once_is_one_and_of_two_others_one_wins(app, make, asked):
    round_, idea, voter = asked
    other = make.citizen()
    with clock.at(clock.now() - 2 * HOUR):
        make.vote(idea, other)
    milestone_id, round_id, first, second = round_.milestone_id, round_.id, voter.id, other.id

    def act(who, said):
        person = db.session.get_one(Account, who)
        rate(get_milestone(milestone_id), person, said, seen_round=round_id, seen_revision=0)

    twice = at_once(app, [lambda: act(first, SAID)] * 2)
    assert twice == [None, None]
    others = [TypedRating("YES", str(n), "") for n in range(2)]
    results = at_once(app, [lambda said=said: act(second, said) for said in others])
    assert [type(one) for one in results if one] == [WrongState]
    assert db.session.scalar(sa.select(sa.func.count(MilestoneRating.id))) == 2


def test_a_step_reopened_while_somebody_rates_leaves_no_rating_in_an_ended_round(app, asked):
    round_, _idea, voter = asked
    milestone_id, round_id, who, officer = round_.milestone_id, round_.id, voter.id, round_.milestone.answer.author_id

    def reopen():
        officer_ = db.session.get_one(Account, officer)
        update_milestone(get_milestone(milestone_id), officer_, 50, "더 해야 해요.", seen_percent=100)

    def say_it():
        person = db.session.get_one(Account, who)
        rate(get_milestone(milestone_id), person, SAID, seen_round=round_id, seen_revision=0)

    results = at_once(app, [reopen, say_it])
    assert [type(one) for one in results if one] in ([], [WrongState])
    (rated,) = db.session.execute(sa.select(sa.func.count(MilestoneRating.id))).one()
    assert rated == (results[1] is None)
    with pytest.raises(WrongState, match="끝났어요"):
        say_it()


def test_a_theme_whose_answer_changed_shows_no_score_and_asks_nobody(make, asked):
    round_, _idea, voter = asked
    answer = round_.milestone.answer
    for _ in range(6):
        make.rating(round_)
    theme_id = answer.referral.theme_id
    assert two_sides_of_themes([theme_id])[theme_id].has_gap
    make.publish(answer.referral, answer.author, AnswerInput(Decision.DECLINED, "어렵습니다"), seen_version=1)
    with pytest.raises(WrongState, match="끝났어요"):
        say(round_, voter)
    assert rounds_to_rate(voter.participant_id) == []
    assert two_sides_of_themes([theme_id])[theme_id].done is None


def test_who_leaves_counts_no_more_also_if_the_comment_was_hidden(make, asked):
    round_, _idea, voter = asked
    others = [make.rating(round_) for _ in range(4)]
    mine = say(round_, voter)
    hide(mine, make.analyst(), "SPAM")
    assert rated_milestone(round_.milestone, voter).sides.n_people == 5
    delete_account(voter, SYSTEM, keep_posts=True)
    db.session.refresh(mine)
    assert (mine.state, mine.comment) == (RatingState.REMOVED, "")
    page = rated_milestone(round_.milestone, make.citizen())
    assert (page.sides.n_people, page.comments, len(others)) == (None, None, 4)


def test_a_flood_within_an_hour_is_told():
    now = clock.now()
    at_once_ = [now + timedelta(minutes=n) for n in range(15)]
    before = [now - timedelta(days=n + 1) for n in range(15)][::-1]
    assert came_at_once(before[-5:] + at_once_) is True
    assert came_at_once(before + at_once_) is False  # just half
    assert came_at_once(at_once_) is False  # fewer than twenty


def test_the_database_takes_no_rating_in_an_ended_round(make, asked):
    round_, _idea, _voter = asked
    db.session.execute(
        sa.update(RatingRound).values(ended_at=clock.now(), ended_because="REOPENED").where(RatingRound.id == round_.id)
    )
    with pytest.raises(sa.exc.DBAPIError):
        make.rating(round_)
