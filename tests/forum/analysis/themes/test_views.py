from __future__ import annotations

from html import unescape

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from forum.analysis.curation.models import RecordedEdit, ThemeLineage
from forum.analysis.curation.services import adopt_cluster, undo_edit
from forum.analysis.themes.models import MemberSource, ThemeIdea, ThemeState, UnthemedReason
from forum.analysis.themes.queries import divided_ideas
from forum.core.access import Role
from forum.core.extensions import db
from nlp.pipeline import Settings
from tests.factories import SCRIPT


def text(response) -> str:
    return unescape(response.get_data(as_text=True))


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.ANONYMOUS, Role.GUEST, Role.SYSTEM}])
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
    if role not in {Role.ANONYMOUS, Role.GUEST, Role.SYSTEM}:
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
    next_page = f'href="/themes/{theme.id}?page=2" rel="next"'
    assert next_page in first
    assert 'rel="next"' not in second
    assert client.get(f"/themes/{theme.id}?page=9").text.count("제안 24번입니다") == second.count("제안 24번입니다")


@pytest.mark.parametrize("page", ["0", "-3", "99999999999", "x", "１"])
def test_a_page_number_that_is_none_is_no_error(client, make, page):
    theme = make.theme(state=ThemeState.APPROVED)
    assert client.get(f"/themes/{theme.id}?page={page}").status_code == 200


def test_a_run_shows_the_state_of_the_themes_that_its_clusters_became_or_continue(client, make):
    """A later run finds the same group again: its theme is approved, so the run must not say that nobody looked."""
    campaign = make.campaign()
    ideas = [make.idea(campaign) for _ in range(4)]
    first = make.run(campaign, [ideas[:2]], is_current=False)
    theme = make.theme(campaign, ideas[:2], state=ThemeState.APPROVED, run_id=first.id, cluster_id=first.clusters[0].id)
    db.session.add(
        ThemeIdea(theme_id=theme.id, idea_id=ideas[3].id, campaign_id=campaign.id, source=MemberSource.HUMAN)
    )
    run = make.run(campaign, [ideas[:2], ideas[2:]])
    cluster = run.clusters[0]
    link = ThemeLineage(run_id=run.id, theme_id=theme.id, cluster_id=cluster.id, kind="same", is_successor=True)
    db.session.add(link)
    client.login(make.analyst())
    in_clusters = "section[aria-labelledby=clusters-title] table.data tbody tr"
    rows = BeautifulSoup(text(client.get(f"/runs/{run.id}")), "lxml").select(in_clusters)
    assert [row.select("td")[-1].a is not None for row in rows[:2]] == [True, False]
    assert "승인" in rows[0].text
    assert "3건 (자동 분석 2건 + 분석가가 더한 1건)" in rows[0].text
    assert f"{first.id}회차에서 이어짐" in rows[0].text
    assert "아직 읽지 않음" not in rows[0].text
    assert "아직 읽지 않음" in rows[1].text
    before = BeautifulSoup(text(client.get(f"/runs/{first.id}")), "lxml").select_one(in_clusters)
    assert "승인" in before.text
    assert "이어짐" not in before.text


def test_every_page_of_a_theme_says_how_many_ideas_an_analyst_added(client, make):
    campaign = make.campaign()
    ideas = [make.idea(campaign) for _ in range(3)]
    run = make.run(campaign, [ideas[:2]])
    theme = make.theme(campaign, ideas[:2], state=ThemeState.APPROVED, run_id=run.id, cluster_id=run.clusters[0].id)
    db.session.add(
        ThemeIdea(theme_id=theme.id, idea_id=ideas[2].id, campaign_id=campaign.id, source=MemberSource.HUMAN)
    )
    said = "3건 (자동 분석 2건 + 분석가가 더한 1건)"
    for path in (f"/themes/{theme.id}", f"/c/{campaign.slug}/themes"):
        assert said in text(client.get(path)), path
    client.login(make.analyst())
    for path in (f"/desk/themes/{theme.id}", f"/runs/{run.id}/clusters/1"):
        assert said in text(client.get(path)), path


def test_a_theme_whose_making_was_undone_offers_what_can_be_done(client, make):
    run, analyst = make.run(), make.analyst()
    theme = adopt_cluster(run.clusters[0], analyst, "성급한 이름")
    undo_edit(db.session.scalars(sa.select(RecordedEdit)).one(), analyst)
    client.login(analyst)
    page = text(client.get(f"/desk/themes/{theme.id}"))
    assert "다시 검토하기" not in page
    db.session.refresh(theme)
    assert f'href="/runs/{run.id}">분석 회차 {run.id}번의 묶음 보기' in page
    response = client.post(f"/desk/themes/{theme.id}/decision", data={"version": theme.version, "decision": "APPROVED"})
    assert response.status_code == 409
    assert "그 묶음을 다시 주제로 올려 주세요" in text(response)


def test_the_list_of_themes_is_filtered_by_the_state_of_the_answer(client, make):
    campaign = make.campaign()
    answered = make.theme(campaign, state=ThemeState.APPROVED, title="답을 받은 주제")
    make.answer(make.referral(answered, make.ministry(name="시험환경부")))
    make.theme(campaign, state=ThemeState.REJECTED, title="하지 않기로 한 주제", decision_reason="범위가 넓어서")
    path = f"/c/{campaign.slug}/themes"
    every = text(client.get(f"{path}?answer=no-such&sort=no-such"))
    assert "답을 받은 주제" in every
    assert "하지 않기로 한 주제" in every
    accepted = text(client.get(f"{path}?answer=accepted"))
    assert "답을 받은 주제" in accepted
    assert "시험환경부" in accepted
    assert "하지 않기로 한 주제" not in accepted
    assert "이런 주제는 아직 없어요" in text(client.get(f"{path}?answer=other"))


def test_a_theme_begins_with_the_answer_or_with_why_there_is_none(client, make):
    answered = make.theme(state=ThemeState.APPROVED)
    make.answer(make.referral(answered, make.ministry(name="시험환경부")), reason="내년에 시작하겠습니다.")
    page = text(client.get(f"/themes/{answered.id}")).split("<main")[1]
    assert page.index("시험환경부의 답변") < page.index("무엇을 바라나요")
    assert "내년에 시작하겠습니다." in page
    rejected = make.theme(state=ThemeState.REJECTED, decision_reason="이미 하고 있어서")
    page = text(client.get(f"/themes/{rejected.id}")).split("<main")[1]
    assert page.index("이미 하고 있어서") < page.index("무엇을 바라나요")


def test_how_themes_are_made_is_public_and_states_the_settings_in_force(client, make):
    page = text(client.get("/themes/how"))
    settings = Settings()
    assert (settings.min_size, settings.title_weight, settings.body_chars) == (3, 3, 300)
    assert "세 배" in page
    assert f"앞의 {settings.body_chars}자" in page
    assert "세 건보다 적게" in page
    assert all(reason.label in page for reason in UnthemedReason)
    assert "gpl-3.0" in page
    theme = make.theme(state=ThemeState.APPROVED)
    for path in (f"/themes/{theme.id}", f"/c/{theme.campaign.slug}/themes"):
        assert 'href="/themes/how"' in text(client.get(path)), path


def test_a_theme_names_the_ideas_on_which_people_disagree_the_most_evenly_divided_first(make):
    campaign = make.campaign()
    sums = ((9, 9, 0), (12, 8, 3), (30, 4, 0), (3, 3, 90), (2, 20, 0))
    ideas = [make.idea(campaign) for _ in sums]
    for idea, (agree, disagree, passed) in zip(ideas, sums, strict=True):
        idea.tally.agree, idea.tally.disagree, idea.tally.pass_ = agree, disagree, passed
    theme = make.theme(campaign, ideas, state=ThemeState.APPROVED)
    db.session.flush()
    assert divided_ideas(theme) == ideas[:2]
    assert divided_ideas(theme, 1) == ideas[:1]
