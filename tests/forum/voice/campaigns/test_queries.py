from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from forum.core import clock
from forum.core.errors import NotFound, WrongState
from forum.core.extensions import db
from forum.voice.campaigns.models import CampaignKind, PhaseKind
from forum.voice.campaigns.queries import (
    all_campaigns,
    get_campaign,
    is_open,
    main_campaign,
    require_open,
    usual_slug,
    why_closed,
)

OPENS = datetime(2026, 11, 30, 0, 0, tzinfo=UTC)  # nine in the morning in Seoul
CLOSES = OPENS + timedelta(days=7)


@pytest.fixture
def campaign(make):
    campaign = make.campaign()
    phase = next(phase for phase in campaign.phases if phase.kind is PhaseKind.PROPOSING)
    phase.opens_at, phase.closes_at = OPENS, CLOSES
    db.session.flush()
    return campaign


@pytest.mark.parametrize(
    ("moment", "opened"),
    [
        (OPENS - timedelta(microseconds=1), False),
        (OPENS, True),
        (CLOSES - timedelta(microseconds=1), True),
        (CLOSES, False),
    ],
)
def test_a_phase_is_open_from_its_first_moment_up_to_its_last(campaign, moment, opened):
    with clock.at(moment):
        assert is_open(campaign, PhaseKind.PROPOSING) is opened
        assert bool(why_closed(campaign, PhaseKind.PROPOSING)) is not opened


def test_a_phase_to_come_says_when_it_opens(campaign):
    with clock.at(OPENS - timedelta(days=1)), pytest.raises(WrongState) as refused:
        require_open(campaign, PhaseKind.PROPOSING)
    assert refused.value.message.startswith("제안 단계는 2026년 11월 30일 09:00에 열려요.")


def test_a_phase_gone_by_says_when_it_ended(campaign):
    with clock.at(CLOSES), pytest.raises(WrongState, match="2026년 12월 7일 09:00에 끝났어요"):
        require_open(campaign, PhaseKind.PROPOSING)


def test_a_phase_that_does_not_take_place_says_so(campaign):
    db.session.delete(campaign.phases.pop())
    missing = ({*PhaseKind} - {phase.kind for phase in campaign.phases}).pop()
    with pytest.raises(WrongState, match="단계가 없어요"):
        require_open(campaign, missing)


def test_a_phase_without_an_end_stays_open(campaign):
    phase = next(phase for phase in campaign.phases if phase.kind is PhaseKind.PROPOSING)
    phase.closes_at = None
    with clock.at(OPENS + timedelta(days=36_500)):
        require_open(campaign, PhaseKind.PROPOSING)


@pytest.mark.parametrize("slug", ["", "nowhere", "NOWHERE", "\x00", "\ud800", "가", "x" * 5_000, "' OR 1=1 --"])
def test_an_unknown_campaign_is_not_found_in_words(app, slug):
    with pytest.raises(NotFound, match="포럼이 없어요") as refused:
        get_campaign(slug)
    assert len(refused.value.message) < 200


def test_forums_come_before_everyday_campaigns_and_new_before_old(make):
    everyday = make.campaign(kind=CampaignKind.EVERYDAY)
    old, new = make.campaign(), make.campaign()
    latest_everyday = make.campaign(kind=CampaignKind.EVERYDAY)
    assert all_campaigns() == [new, old, latest_everyday, everyday]


def test_the_list_costs_the_same_for_one_and_for_ten(make, count_queries):
    def cost():
        db.session.expire_all()
        return count_queries(lambda: [phase.kind for campaign in all_campaigns() for phase in campaign.phases])

    make.campaign()
    db.session.commit()
    one = cost()
    for _ in range(9):
        make.campaign()
    db.session.commit()
    assert cost() == one == 2


def test_the_main_forum_is_the_one_that_menus_lead_to(make):
    def main_slug():
        db.session.expire_all()
        found = main_campaign(all_campaigns())
        assert (found.slug if found else None) == usual_slug()
        return found

    assert main_slug() is None
    closed = make.campaign(open_phases=())
    assert main_slug() is closed
    everyday = make.campaign(kind=CampaignKind.EVERYDAY)
    assert main_slug() is everyday
    make.campaign(open_phases=(PhaseKind.REVIEW,))
    assert main_slug() is everyday
    voting = make.campaign(open_phases=(PhaseKind.VOTING,))
    assert main_slug() is voting
