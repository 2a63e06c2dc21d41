from __future__ import annotations

from datetime import timedelta

import pytest

from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.errors import InvalidInput
from forum.core.extensions import db
from forum.publication.tracking.journey import journey_of
from forum.publication.tracking.present import Place
from forum.publication.tracking.queries import (
    CampaignCounts,
    campaign_counts,
    comments_page,
    has_sample_things,
    kept_promises,
    late_letters,
    newest_answers,
    next_step_of,
    outcomes,
    thread_of,
    vote_count,
    votes_by,
)
from forum.response.answers.words import AnswerInput
from forum.response.referrals.models import BECAME_POLICY, Decision
from forum.voice.ideas.models import IdeaState
from forum.voice.ideas.queries import get_idea


def answered(make, campaign=None, **values):
    """A theme of one idea with its published answer: (idea, answer)."""
    idea = make.idea(campaign)
    theme = make.theme(idea.campaign, [idea], state=ThemeState.APPROVED)
    return idea, make.answer(make.referral(theme), **values)


def test_counts_of_an_empty_campaign(make):
    assert campaign_counts(make.campaign()) == CampaignCounts(0, 0, 0, 0, 0, 0, 0, 0, 0)


def test_counts_hold_what_is_open_and_nothing_of_other_campaigns(make):
    campaign = make.campaign()
    idea, answer = answered(make, campaign)
    make.milestone(answer, percent_done=100, is_closed=True, finished_on=clock.today())
    make.milestone(answer)
    make.referral(make.theme(campaign, [idea], state=ThemeState.APPROVED))
    make.theme(campaign, [idea], state=ThemeState.DRAFT)
    withdrawn = make.idea(campaign)
    for one in (idea, withdrawn):
        make.vote(one, value=1)
        make.vote(one, value=0)
        make.comment(one)
    withdrawn.state = IdeaState.WITHDRAWN
    answered(make)
    db.session.flush()
    assert campaign_counts(campaign) == CampaignCounts(
        ideas=1, votes=2, comments=1, themes=2, referrals=2, answered=1, kept=1, promised=2, themed=1
    )


def test_newest_answers_come_newest_first_and_only_those_that_stand(make):
    now = clock.now()
    _idea, old = answered(make, published_at=now - timedelta(days=2))
    _idea, new = answered(make, published_at=now - timedelta(days=1))
    _idea, replaced = answered(make, published_at=now)
    correction = make.answer(replaced.referral, version=2, decision=Decision.DECLINED, published_at=now)
    answered(make, published_at=None)
    assert newest_answers(10) == [correction, new, old]
    assert newest_answers(1) == [correction]


def test_a_correction_to_no_takes_an_answer_out_of_what_became_policy(make):
    _idea, answer = answered(make, decision=Decision.ACCEPTED)
    assert newest_answers(5, decisions=BECAME_POLICY) == [answer]
    make.answer(answer.referral, version=2, decision=Decision.DECLINED)
    assert newest_answers(5, decisions=BECAME_POLICY) == []


def test_a_correction_still_being_written_replaces_nothing(make):
    idea, answer = answered(make, decision=Decision.DECLINED)
    make.answer(answer.referral, version=2, decision=Decision.ACCEPTED, published_at=None)
    assert newest_answers(5) == [answer]
    assert outcomes([idea.id])[idea.id].text == "답변: 수용 곤란"


def test_the_ministrys_decision_on_an_idea_goes_before_the_one_on_its_theme(make):
    referral = make.received(make.referral())
    own, other = [member.idea_id for member in referral.theme.members]
    lines = {"points": {own: "어렵습니다"}, "point_decisions": {own: Decision.DECLINED}}
    make.publish(referral, make.officer(referral.lead.ministry), AnswerInput(Decision.PARTLY, "까닭", **lines))
    found = outcomes([own, other])
    assert [found[key].text for key in (own, other)] == ["답변: 수용 곤란", "답변: 일부 수용"]


def test_answers_of_one_campaign(make):
    idea, answer = answered(make)
    answered(make)
    assert newest_answers(5, idea.campaign) == [answer]


def test_kept_promises_are_those_of_answers_in_force_the_newest_first(make):
    campaign = make.campaign()
    _idea, answer = answered(make, campaign)
    first, second = clock.today() - timedelta(days=9), clock.today()
    for title, day in (("먼저 끝낸 일", first), ("나중에 끝낸 일", second)):
        make.milestone(answer, title=title, percent_done=100, is_closed=True, finished_on=day)
    make.milestone(answer, title="아직 남은 일")
    _idea, replaced = answered(make, campaign)
    make.milestone(replaced, title="바뀐 답변의 일", percent_done=100, is_closed=True, finished_on=second)
    make.answer(replaced.referral, version=2)
    _idea, elsewhere = answered(make)
    make.milestone(elsewhere, title="다른 포럼의 일", percent_done=100, is_closed=True, finished_on=first)
    found = kept_promises(9, campaign)
    assert [(one.title, one.finished_on) for one in found] == [("나중에 끝낸 일", second), ("먼저 끝낸 일", first)]
    assert (found[0].ministry, found[0].theme) == (answer.referral.lead.ministry.name, answer.referral.title)
    assert len(kept_promises(9)) == 3
    assert len(kept_promises(1)) == 1


def test_late_letters_wait_beyond_their_day_the_longest_first(make):
    campaign, today = make.campaign(), clock.today()
    sent_at = clock.now() - timedelta(days=60)

    def letter(days_late, of=campaign):
        theme = make.theme(of, [make.idea(of)], state=ThemeState.APPROVED)
        return make.referral(theme, sent_at=sent_at, due_on=today - timedelta(days=days_late))

    little, long = letter(1), letter(20)
    letter(0)
    stopped, answered_late = letter(5), letter(5)
    stopped.lead.clock.stopped_on = stopped.lead.clock.stopped_until = today
    make.answer(answered_late)
    letter(3, make.campaign())
    db.session.flush()
    found, total = late_letters(9, campaign)
    assert [(one.referral_id, one.days_late) for one in found] == [(long.id, 20), (little.id, 1)]
    assert total == 2
    few, all_of_them = late_letters(1)
    assert (len(few), all_of_them) == (1, 3)
    assert late_letters(9, make.campaign()) == ([], 0)


def test_the_next_step_is_about_ones_newest_open_idea(make):
    author = make.citizen()
    assert next_step_of(author).idea is None
    old = make.idea(author=author)
    make.theme(old.campaign, [old], state=ThemeState.APPROVED)
    assert next_step_of(author).outcome.place is Place.LETTER
    new = make.idea(author=author)
    make.idea(author=author, state=IdeaState.WITHDRAWN)
    found = next_step_of(author)
    assert (found.idea, found.outcome.place) == (new, Place.THEME)


def test_who_wrote_or_voted_in_a_sample_forum_has_sample_things(make):
    sample, writer, voter, other = make.campaign(is_sample=True), make.citizen(), make.citizen(), make.citizen()
    make.vote(make.idea(sample, writer), voter)
    make.vote(make.idea(author=other), other)
    found = [has_sample_things(account) for account in (writer, voter, other, make.citizen(is_sample=True))]
    assert found == [True, True, False, True]


def test_present_votes_are_counted_without_those_on_hidden_ideas(make):
    voter = make.citizen()
    shown, hidden = make.idea(), make.idea()
    for idea in (shown, hidden):
        make.vote(idea, voter)
    hidden.state = IdeaState.HIDDEN
    db.session.flush()
    assert vote_count(voter.participant.id) == 1


def test_fates_name_the_furthest_an_idea_has_come(make):
    campaign = make.campaign()
    nothing, draft, rejected, approved, sent = (make.idea(campaign) for _ in range(5))
    make.theme(campaign, [draft])
    make.theme(campaign, [rejected], state=ThemeState.REJECTED)
    make.theme(campaign, [approved, sent], state=ThemeState.APPROVED)
    referral = make.referral(make.theme(campaign, [sent], state=ThemeState.APPROVED), make.ministry(name="국토교통부"))
    done, answer = answered(make, campaign, decision=Decision.LATER)
    make.theme(campaign, [done], state=ThemeState.REJECTED)
    found = outcomes([idea.id for idea in (nothing, draft, rejected, approved, sent, done)])
    assert {idea_id: outcome.text for idea_id, outcome in found.items()} == {
        nothing.id: "비슷한 제안을 모으고 있어요",
        draft.id: "분석가가 살펴보고 있어요",
        rejected.id: "정책 주제가 되지 않았어요",
        approved.id: "전달을 준비해요",
        sent.id: "국토교통부: 답변을 기다려요",
        done.id: "답변: 중장기 검토",
    }
    places = {idea_id: (outcome.place, outcome.has_ended) for idea_id, outcome in found.items()}
    assert places == {
        nothing.id: (Place.THEME, False),
        draft.id: (Place.THEME, False),
        rejected.id: (Place.THEME, True),
        approved.id: (Place.LETTER, False),
        sent.id: (Place.ANSWER, False),
        done.id: (Place.ANSWER, True),
    }
    for idea in (nothing, draft, rejected, approved, sent):  # its own page says the same
        stations = journey_of(thread_of(get_idea(idea.id)))
        assert [place for place, station in enumerate(stations, start=1) if station.state == "now"] == [
            found[idea.id].place
        ]
    assert found[sent.id].path == f"/referrals/{referral.id}"
    assert found[done.id].path == f"/referrals/{answer.referral_id}"


def test_a_corrected_answer_is_the_fate(make):
    idea, answer = answered(make, decision=Decision.DECLINED)
    make.answer(answer.referral, version=2, decision=Decision.ACCEPTED)
    assert outcomes([idea.id])[idea.id].text == "답변: 수용"


def test_fates_of_no_ideas(app):
    assert outcomes([]) == {}


def test_comments_come_newest_first_and_page_by_page(make):
    idea = make.idea()
    comments = [make.comment(idea) for _ in range(5)]
    make.comment()
    first = comments_page(idea, None, 2)
    assert first.comments == [comments[4], comments[3]]
    second = comments_page(idea, first.next_before, 2)
    assert second.comments == [comments[2], comments[1]]
    last = comments_page(idea, second.next_before, 2)
    assert (last.comments, last.next_before) == ([comments[0]], None)


@pytest.mark.parametrize("before", [0, -1, 10**30])
def test_a_comment_page_of_nowhere_is_a_page_all_the_same(make, before):
    idea = make.idea()
    make.comment(idea)
    assert len(comments_page(idea, before, 5).comments) == (before > 0)


def test_votes_come_latest_first_each_once_over_the_pages(make):
    voter, moment = make.citizen(), clock.now()
    votes = [make.vote(voter=voter, value=value) for value in (1, 0, -1, 1, 1)]
    for minutes, vote in zip((0, 1, 1, 1, 2), votes, strict=True):  # three at the same moment
        vote.cast_at = moment + timedelta(minutes=minutes)
    make.vote()
    db.session.flush()
    seen, mark = [], ""
    while True:
        page = votes_by(voter.participant_id, mark, 2)
        seen += [(value, idea.id) for value, idea in page.votes]
        mark = page.next_mark
        if not mark:
            break
    assert seen == [(vote.value, vote.idea_id) for vote in (votes[4], votes[3], votes[2], votes[1], votes[0])]


STRANGE_MARKS = ["x", "1", "-", "1-", "1-2-3", "１-２", "9" * 18 + "-1", "1-9999999999", "-1-1", "1-1\n", "9" * 99]


@pytest.mark.parametrize("mark", STRANGE_MARKS)
def test_a_mark_that_is_not_ours_is_refused(make, mark):
    with pytest.raises(InvalidInput, match="첫 쪽"):
        votes_by(make.citizen().participant_id, mark, 2)
