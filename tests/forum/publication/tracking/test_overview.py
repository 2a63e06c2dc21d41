from __future__ import annotations

import pytest

from forum.publication.tracking.overview import invitation_of, notes_of, stations_in_general, thread_stations
from forum.publication.tracking.queries import CampaignCounts
from forum.voice.campaigns.models import PhaseKind


@pytest.mark.parametrize(
    ("phases", "n_ideas", "label", "path"),
    [
        (tuple(PhaseKind), 1, "제안 쓰기", "/ideas/new"),
        (tuple(PhaseKind), 0, "첫 제안 쓰기", "/ideas/new"),
        ((PhaseKind.VOTING, PhaseKind.ANSWER), 1, "투표하기", "/vote"),
        ((PhaseKind.VOTING,), 0, "제안 둘러보기", "/ideas"),
        ((PhaseKind.ANSWER,), 1, "답변 보기", "/referrals"),
        ((PhaseKind.REVIEW,), 1, "제안 둘러보기", "/ideas"),
        ((), 1, "제안 둘러보기", "/ideas"),
    ],
)
def test_the_one_button_leads_to_what_is_open(make, phases, n_ideas, label, path):
    campaign = make.campaign(open_phases=phases)
    found = invitation_of(campaign, n_ideas)
    assert (found.label, found.path) == (label, f"/c/{campaign.slug}{path}")


def test_stations_have_numbers_and_pages_and_those_not_reached_lie_ahead(make):
    campaign = make.campaign()
    counts = CampaignCounts(ideas=1_284, votes=9, comments=0, themes=3, referrals=2, answered=1, kept=0)
    stations = thread_stations(campaign, counts)
    assert [(one.number, one.state) for one in stations] == [(1_284, ""), (3, ""), (2, ""), (1, ""), (0, "ahead")]
    assert all(one.url.startswith(f"/c/{campaign.slug}") for one in stations)


def test_kept_promises_stand_beside_all_and_ideas_beside_those_in_themes(make):
    counts = CampaignCounts(350, 9, 0, 9, 8, 3, kept=2, promised=4, themed=83)
    last = thread_stations(make.campaign(), counts)[-1]
    assert (last.name, last.number, last.unit) == ("약속 4개 가운데", 2, "개 지킴")
    assert notes_of(counts) == [
        "제안 350건 가운데 83건이 정책 주제에 들어 있어요.",
        "약속을 지켰는지는 소관부처가 알린 대로예요.",
    ]
    assert notes_of(CampaignCounts(5, 0, 0, 0, 0, 0, 0)) == []


def test_without_a_forum_the_stations_have_no_numbers():
    assert {one.number for one in stations_in_general()} == {None}
