from __future__ import annotations

from datetime import UTC, datetime, timedelta

from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.reference import Sector
from forum.publication.figures.queries import MAX_POINTS, ideas_by_sector, ideas_over_time, themes_by_size
from forum.response.referrals.models import Decision
from forum.voice.ideas.models import IdeaState

# 00:10 on 10 November in Seoul, and the day before in UTC
EARLY = datetime(2026, 11, 9, 15, 10, tzinfo=UTC)


def test_ideas_are_counted_by_days_in_seoul_without_gaps_up_to_today(make):
    campaign = make.campaign()
    for moment in (EARLY, EARLY - timedelta(minutes=20), EARLY + timedelta(days=2)):
        make.idea(campaign, created_at=moment)
    make.idea(campaign, created_at=EARLY, state=IdeaState.WITHDRAWN)
    make.idea(created_at=EARLY)
    with clock.at(EARLY + timedelta(days=3)):
        found = ideas_over_time(campaign)
    assert found is not None
    assert found.days == 1
    assert [(day.day, n) for day, n in found.points] == [(9, 1), (10, 1), (11, 0), (12, 1), (13, 0)]


def test_a_long_time_is_counted_by_weeks_or_more(make):
    campaign = make.campaign()
    now = clock.now()
    for days in (0, 61, 400):
        make.idea(campaign, created_at=now - timedelta(days=days))
    found = ideas_over_time(campaign)
    assert found is not None
    assert found.days == 7
    assert len(found.points) <= MAX_POINTS
    assert sum(n for _day, n in found.points) == 3


def test_nothing_is_shown_over_time_where_there_is_nothing(make):
    assert ideas_over_time(make.campaign()) is None
    assert ideas_by_sector(make.campaign()) == []
    assert themes_by_size(make.campaign()) == []


def test_sectors_come_by_size_and_lead_to_their_ideas(make):
    campaign = make.campaign()
    make.idea(campaign, sector=Sector.BUILDING)
    for _n in range(2):
        make.idea(campaign, sector=Sector.TRANSPORT)
    for _n in range(3):
        make.idea(campaign, sector=None)
    make.idea(campaign, sector=Sector.WASTE, state=IdeaState.HIDDEN)
    found = ideas_by_sector(campaign)
    assert [(one.label, one.value) for one in found] == [("수송", 2), ("건물", 1), ("부문을 고르지 않음", 3)]
    assert found[0].url == f"/c/{campaign.slug}/ideas?sector=TRANSPORT"


def test_themes_come_by_size_with_their_people_and_the_state_of_their_answer(make):
    campaign = make.campaign()
    author = make.citizen()
    ideas = [make.idea(campaign, author) for _n in range(2)] + [make.idea(campaign)]
    large = make.theme(campaign, ideas, state=ThemeState.APPROVED)
    small = make.theme(campaign, ideas[:2], state=ThemeState.APPROVED)
    waiting = make.theme(campaign, ideas[:1], state=ThemeState.APPROVED)
    make.theme(campaign, ideas, state=ThemeState.DRAFT)
    make.referral(waiting)
    make.answer(make.referral(small), decision=Decision.PARTLY)
    ideas[1].state = IdeaState.HIDDEN
    found = themes_by_size(campaign)
    assert [(one.title, one.value, one.people, one.state, one.tone) for one in found] == [
        (large.title, 2, 2, "전달 전", "secondary"),
        (small.title, 1, 1, "일부 수용", "success"),
        (waiting.title, 1, 1, "답변 기다림", "information"),
    ]


def test_more_ideas_and_themes_take_no_more_statements(make, count_queries):
    campaign = make.campaign()
    make.theme(campaign, state=ThemeState.APPROVED)
    few = count_queries(lambda: (ideas_over_time(campaign), ideas_by_sector(campaign), themes_by_size(campaign)))
    for _n in range(3):
        make.referral(make.theme(campaign, state=ThemeState.APPROVED))
    many = count_queries(lambda: (ideas_over_time(campaign), ideas_by_sector(campaign), themes_by_size(campaign)))
    assert many <= few <= 6
