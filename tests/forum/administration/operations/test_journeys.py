"""`flask forum check` finds what happened before it could happen."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.administration.operations.journeys import CLOCKS_DIFFER, journeys
from forum.analysis.curation.membership import add_ideas
from forum.analysis.themes.models import Theme, ThemeIdea, ThemeRun, ThemeState
from forum.core import clock
from forum.core.extensions import db
from forum.publication.digests.models import Digest, DigestState
from forum.response.answers.words import AnswerInput, MilestoneInput
from forum.response.certificates.models import Certificate
from forum.response.delivery.services import complete_delivery, update_milestone
from forum.response.referrals.models import Answer, Decision, Milestone, Referral, ReferralEvent
from forum.voice.ideas.models import Comment, Idea
from forum.voice.votes.models import Vote, VoteEvent
from tests.unguarded import switch_triggers_off


@pytest.fixture
def journey(make):
    """One idea on its whole way, each step a moment after the one before."""
    campaign = make.campaign()
    idea = make.idea(campaign)
    make.vote(idea)
    make.comment(idea)
    run = make.run(campaign, [[idea]])
    theme = make.theme(campaign, [idea], state=ThemeState.APPROVED, run_id=run.id)
    referral = make.referral(theme)
    officer = make.officer(make.received(referral).lead.ministry)
    steps = [MilestoneInput("시범 학교 고르기", clock.today() + timedelta(days=60))]
    answer = make.publish(referral, officer, AnswerInput(Decision.ACCEPTED, "하겠습니다.", "총괄과", steps))
    update_milestone(answer.milestones[0], officer, 100, "회의를 열었습니다", seen_percent=0)
    complete_delivery(referral, officer, answer.version)
    db.session.add(
        Certificate(referral_id=referral.id, idea_id=idea.id, participant_id=idea.author_id, decision=Decision.ACCEPTED)
    )
    now = clock.now()
    values = {"campaign_id": campaign.id, "run_id": run.id, "data_cut_at": now, "counts": {}}
    db.session.add(Digest(state=DigestState.PUBLISHED, published_at=now, **values))
    db.session.commit()


PLANTED = (
    # part of the line that names it, and the moment that is moved to long before everything else
    ("전의 표", Vote.cast_at),
    ("전의 기록", VoteEvent.at),
    ("마지막 투표 기록보다 나중인 표", VoteEvent.at),
    ("전의 댓글", Comment.created_at),
    ("시작한 뒤에 쓴 제안", ThemeRun.data_cut_at),
    ("쓰기 전에 주제에", ThemeIdea.added_at),
    ("끝나기 전에 만들어졌습니다", Theme.created_at),
    ("만들어지기 전에 결정", Theme.decided_at),
    ("승인되기 전에 보냈습니다", Referral.sent_at),
    ("보내기 전에 일어났습니다", ReferralEvent.at),
    ("보내기 전에 공개되었습니다", Answer.published_at),
    ("증서", Certificate.issued_at),
    ("끝나기 전에 공개되었습니다", Digest.published_at),
)


def move(column, moment):
    switch_triggers_off(column.class_.__tablename__)
    db.session.execute(sa.update(column.class_).values({column: moment}).execution_options(synchronize_session=False))
    return journeys().differences


def test_each_hop_that_runs_backwards_is_found(journey):
    assert journeys().differences == []
    db.session.commit()
    missed = []
    for words, column in PLANTED:
        found = move(column, clock.now() - timedelta(days=9))
        if not any(words in line for line in found):
            missed.append((words, found))
        db.session.rollback()
    found = move(Milestone.finished_on, clock.today() - timedelta(days=9))
    assert ["이행 단계" in line for line in found] == [True]
    assert not missed


def test_each_line_names_the_idea_by_its_number(journey):
    idea_id = db.session.scalars(sa.select(Idea.id)).one()
    found = move(Idea.created_at, clock.now() + timedelta(days=9))
    assert len(found) == 5  # vote, its record, comment, run, theme
    assert all(f"제안 {idea_id}번" in line for line in found)


def test_clocks_of_two_machines_may_differ_a_little(journey):
    assert move(Vote.cast_at, clock.now() - CLOCKS_DIFFER / 2) == []


def test_an_analyst_may_add_an_idea_that_is_younger_than_the_run(make):
    campaign = make.campaign()
    with clock.at(clock.now() - timedelta(days=3)):
        theme = make.theme(campaign, [make.idea(campaign)])
    young = make.idea(campaign)
    add_ideas(theme, [young.id], make.analyst(), theme.version)
    assert journeys().differences == []


def test_the_day_that_a_file_gave_to_an_imported_idea_is_not_judged(make):
    campaign = make.campaign()
    day = clock.now() + timedelta(days=300)
    imported = make.idea(campaign, author_id=None, external_id="suggestion-7", created_at=day)
    make.vote(imported)
    make.run(campaign, [[imported]])
    assert journeys().differences == []
