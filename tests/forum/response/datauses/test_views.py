from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.analysis.themes.models import ThemeState
from forum.core.extensions import db
from forum.response.dataneeds.models import NeedState
from forum.response.datasets.models import DatasetState, Sensitivity
from forum.response.datauses.models import DataUse, UseState
from forum.voice.ideas.models import IdeaState

WORDS = {
    "title": "병원이 <b>가장</b> 많이 써요",
    "finding": "유형마다 <i>나누어</i> 보았어요.",
    "chart_title": "1m²에 쓴 전기",
    "chart_unit": "kWh",
    "chart_rows": "병원, 17.8\n<u>학교</u>, 3",
    "code_url": "https://example.org/code",
}


def test_a_finding_goes_from_the_form_through_the_check_to_the_need_it_settles(make, client):
    steward, author, joiner, analyst = make.data_steward(), make.citizen(), make.citizen(), make.analyst()
    closed = make.dataset(steward.holder, state=DatasetState.OFFERED, sensitivity=Sensitivity.AGGREGATE)
    need = make.data_need()
    make.need_join(need, joiner)
    make.need_offer(need, closed)
    form, need_page, need_id, idea_id = (
        f"/data-uses/new?need={need.id}",
        f"/data-needs/{need.id}",
        need.id,
        need.idea_id,
    )
    client.login(author)
    assert form in client.get(need_page).text
    assert f'<option selected value="{closed.id}">' in client.get(form).text
    sent = WORDS | {"dataset_1": str(closed.id)}
    wrong = client.post(
        form, data=sent | {"title": "", "chart_rows": "병원 5\n학교, 1e400", "code_url": "javascript:a"}
    )
    assert (wrong.status_code, wrong.text.count("번째 줄"), "&lt;i&gt;나누어" in wrong.text) == (400, 4, True)
    assert client.post(form, data=sent | {"dataset_1": "없음"}).status_code == 400
    assert client.post(form, data=sent | {"dataset_1": ""}).status_code == 400
    assert client.post(form, data=sent).status_code == 303
    use = db.session.scalars(sa.select(DataUse)).one()
    page = f"/data-uses/{use.id}"
    assert "확인을 기다려요" in client.get(page).text
    assert page in client.get("/mine").text
    assert client.login(joiner).get(page).status_code == 404
    client.login(steward.account)
    assert page in client.get("/datasets/desk").text
    assert "학교&lt;/u&gt; 3" in client.get(page).text.replace("&lt;u&gt;", "")
    assert client.post(f"{page}/return", data={"seen": 1, "reason": ""}).status_code == 400
    assert client.post(f"{page}/publish", data={"seen": 7}).status_code == 409
    assert client.post(f"{page}/return", data={"seen": 1, "reason": "학교가 세 곳뿐이에요."}).status_code == 303
    client.login(author)
    assert "학교가 세 곳뿐이에요." in client.get(page).text
    assert "17.8" in client.get(f"{page}/edit").text
    assert client.post(f"{page}/edit", data=sent | {"seen": 1}).status_code == 409
    assert client.post(f"{page}/edit", data=sent | {"seen": 2, "chart_rows": "병원, 17.8\n학교, 5"}).status_code == 303
    assert client.login(analyst).get("/desk").text.count("확인을 기다리는 자료 결과") == 1
    assert client.post(f"{page}/publish", data={"seen": 3}).status_code == 303
    shown = client.login(joiner).get(page).text
    for words in ("병원이 &lt;b&gt;가장", "아직 달라진 것은 없어요.", 'rel="nofollow noopener"', "<svg", "17.8kWh"):
        assert words in shown
    assert "자료로 알게 된 것이 나왔어요" in client.get("/notices").text
    client.login(analyst)
    seen = {"seen": 4, "seen_need": 1, "reason": "병원이 가장 많이 써요."}
    assert client.post(f"{page}/settle", data=seen | {"seen_need": 9}).status_code == 409
    assert client.post(f"{page}/settle", data=seen).status_code == 303
    assert "이것으로 풀림" in client.get(page).text
    for other in (need_page, f"/ideas/{idea_id}", f"/datasets/{closed.id}", "/data-uses"):
        assert page in client.get(other).text
    db.session.expire_all()
    assert db.session.get_one(type(need), need_id).state is NeedState.SETTLED
    assert client.login(author).post(f"{page}/withdraw", data={"seen": 5}).status_code == 303
    assert client.login(joiner).get(page).status_code == 404


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_the_section_stands_on_themes_letters_and_tasks_and_only_who_may_write_sees_the_way(make, client, new_client):
    theme, task = make.theme(state=ThemeState.APPROVED), make.task()
    letter = make.referral(theme)
    pages = {theme: f"/themes/{theme.id}", letter: f"/referrals/{letter.id}", task: f"/council/tasks/{task.id}"}
    for thing, page in pages.items():
        assert "/data-uses/new?" not in new_client().get(page).text
        assert "/data-uses/new?" not in client.login(make.officer()).get(page).text
        use = make.data_use(thing)
        text = client.login(make.citizen()).get(page).text
        assert (f"/data-uses/{use.id}" in text, "/data-uses/new?" in text) == (True, True)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_the_list_is_narrowed_by_forum_and_says_when_it_is_empty(make, client):
    assert "아직 자료로 풀린 일이 없어요" in client.get("/data-uses").text
    here, there = make.data_use(title="여기 것", effect="규칙을 고쳤어요."), make.data_use(title="저기 것")
    gone, waiting = (
        make.data_use(title="숨긴 것", is_hidden=True),
        make.data_use(title="기다림", state=UseState.WAITING),
    )
    text = client.get(f"/data-uses?campaign={here.campaign.slug}&page=99").text
    assert [one.title in text for one in (here, there, gone, waiting)] == [True, False, False, False]
    assert "달라진 것: 규칙을 고쳤어요." in text
    assert there.title in client.get("/data-uses?campaign=no-such").text


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_hidden_idea_shows_no_uses_and_its_needs_take_none(make, client):
    author = make.citizen()
    use = make.data_use(make.idea(author=author, state=IdeaState.HIDDEN))
    text = client.login(author).get(f"/ideas/{use.idea_id}").text
    assert (f"/data-uses/{use.id}" in text, "/data-uses/new" in text) == (False, False)
    assert client.get(f"/data-uses/{use.id}").status_code == 404


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize("args", ["", "idea=1&theme=1", "idea=x", "need=x", "need=2000000000", "task=0"])
def test_an_address_that_names_no_one_thing_is_not_found(make, client, args):
    assert client.login(make.citizen()).get(f"/data-uses/new?{args}").status_code == 404
