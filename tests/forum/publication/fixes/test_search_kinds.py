from __future__ import annotations

import re

from forum.core.extensions import db
from forum.voice.ideas.models import IdeaState
from tests.factories import SCRIPT


def found(client, text: str, **args) -> list[str]:
    page = client.get("/search", query_string={"q": text} | args).get_data(as_text=True)
    assert SCRIPT not in page
    return re.findall(r'<h3><a href="([^"]+)"', page)


def test_pilots_are_found_by_title_and_measure_in_their_campaign(client, make):
    pilot = make.pilot(title="보행섬 놓기", measure="멈춘 화물차")
    other = make.campaign()
    db.session.commit()
    assert found(client, "보행섬") == [f"/pilots/{pilot.id}"]
    assert found(client, "화물차", kind="pilots") == [f"/pilots/{pilot.id}"]
    assert found(client, "보행섬", campaign=pilot.referral.theme.campaign.slug) == [f"/pilots/{pilot.id}"]
    assert found(client, "보행섬", campaign=other.slug) == []


def test_everyday_ideas_are_found_by_district_place_and_region(client, make):
    idea = make.everyday_idea(title="바닥 신호등", region_code="26", district="해운대구", place="센텀역 사거리")
    hidden = make.everyday_idea(idea.campaign, district="해운대구", state=IdeaState.HIDDEN)
    db.session.commit()
    for words in ("해운대구", "센텀역", "부산"):
        assert found(client, words, kind="places") == [f"/ideas/{idea.id}"], words
    assert found(client, "마포구", kind="places") == []
    assert f"/ideas/{hidden.id}" not in found(client, "해운대구")
