from __future__ import annotations

from forum.analysis.synonyms.models import SynonymList
from forum.core.extensions import db


def test_an_analyst_adds_words_and_sees_them_and_the_shipped_ones(make, client):
    campaign = make.campaign(slug="real")
    client.login(make.analyst())
    assert "안전모, 헬멧" in client.get("/c/real/synonyms").text
    answer = client.post("/c/real/synonyms", data={"words": "바닥분수, 물놀이터", "version": "0"})
    assert answer.status_code == 303
    page = client.get("/c/real/synonyms").text
    assert "바닥분수, 물놀이터" in page
    assert 'name="version" value="1"' in page
    assert db.session.get_one(SynonymList, campaign.id).version == 1


def test_what_was_typed_stays_on_a_refusal_and_a_conflict_shows_the_present_words(make, client):
    make.campaign(slug="real")
    client.login(make.analyst())
    refused = client.post("/c/real/synonyms", data={"words": "혼자인낱말", "version": "0"})
    assert (refused.status_code, "혼자인낱말" in refused.text) == (400, True)
    client.post("/c/real/synonyms", data={"words": "바닥분수, 물놀이터", "version": "0"})
    late = client.post("/c/real/synonyms", data={"words": "나중, 낱말", "version": "0"})
    assert late.status_code == 409
    assert "나중, 낱말" in late.text
    assert "바닥분수, 물놀이터" in late.text
    again = client.post("/c/real/synonyms", data={"words": "나중, 낱말", "version": "1"})
    assert again.status_code == 303
