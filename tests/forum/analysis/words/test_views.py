from __future__ import annotations

from forum.analysis.words.models import CampaignWords
from forum.core.extensions import db

TYPED = {"user_words": "햇빛발전", "synonyms": "바닥분수, 물놀이터"}


def test_an_analyst_adds_words_and_sees_them_and_the_shipped_ones(make, client):
    campaign = make.campaign(slug="real")
    client.login(make.analyst())
    page = client.get("/c/real/words").text
    assert "안전모, 헬멧" in page
    assert "공매도" in page
    assert client.post("/c/real/words", data=TYPED | {"version": "0"}).status_code == 303
    page = client.get("/c/real/words").text
    assert "햇빛발전</textarea>" in page
    assert "바닥분수, 물놀이터</textarea>" in page
    assert 'name="version" value="1"' in page
    assert db.session.get_one(CampaignWords, campaign.id).version == 1


def test_what_was_typed_stays_on_a_refusal_and_a_conflict_shows_the_present_words(make, client):
    make.campaign(slug="real")
    client.login(make.analyst())
    refused = client.post("/c/real/words", data={"user_words": "제안", "synonyms": "혼자인낱말", "version": "0"})
    assert refused.status_code == 400
    assert "제안</textarea>" in refused.text
    assert "혼자인낱말</textarea>" in refused.text
    client.post("/c/real/words", data=TYPED | {"version": "0"})
    late = client.post("/c/real/words", data={"user_words": "나중말", "synonyms": "나중, 낱말", "version": "0"})
    assert late.status_code == 409
    assert "나중말</textarea>" in late.text
    assert "햇빛발전" in late.text
    assert "바닥분수, 물놀이터" in late.text
    again = client.post("/c/real/words", data={"user_words": "나중말", "synonyms": "", "version": "1"})
    assert again.status_code == 303


def test_the_desk_and_the_repeats_lead_to_the_words(make, client):
    campaign = make.campaign(slug="real")
    make.run(campaign, [])
    client.login(make.analyst())
    for address in ("/c/real/desk", "/c/real/duplicates"):
        assert 'href="/c/real/words"' in client.get(address).text
