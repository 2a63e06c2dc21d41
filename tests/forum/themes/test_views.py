from __future__ import annotations

from html import unescape

import pytest

from forum.access import Role
from forum.extensions import db
from forum.themes.models import Theme, ThemeState
from tests.factories import SCRIPT


def text(response) -> str:
    return unescape(response.get_data(as_text=True))


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.ANONYMOUS, Role.SYSTEM}])
def test_runs_and_clusters_are_the_analysts_alone(client, make, role):
    run = make.run()
    client.login(make.account(role))
    expected = 200 if role is Role.ANALYST else 403
    slug = run.campaign.slug
    for path in ("/desk", f"/c/{slug}/desk", f"/runs/{run.id}", f"/runs/{run.id}/clusters/1"):
        assert client.get(path).status_code == expected, path


@pytest.mark.parametrize("role", list(Role))
def test_a_draft_is_not_there_for_anybody_else(client, make, role):
    theme = make.theme()
    if role not in {Role.ANONYMOUS, Role.SYSTEM}:
        client.login(make.account(role))
    assert client.get(f"/themes/{theme.id}").status_code == (200 if role is Role.ANALYST else 404)


@pytest.mark.parametrize("state", [ThemeState.APPROVED, ThemeState.REJECTED])
def test_decisions_are_public_with_their_reason_and_escaped(client, make, state):
    theme = make.theme(state=state, title=f"주제 {SCRIPT}", summary=f"요약 {SCRIPT}", decision_reason=f"까닭 {SCRIPT}")
    raw = client.get(f"/themes/{theme.id}").get_data(as_text=True)
    assert SCRIPT not in raw
    assert f"까닭 {SCRIPT}" in unescape(raw)
    assert f'href="/themes/{theme.id}"' in client.get(f"/c/{theme.campaign.slug}/themes").get_data(as_text=True)


def test_a_summarys_marks_lead_to_the_ideas_they_name(client, make):
    campaign = make.campaign()
    idea = make.idea(campaign)
    theme = make.theme(campaign, [idea], state=ThemeState.APPROVED, summary=f"태양광을 답니다 [#{idea.id}].")
    assert f'<a class="citation" href="/ideas/{idea.id}">#{idea.id}</a>' in text(client.get(f"/themes/{theme.id}"))


def test_a_refused_adoption_keeps_what_was_typed(client, make):
    run = make.run()
    client.login(make.analyst())
    response = client.post(f"/runs/{run.id}/clusters/1", data={"title": "가" * 101, "summary": "정성껏 쓴 요약"})
    assert response.status_code == 400
    assert "정성껏 쓴 요약" in text(response)


def test_the_second_of_two_analysts_is_told_and_loses_nothing(client, new_client, make):
    theme = make.theme(title="처음 이름")
    seen = {"version": str(theme.version)}
    first, second = client.login(make.analyst()), new_client().login(make.analyst())
    path = f"/themes/{theme.id}/edit"
    assert first.post(path, data=seen | {"title": "첫째", "summary": "하나"}).status_code == 303
    response = second.post(path, data=seen | {"title": "둘째", "summary": "둘째가 쓴 긴 글"})
    assert response.status_code == 409
    assert "다른 분석가가 먼저" in text(response)
    assert "둘째가 쓴 긴 글" in text(response)
    db.session.refresh(theme)
    assert theme.title == "첫째"


@pytest.mark.parametrize("version", ["", "x", "-1", "１", "9" * 30, None])
def test_a_broken_version_matches_none(client, make, version):
    theme = make.theme()
    data = {"title": "새 이름", "summary": ""} | ({} if version is None else {"version": version})
    assert client.login(make.analyst()).post(f"/themes/{theme.id}/edit", data=data).status_code == 409


def test_a_rejection_without_reason_comes_back(client, make):
    theme = make.theme()
    data = {"decision": "REJECTED", "reason": " ", "version": str(theme.version)}
    response = client.login(make.analyst()).post(f"/themes/{theme.id}/decision", data=data)
    assert response.status_code == 400
    assert "까닭을 입력해 주세요" in text(response)
    assert db.session.get_one(Theme, theme.id).state is ThemeState.DRAFT


@pytest.mark.parametrize("idea_id", ["", "x", "0", "-1", "9" * 20, "１"])
def test_adding_an_idea_that_is_none_is_not_found(client, make, idea_id):
    theme = make.theme()
    response = client.login(make.analyst()).post(f"/themes/{theme.id}/ideas", data={"idea_id": idea_id})
    assert response.status_code == 404


def test_what_was_left_out_is_listed_by_reason(client, make):
    campaign = make.campaign()
    ideas = [make.idea(campaign) for _ in range(25)]
    run = make.run(campaign, [], ideas)
    client.login(make.analyst())
    assert "25건" in text(client.get(f"/runs/{run.id}"))
    first = text(client.get(f"/runs/{run.id}/unthemed/TOO_FEW_FELLOWS"))
    assert first.count("#") >= 20
    second = text(client.get(f"/runs/{run.id}/unthemed/TOO_FEW_FELLOWS?after={ideas[19].id}"))
    assert f"#{ideas[24].id}" in second
    assert client.get(f"/runs/{run.id}/unthemed/NO_SUCH").status_code == 404


def test_a_run_that_is_being_built_is_nobodys_to_see(client, make):
    from forum.themes.models import RunState

    run = make.run(make.campaign(), [], state=RunState.BUILDING, is_current=False, finished_at=None)
    assert client.login(make.analyst()).get(f"/runs/{run.id}").status_code == 404


def test_the_theme_page_takes_the_same_queries_for_two_ideas_and_for_twenty(client, make, count_queries):
    campaign = make.campaign()
    small = make.theme(campaign, [make.idea(campaign) for _ in range(2)], state=ThemeState.APPROVED)
    large = make.theme(campaign, [make.idea(campaign) for _ in range(20)], state=ThemeState.APPROVED)
    client.get(f"/themes/{small.id}")
    few = count_queries(lambda: client.get(f"/themes/{small.id}"))
    assert count_queries(lambda: client.get(f"/themes/{large.id}")) == few
