"""An idea that is being written: one draft per person and campaign, for nobody else's eyes."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.access import ANONYMOUS
from forum.core.errors import Forbidden, InvalidInput
from forum.core.extensions import db
from forum.voice.ideas.models import IdeaDraft
from forum.voice.ideas.queries import draft_of
from forum.voice.ideas.services import purge_drafts, save_draft, submit_idea

TITLE, BODY = "옥상 텃밭", "학교 옥상에 텃밭을 만들면 여름에 시원합니다."


def number_of_drafts() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(IdeaDraft)) or 0


def test_saving_again_replaces_what_was_saved(make):
    writer, campaign = make.citizen(), make.campaign()
    save_draft(campaign, writer, "처음", "")
    save_draft(campaign, writer, TITLE, BODY, "BUILDING", "11")
    draft = draft_of(writer, campaign)
    assert draft is not None
    assert (draft.title, draft.body, draft.sector, draft.region_code) == (TITLE, BODY, "BUILDING", "11")
    assert number_of_drafts() == 1


def test_each_person_and_campaign_has_its_own(make):
    writer, campaign, other = make.citizen(), make.campaign(), make.campaign()
    save_draft(campaign, writer, TITLE, BODY)
    assert draft_of(writer, other) is None
    assert draft_of(make.citizen(), campaign) is None
    assert draft_of(ANONYMOUS, campaign) is None


def test_an_empty_text_throws_it_away(make):
    writer, campaign = make.citizen(), make.campaign()
    save_draft(campaign, writer, TITLE, "")
    assert save_draft(campaign, writer, " ", "\n") is None
    assert number_of_drafts() == 0


def test_it_goes_when_the_idea_is_sent(make):
    writer, campaign = make.citizen(), make.campaign()
    save_draft(campaign, writer, TITLE, BODY)
    submit_idea(campaign, writer, TITLE, BODY)
    assert number_of_drafts() == 0


def test_a_resident_number_is_not_even_kept_in_a_draft(make):
    with pytest.raises(InvalidInput, match="주민등록번호"):
        save_draft(make.campaign(), make.citizen(), TITLE, "900101-1234567")
    assert number_of_drafts() == 0


def test_a_visitor_has_none(make):
    with pytest.raises(Forbidden):
        save_draft(make.campaign(), ANONYMOUS, TITLE, BODY)


def test_it_is_forgotten_thirty_days_after_its_last_change(make, work):
    writer, campaign = make.citizen(), make.campaign()
    for days in (31, 29):
        with clock.at(clock.now() - timedelta(days=days)):
            save_draft(campaign if days == 31 else make.campaign(), writer, TITLE, BODY)
    db.session.commit()
    assert purge_drafts() == 1
    work()
    assert number_of_drafts() == 1


def test_the_button_saves_and_the_page_shows_it_again(make, client, new_client):
    writer, campaign = make.citizen(), make.campaign()
    path = f"/c/{campaign.slug}/ideas/new"
    response = client.login(writer).post(f"/c/{campaign.slug}/ideas/draft", data={"title": TITLE, "body": BODY})
    assert response.status_code == 303
    page = client.get(path).text
    assert BODY in page
    assert "저장한 초안이에요" in page
    assert BODY not in new_client().login(make.citizen()).get(path).text
    assert client.post(f"/c/{campaign.slug}/ideas/draft/discard").status_code == 303
    assert BODY not in client.get(path).text


def test_the_script_is_answered_in_json_and_spends_no_key(make, client):
    campaign = make.campaign()
    client.login(make.citizen())
    data = {"title": TITLE, "body": BODY, "idempotency_key": "k" * 32}
    as_json = {"Accept": "application/json"}
    for body in (BODY, BODY + " 더"):
        answer = client.post(f"/c/{campaign.slug}/ideas/draft", data=data | {"body": body}, headers=as_json)
        assert answer.status_code == 200
        assert "초안을 저장했어요" in answer.json["said"]
    assert client.post(f"/c/{campaign.slug}/ideas/new", data=data).status_code == 303


def test_a_refused_draft_keeps_the_text_on_the_page(make, client):
    campaign = make.campaign()
    client.login(make.citizen())
    data = {"title": TITLE, "body": BODY + " 900101-1234567"}
    response = client.post(f"/c/{campaign.slug}/ideas/draft", data=data)
    assert response.status_code == 400
    assert BODY in response.text
    answer = client.post(f"/c/{campaign.slug}/ideas/draft", data=data, headers={"Accept": "application/json"})
    assert "주민등록번호" in answer.json["error"]["message"]


def test_a_draft_button_pressed_after_the_session_ended_leads_back_to_the_page(make, client):
    campaign = make.campaign()
    refused = client.post(f"/c/{campaign.slug}/ideas/draft", data={"title": TITLE, "body": BODY})
    assert refused.status_code == 401
    assert BODY in refused.text
    assert BODY in client.get(f"/c/{campaign.slug}/ideas/new").text


def test_a_draft_saved_after_a_text_was_carried_is_what_comes_back(make, client):
    campaign, other = make.campaign(), make.idea()
    path = f"/c/{campaign.slug}/ideas/new"
    client.post(path, data={"title": TITLE, "body": BODY})
    client.login(make.citizen())
    assert BODY in client.get(path).text
    client.post(f"/c/{campaign.slug}/ideas/draft", data={"title": TITLE, "body": f"{BODY} 그리고 더 썼습니다."})
    assert "그리고 더 썼습니다." in client.get(path).text
    client.post(f"/ideas/{other.id}/comments", data={"body": "다른 곳에 쓴 댓글입니다."})
    assert "그리고 더 썼습니다." in client.get(path).text


def test_nobody_elses_page_or_list_holds_a_draft(make, client):
    campaign = make.campaign()
    save_draft(campaign, make.citizen(), TITLE, BODY)
    for path in (f"/c/{campaign.slug}", f"/c/{campaign.slug}/ideas", f"/c/{campaign.slug}/ideas?q=텃밭"):
        assert BODY not in client.get(path).text


def test_the_form_names_its_place_in_the_browser_for_each_person(make, client):
    campaign, writer = make.campaign(), make.citizen()
    assert f'data-draft="idea:{campaign.slug}:0"' in client.get(f"/c/{campaign.slug}/ideas/new").text
    page = client.login(writer).get(f"/c/{campaign.slug}/ideas/new").text
    assert f'data-draft="idea:{campaign.slug}:{writer.id}"' in page
    assert f'data-draft-url="/c/{campaign.slug}/ideas/draft"' in page
