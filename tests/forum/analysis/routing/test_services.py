from __future__ import annotations

import pytest

from forum.analysis.routing.services import PastCase, suggest_ministries
from forum.analysis.themes.models import ThemeState
from forum.people.ministries.queries import get_ministry
from forum.people.ministries.services import load_ministries
from forum.response.referrals.queries import past_choices


@pytest.fixture
def theme(make):
    load_ministries()
    campaign = make.campaign()
    ideas = [make.idea(campaign, title="카페 일회용컵 보증금", body="플라스틱을 줄입시다") for _ in range(2)]
    return make.theme(campaign, ideas, title="일회용컵 보증금제 확대", summary="컵 보증금", state=ThemeState.APPROVED)


def test_a_theme_gets_three_ministries_with_reasons(theme):
    found = suggest_ministries(theme)
    assert found[0].ministry.code == "MCEE"
    assert len(found) == 3
    assert "일회용컵" in " ".join(found[0].words)
    assert found[0].duty
    assert found[0].cases == ()


def test_past_choices_teach_and_are_shown_as_reasons(theme):
    lead = get_ministry("MSS")
    past = [PastCase("일회용컵 보증금제", "카페 컵 보증금", lead, f"/referrals/{n}") for n in range(8)]
    found = suggest_ministries(theme, past)
    assert lead in [one.ministry for one in found]
    reasons = next(one for one in found if one.ministry == lead)
    assert reasons.cases
    assert set(reasons.cases) <= set(past)


def test_a_city_teaches_for_the_local_governments(theme):
    past = [PastCase("일회용컵 보증금제", "카페 컵", get_ministry("LOCAL-11"), "/referrals/1")] * 8
    local = next(one for one in suggest_ministries(theme, past) if one.ministry.code == "LOCAL")
    assert local.cases


def test_a_forum_without_ministries_suggests_none(make):
    assert suggest_ministries(make.theme()) == []


def test_the_forward_page_shows_them_and_a_sent_theme_teaches_the_next(client, make, theme):
    client.login(make.analyst())
    page = client.get(f"/themes/{theme.id}/forward").text
    assert "기계가 짐작했어요" in page
    assert "기후에너지환경부" in page
    referral = make.referral(theme)
    assert past_choices(theme.id) == []
    assert [case.path for case in past_choices(0)] == [f"/referrals/{referral.id}"]
