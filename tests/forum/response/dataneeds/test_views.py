from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.extensions import db
from forum.response.dataneeds.models import DataNeed, NeedState
from forum.voice.ideas.models import IdeaState

WORDS = {
    "question": "상가는 밤에 <b>전기</b>를 얼마나 쓰나요?",
    "wanted": "시간대별 사용량",
    "benefit": "줄일 곳을 알아요",
}


def test_a_need_goes_from_the_question_to_what_settled_it(make, client):
    idea, author, other = make.idea(), make.citizen(), make.citizen()
    holder = make.data_holder()
    steward, dataset, analyst = make.data_steward(holder).account, make.dataset(holder), make.analyst()
    form = f"/data-needs/new?idea={idea.id}"
    assert form in client.get(f"/ideas/{idea.id}").text
    client.login(author)
    assert client.get(form).status_code == 200
    refused = client.post(form, data=WORDS | {"wanted": "", "benefit": "주민번호 900101-1234568"})
    assert (refused.status_code, "&lt;b&gt;전기" in refused.text) == (400, True)
    assert client.post(form, data=WORDS).status_code == 303
    need = db.session.scalars(sa.select(DataNeed)).one()
    page = f"/data-needs/{need.id}"
    client.login(other)
    assert "1명이 알고 싶어 해요" in client.get(page).text
    assert client.post(f"{page}/join").status_code == 303
    assert client.post(f"{page}/join").status_code == 303
    assert "2명이 알고 싶어 해요" in client.get("/data-needs").text
    assert page in client.get("/mine").text
    client.login(steward)
    assert other.display_name not in client.get(page).text
    assert "자료 내놓기" in client.get(page).text
    assert client.post(f"{page}/offer", data={"dataset": dataset.id, "seen": 7}).status_code == 409
    assert client.post(f"{page}/offer", data={"dataset": "없음", "seen": 1}).status_code == 404
    assert client.post(f"{page}/offer", data={"dataset": dataset.id, "seen": 1}).status_code == 303
    client.login(analyst)
    assert client.post(f"{page}/settle", data={"reason": "", "seen": 2}).status_code == 400
    assert client.post(f"{page}/settle", data={"reason": "밤에 40%를 <i>써요</i>.", "seen": 2}).status_code == 303
    shown = client.get(page).text
    assert "밤에 40%를 &lt;i&gt;써요" in shown
    assert "&lt;b&gt;전기" in client.get("/data-needs?state=SETTLED").text
    assert "밤에 40%를 &lt;i&gt;써요" in client.get(f"/ideas/{idea.id}").text
    assert "자료가 나왔어요" in client.login(author).get("/notices").text
    client.login(analyst)
    assert client.post(f"{page}/reopen", data={"seen": 3}).status_code == 303
    assert client.post(f"{page}/offers/{dataset.id}/take-back", data={"seen": 4}).status_code == 303
    assert client.post(f"{page}/refuse", data={"reason": "영업 비밀이래요", "seen": 5}).status_code == 303
    assert "영업 비밀이래요" in client.get(page).text


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_the_section_stands_on_themes_letters_and_tasks(make, client, new_client):
    theme, task = make.theme(state=ThemeState.APPROVED), make.task()
    letter = make.referral(theme)
    pages = {theme: f"/themes/{theme.id}", letter: f"/referrals/{letter.id}", task: f"/council/tasks/{task.id}"}
    for thing, page in pages.items():
        assert "어떤 자료가 있으면" in new_client().get(page).text
        need = make.data_need(thing, question="얼마나 쓰나요")
        text = client.login(make.citizen()).get(page).text
        assert f"/data-needs/{need.id}" in text
        assert "/data-needs/new?" in text


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_the_list_is_narrowed_by_state_and_forum_and_says_when_it_is_empty(make, client):
    assert "여기에는 아직 없어요" in client.get("/data-needs").text
    here, there = make.data_need(question="여기 것"), make.data_need(question="저기 것")
    gone = make.data_need(question="숨긴 것", is_hidden=True)
    reason = {"state": NeedState.REFUSED, "state_reason": "영업 비밀", "decided_at": clock.now()}
    refused = make.data_need(here.idea, question="못 얻은 것", **reason)
    text = client.get(f"/data-needs?campaign={here.campaign.slug}&page=99").text
    assert (here.question in text, there.question in text, gone.question in text) == (True, False, False)
    assert refused.question in client.get("/data-needs?state=REFUSED").text
    assert there.question in client.get("/data-needs?state=REMOVED&campaign=no-such").text


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_the_author_changes_and_withdraws(make, client):
    author = make.citizen()
    need = make.data_need(author=author)
    page = f"/data-needs/{need.id}"
    client.login(author)
    assert f"{page}/edit" in client.get(page).text
    assert client.get(f"{page}/edit").status_code == 200
    assert client.post(f"{page}/edit", data=WORDS | {"seen": "nonsense"}).status_code == 409
    assert client.post(f"{page}/edit", data=WORDS | {"seen": 1}).status_code == 303
    assert client.post(f"{page}/withdraw", data={"seen": 1}).status_code == 409
    assert client.post(f"{page}/withdraw", data={"seen": 2}).status_code == 303
    assert "거둔 글이에요" in client.get(page).text
    assert client.login(make.citizen()).get(page).status_code == 404


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_the_author_of_a_hidden_idea_finds_no_needs_on_it(make, client):
    author = make.citizen()
    need = make.data_need(make.idea(author=author, state=IdeaState.HIDDEN))
    text = client.login(author).get(f"/ideas/{need.idea_id}").text
    assert (need.wanted in text, f"/data-needs/{need.id}" in text, "/data-needs/new" in text) == (False,) * 3


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize("args", ["", "idea=1&theme=1", "idea=x", "idea=2000000000", "task=0", "idea=99999999999999"])
def test_an_address_that_names_no_one_thing_is_not_found(make, client, args):
    assert client.login(make.citizen()).get(f"/data-needs/new?{args}").status_code == 404


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_need_without_offers_waits_for_analysts_after_two_weeks(make, client):
    make.data_need()
    client.login(make.analyst())
    assert "2주 넘게" not in client.get("/desk").text
    make.data_need(created_at=clock.now() - timedelta(days=15))
    assert "2주 넘게 기다리는 자료 요청" in client.get("/desk").text
