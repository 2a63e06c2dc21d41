from __future__ import annotations

from html import unescape

import pytest

from forum.analysis.themes.models import ThemeState
from forum.core.access import Role
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


def test_a_card_shows_a_summary_without_its_marks(client, make):
    theme = make.theme(state=ThemeState.APPROVED)
    cards = text(client.get(f"/c/{theme.campaign.slug}/themes"))
    assert "학교에 태양광을 답니다." in cards
    assert "[#" not in cards


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
    from forum.analysis.themes.models import RunState

    run = make.run(make.campaign(), [], state=RunState.BUILDING, is_current=False, finished_at=None)
    assert client.login(make.analyst()).get(f"/runs/{run.id}").status_code == 404


def test_the_theme_page_takes_the_same_queries_for_two_ideas_and_for_twenty(client, make, count_queries):
    campaign = make.campaign()
    small = make.theme(campaign, [make.idea(campaign) for _ in range(2)], state=ThemeState.APPROVED)
    large = make.theme(campaign, [make.idea(campaign) for _ in range(20)], state=ThemeState.APPROVED)
    client.get(f"/themes/{small.id}")
    few = count_queries(lambda: client.get(f"/themes/{small.id}"))
    assert count_queries(lambda: client.get(f"/themes/{large.id}")) == few


def test_a_themes_ideas_come_a_page_at_a_time_the_most_agreed_first(client, make):
    campaign = make.campaign()
    ideas = [make.idea(campaign, title=f"제안 {n}번입니다") for n in range(25)]
    ideas[20].tally.agree = 9
    theme = make.theme(campaign, ideas, state=ThemeState.APPROVED)
    first, second = client.get(f"/themes/{theme.id}").text, client.get(f"/themes/{theme.id}?page=2").text
    assert "제안 20번입니다" in first
    assert "제안 0번입니다" in first
    assert "제안 24번입니다" not in first
    assert "제안 24번입니다" in second
    assert f"/themes/{theme.id}?page=2" in first
    assert "다음 보기" not in second


@pytest.mark.parametrize("page", ["0", "-3", "99999999999", "x", "１"])
def test_a_page_number_that_is_none_is_no_error(client, make, page):
    theme = make.theme(state=ThemeState.APPROVED)
    assert client.get(f"/themes/{theme.id}?page={page}").status_code == 200
