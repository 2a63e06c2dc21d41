from __future__ import annotations

import pytest

from forum.core.extensions import db
from forum.voice.integrity.models import FindingState
from forum.voice.votes.models import Vote
from tests.factories import SCRIPT

WHY = "같은 투표가 되풀이되었어요"


@pytest.fixture
def found(make):
    """A finding about three people with votes on two ideas."""
    campaign = make.campaign()
    ideas = [make.idea(campaign), make.idea(campaign)]
    people = [make.citizen() for _ in range(3)]
    for person in people:
        for idea in ideas:
            make.vote(idea, person)
    finding = make.finding(campaign, people)
    finding.measured = dict(finding.measured) | {"ideas": [idea.id for idea in ideas]}
    db.session.flush()
    return finding


def test_a_moderator_reads_the_evidence_without_names_or_votes(client, make, found):
    page = client.login(make.analyst()).get(f"/integrity/findings/{found.id}")
    assert "계정 3개가 제안 2건에 똑같이 투표했어요" in page.text
    assert "잘못이 없을 수도 있어요" in page.text
    assert page.headers["Cache-Control"] == "private, no-store"
    for person in found.people:
        assert f"{person.participant_id}번" in page.text
    assert "시민" not in page.text.split("<main")[1].split("</main>")[0].replace("시민이", "")
    assert SCRIPT not in page.text
    assert f"/integrity/findings/{found.id}" in client.get("/integrity").text


def test_a_moderator_excludes_chosen_people_and_the_page_keeps_what_was_typed(client, make, found):
    client.login(make.analyst())
    first, second, _third = (str(person.participant_id) for person in found.people)
    where = f"/integrity/findings/{found.id}/exclude"
    refused = client.post(where, data={"people": [first, second], "words": WHY, "seen_revision": 1})
    assert refused.status_code == 400
    assert WHY in refused.text
    assert refused.text.count(" checked>") == 2
    done = client.post(where, data={"people": [first, second], "words": WHY, "reason": "PROGRAM", "seen_revision": 1})
    assert done.status_code == 303
    assert found.state is FindingState.ACTED
    again = client.post(where, data={"people": [first], "words": WHY, "reason": "PROGRAM", "seen_revision": 1})
    assert again.status_code == 409
    assert "그사이에 판단" in again.text


def test_odd_numbers_of_people_are_refused(client, make, found):
    client.login(make.analyst())
    for odd in ("", "１", "-1", "9" * 30, "x"):
        data = {"people": [odd], "words": WHY, "reason": "PROGRAM", "seen_revision": 1}
        assert client.post(f"/integrity/findings/{found.id}/exclude", data=data).status_code == 400


def test_a_moderator_looks_at_what_one_person_voted_on_with_a_reason(client, make, found):
    client.login(make.analyst())
    where, who = f"/integrity/findings/{found.id}/look", found.people[0].participant_id
    assert client.post(where, data={"participant": who, "words": ""}).status_code == 400
    page = client.post(where, data={"participant": who, "words": "똑같은지 보려고 해요"})
    main = page.text.split("<main")[1].split("</main>")[0]
    assert page.status_code == 200
    assert main.count("3명 가운데 3명") == 2
    assert "찬성" not in main
    assert "반대" not in main
    assert page.headers["Cache-Control"] == "private, no-store"


def test_the_person_reads_why_objects_and_hears_the_answer(client, make):
    campaign, person = make.campaign(), make.citizen()
    case = make.exclusion(campaign, person)
    client.login(person)
    page = client.get("/excluded-votes")
    assert "같은 투표가 되풀이되었습니다" in page.text
    assert SCRIPT not in page.text
    where = f"/excluded-votes/{case.exclusion_id}/object"
    assert client.post(where, data={"words": "네"}).status_code == 400
    assert client.post(where, data={"words": "제 계정은 하나예요"}).status_code == 303
    assert "살펴보고 있어요" in client.get("/excluded-votes").text
    client.login(make.admin())
    assert "판단을 기다리는 이의 1건" in " ".join(client.get("/integrity").text.split())
    data = {"decision": "LIFTED", "words": "확인했어요, 두 사람이에요"}
    assert client.post(f"/integrity/exclusions/{case.exclusion_id}/decide", data=data).status_code == 303
    client.login(person)
    page = client.get("/excluded-votes").text
    assert "두 사람이에요" in page
    assert "다시 세요" in page


def test_a_vote_is_refused_in_words_with_the_way_to_object(client, make):
    campaign, person = make.campaign(), make.citizen()
    idea = make.idea(campaign)
    make.exclusion(campaign, person)
    client.login(person)
    page = client.post(f"/ideas/{idea.id}/vote", data={"value": "agree"})
    assert page.status_code == 409
    assert "집계에서 뺐어요" in page.text
    assert 'href="/excluded-votes"' in page.text
    assert "집계에서 뺐어요" in client.get(f"/ideas/{idea.id}").text
    queue = client.get(f"/c/{campaign.slug}/vote")
    assert queue.status_code == 200
    assert "더 투표할 수 없어요" in queue.text
    assert "/excluded-votes" in queue.text
    assert client.post(f"/c/{campaign.slug}/vote", data={"idea": idea.id, "value": "agree"}).status_code == 409
    rows = client.post(f"/c/{campaign.slug}/votes", json={"votes": [{"idea": idea.id, "value": 1}]})
    assert rows.get_json()["votes"][0]["code"] == "excluded"
    assert "집계에서 뺐어요" in client.get(f"/c/{campaign.slug}/vote/list").text
    assert db.session.query(Vote).count() == 0


def test_somebody_whose_votes_all_count_reads_so(client, make):
    assert "집계에서 뺀 투표가 없어요" in client.login(make.citizen()).get("/excluded-votes").text


def test_everybody_reads_numbers_and_reasons_and_nobody_is_named(client, make, found):
    slug = found.campaign.slug
    assert "지금까지 집계에서 뺀 투표가 없어요" in client.get(f"/c/{slug}/excluded-votes").text
    first = found.people[0].participant_id
    client.login(make.analyst())
    data = {"people": [str(first)], "words": WHY, "reason": "PAID", "seen_revision": 1}
    client.post(f"/integrity/findings/{found.id}/exclude", data=data)
    page = client.get(f"/c/{slug}/excluded-votes").text
    assert "돈이나 물건을 받고 투표" in page
    assert "2건은 그 투표를 한 사람이 5명보다 적어서" in page
    assert WHY not in page
    assert f"{first}번" not in page
    assert f"/c/{slug}/excluded-votes" in client.get(f"/c/{slug}").text
