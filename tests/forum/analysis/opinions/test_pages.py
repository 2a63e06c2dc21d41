from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy.orm.attributes import set_committed_value

from forum.analysis.opinions.models import OpinionGroup
from forum.analysis.opinions.pages import LOOKS, ground_page, looks_of, theme_ground
from forum.analysis.opinions.queries import IdeaGround, group_shares, ideas_set_apart, sets_apart
from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.extensions import db
from forum.voice.ideas.models import IdeaState
from tests.factories import SCRIPT
from tests.forum.analysis.opinions.crowd import cast, crowd, people


def page_of(client, campaign, more=""):
    answer = client.get(f"/c/{campaign.slug}/common-ground{more}")
    assert answer.status_code == 200
    return answer.text


def test_the_page_says_in_words_what_all_back_and_what_divides(make, snap, client):
    made = crowd(make)
    snap(made.campaign)
    page = page_of(client, made.campaign)
    assert "80명이 투표했고, 비슷하게 투표한 사람끼리 묶으니 갈래가 2개였어요. 모두가 찬성하는 제안이 있어요." in page
    assert "자동 분석" in page
    assert "1회차" in page
    assert "다시 투표해도 열에 아홉 번은" in page
    assert "이 배지가 거짓이려면 찬성한 사람 가운데 서로 짠 사람이 적어도" in page
    assert "배지를 빼앗으려면 서로 짠 사람이 적어도" in page
    assert "10명 가운데 1명쯤 찬성했어요." in page
    assert "가 갈래는 ‘의견이 갈리는 제안" in page
    for idea in (*made.shared, *made.dividing):
        assert f'href="/ideas/{idea.id}"' in page


def test_the_map_is_reached_by_keyboard_and_stands_beside_a_table(make, snap, client):
    made = crowd(make)
    found = snap(made.campaign)
    page = page_of(client, made.campaign)
    for group in found.groups:
        assert f'href="#group-{group.number}"' in page
        assert f'id="group-{group.number}"' in page
    assert 'aria-label="가 갈래, 40명"' in page
    assert "style=" not in page
    n_drawn = sum(place[3] for place in found.map["places"])
    assert n_drawn + found.map["n_hidden"] == found.n_entering
    dots = [dot for card in ground_page(found).groups for dot in card.dots]
    assert sum(dot.people for dot in dots) == n_drawn
    assert all(0 < dot.x < 100 and 0 < dot.y < 100 for dot in dots)


def test_groups_have_different_looks_also_where_numbers_are_far_apart(make):
    snapshot = make.snapshot(make.campaign(), [], is_finished=False)
    for number in (0, 1, 5, 6, 10):
        snapshot.groups.append(group_numbered(snapshot, number))
    looks = looks_of(snapshot)
    assert sorted(looks.values()) == list(range(1, LOOKS + 1))
    assert (looks[0], looks[1]) == (1, 2)


def group_numbered(snapshot, number):
    return OpinionGroup(snapshot_id=snapshot.id, number=number, size=9, x=0.5, y=0.5, spread_x=0.1, spread_y=0.1)


def test_staff_are_not_sent_to_a_page_that_refuses_them(make, snap, new_client):
    made = crowd(make)
    snap(made.campaign)
    visitor, citizen, analyst = new_client(), new_client(), new_client()
    citizen.login(make.citizen())
    analyst.login(make.analyst())
    link = f'href="/c/{made.campaign.slug}/common-ground/me"'
    assert [link in page_of(client, made.campaign) for client in (visitor, citizen, analyst)] == [True, True, False]


def test_without_a_snapshot_the_page_says_what_to_do(make, client):
    page = page_of(client, make.campaign())
    assert "아직 계산한 공감대가 없어요" in page
    assert client.get("/c/none/common-ground").status_code == 404


def test_staff_start_a_snapshot_by_one_button_and_a_double_click_makes_one_job(make, client):
    campaign = make.campaign()
    db.session.commit()
    assert "지금 다시 계산하기" not in page_of(client, campaign)
    client.login(make.analyst())
    assert "지금 다시 계산하기" in page_of(client, campaign)
    places = {client.post(f"/c/{campaign.slug}/common-ground").headers["Location"] for _ in range(2)}
    assert len(places) == 1
    assert "공감대를 계산하기 시작했어요" in client.get(places.pop()).text


@pytest.mark.parametrize("n_people", [1, 3])
def test_few_voters_are_told_nothing_about(make, snap, client, n_people):
    campaign = make.campaign()
    ideas = [make.idea(campaign, title=f"조용한 제안 {n}") for n in range(7)]
    cast([(idea, who, 1) for who in people(n_people) for idea in ideas])
    snap(campaign)
    page = page_of(client, campaign)
    assert "아직 보여 드릴 만큼 모이지 않았어요" in page
    assert "조용한 제안" not in page
    assert "%" not in page.partition("<main")[2].partition("</main>")[0]


def test_one_group_is_an_answer(make, snap, client):
    campaign = make.campaign()
    ideas = [make.idea(campaign) for _ in range(8)]
    rng = np.random.default_rng(1)
    cast([(idea, who, 1 if rng.random() < 0.85 else -1) for who in people(60) for idea in ideas])
    assert len(snap(campaign).groups) == 1
    page = page_of(client, campaign)
    assert "60명이 투표했고, 갈래가 나뉘지 않았어요." in page
    assert "갈래가 나뉘지 않아서 없어요." in page


def test_a_small_group_is_not_shown_but_said(make, snap, client):
    made = crowd(make, n_people=60)
    found = snap(made.campaign)
    assert ground_page(found).n_hidden_groups == 0
    set_committed_value(found.groups[1], "size", 4)  # in memory alone: finished ones cannot be changed
    shown = ground_page(found)
    assert [card.number for card in shown.groups] == [found.groups[0].number]
    assert shown.n_hidden_groups == 1


def test_what_sets_a_group_apart_is_not_said_of_hidden_cells(make, snap):
    made = crowd(make)
    found = snap(made.campaign)
    group = found.groups[0]
    assert len(sets_apart(group, {})) == 0
    grounds = ideas_set_apart(found)
    assert {one.idea for one in sets_apart(group, grounds)} == {idea.id for idea in made.dividing}
    grounds[made.dividing[0].id].score.groups[0][:3] = [2, 1, 1]  # four votes; in memory only
    hidden = ideas_with_cells_anew(found, grounds)
    assert made.dividing[0].id not in {one.idea for one in sets_apart(group, hidden)}
    db.session.rollback()


def ideas_with_cells_anew(snapshot, grounds):
    return {
        key: IdeaGround(one.idea, one.score, group_shares(snapshot, one.score.groups)) for key, one in grounds.items()
    }


def test_older_snapshots_keep_their_address(make, snap, client):
    made = crowd(make)
    snap(made.campaign)
    first = page_of(client, made.campaign, "/1")
    assert "지난 회차예요" not in first
    cast([(idea, who, 1) for who in people(8) for idea in made.shared])
    snap(made.campaign)
    old, new = page_of(client, made.campaign, "/1"), page_of(client, made.campaign)
    assert "지난 회차예요" in old
    assert "80명이 투표했고" in old
    assert "88명이 투표했고" in new
    assert f'href="/c/{made.campaign.slug}/common-ground/1"' in new
    assert client.get(f"/c/{made.campaign.slug}/common-ground/3").status_code == 404
    assert client.get(f"/c/{make.campaign().slug}/common-ground/1").status_code == 404


def test_a_snapshot_that_is_not_finished_has_no_page(make, client):
    campaign = make.campaign()
    make.snapshot(campaign, [], is_finished=False)
    db.session.commit()
    assert client.get(f"/c/{campaign.slug}/common-ground/1").status_code == 404
    assert "아직 계산한 공감대가 없어요" in page_of(client, campaign)


@pytest.mark.parametrize("state", [IdeaState.HIDDEN, IdeaState.WITHDRAWN])
def test_what_is_hidden_since_is_named_nowhere(make, snap, client, state):
    made = crowd(make)
    snap(made.campaign)
    for gone in (made.shared[0], made.dividing[0]):
        gone.state = state
    db.session.commit()
    page = page_of(client, made.campaign)
    assert made.shared[0].title not in page
    assert f"‘{made.dividing[0].title}’" not in page
    assert made.shared[1].title in page


def test_titles_are_escaped(make, snap, client):
    made = crowd(make)
    made.shared[0].title = made.dividing[0].title = SCRIPT
    db.session.commit()
    snap(made.campaign)
    assert SCRIPT not in page_of(client, made.campaign)


def test_where_the_young_differ_is_said_and_small_cells_are_hidden(make, snap, client):
    year = clock.today().year
    made = crowd(make, n_people=40, birth_year=year - 40)
    young = people(30, birth_year=year - 15)
    cast(
        [
            (idea, who, 1 if idea is made.shared[0] or n % 2 else -1)
            for who in young
            for n, idea in enumerate(made.shared)
        ]
    )
    cast([(made.shared[0], who, 1) for who in people(3, birth_year=year - 25)])
    snap(made.campaign)
    page = page_of(client, made.campaign).partition("미래 세대의 눈으로")[2]
    assert "20살 아래는 10명 가운데 1명이 안 되게, 30살부터는 거의 모두 찬성했어요." in page
    assert made.shared[2].title in page
    assert made.shared[0].title not in page
    assert "숨김" in page


def test_where_the_young_vote_alike_nothing_is_claimed(make, snap, client):
    year = clock.today().year
    made = crowd(make, n_people=40, birth_year=year - 40)
    cast([(idea, who, 1) for who in people(30, birth_year=year - 15) for idea in made.shared])
    snap(made.campaign)
    assert "다르게 투표했다고 말할 만한 제안을 찾지 못했어요" in page_of(client, made.campaign)


def test_regions_are_a_table_without_small_cells(make, snap, client):
    made = crowd(make, n_people=40, region_code="11")
    cast([(made.shared[0], who, 1) for who in people(6, region_code="26") + people(7)])
    cast([(made.shared[0], who, 1) for who in people(4, region_code="50")])
    snap(made.campaign)
    page = page_of(client, made.campaign)
    assert "서울" in page
    assert "제주" not in page


def test_a_theme_shows_its_own_part(make, snap, client):
    made = crowd(make)
    ideas = [made.shared[0], made.dividing[0]]
    theme = make.theme(made.campaign, ideas, state=ThemeState.APPROVED)
    bare = make.theme(made.campaign, [make.idea(made.campaign)], state=ThemeState.APPROVED)
    assert "의견 갈래로 보면" not in client.get(f"/themes/{theme.id}").text
    snap(made.campaign)
    ground = theme_ground(theme)
    assert [one.idea.id for one in ground.backed] == [made.shared[0].id]
    assert [one.idea.id for one in ground.dividing] == [made.dividing[0].id]
    page = client.get(f"/themes/{theme.id}").text
    assert "의견 갈래로 보면" in page
    assert made.shared[1].title not in page
    assert theme_ground(bare) is None


def test_an_idea_shows_its_own_common_ground_while_it_is_open(make, snap, client):
    made = crowd(make)
    new = make.idea(made.campaign)
    snap(made.campaign)
    shared = client.get(f"/ideas/{made.shared[0].id}").text
    assert "공감대 9" in shared or "공감대 100%" in shared
    assert "가장 적게 찬성하는 사람들의 찬성이에요." in shared
    assert "가장 적게 찬성하는" not in client.get(f"/ideas/{new.id}").text
    made.shared[0].state = IdeaState.WITHDRAWN
    db.session.commit()
    assert "가장 적게 찬성하는" not in client.get(f"/ideas/{made.shared[0].id}").text


def test_reweighted_shares_stand_beside_the_plain_ones(make, snap, client):
    made = crowd(make, n_people=40)
    asked = people(60)
    cast([(made.shared[0], who, 1 if n < 45 else -1) for n, who in enumerate(asked)], shown=0.01)
    snap(made.campaign)
    assert "누구에게나 고르게 보였다면 75%쯤이에요." in page_of(client, made.campaign)


def test_the_page_costs_the_same_however_many_ideas_there_are(make, snap, client, count_queries):
    few, many = crowd(make), crowd(make)
    for _ in range(30):
        make.idea(many.campaign)
    costs = []
    for made in (few, many):
        snap(made.campaign)
        costs.append(count_queries(lambda made=made: page_of(client, made.campaign)))
    assert costs[0] == costs[1] <= 12
