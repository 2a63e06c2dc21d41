from __future__ import annotations

import re
from html import unescape

import pytest
import sqlalchemy as sa

from forum.core.extensions import db
from forum.voice.campaigns.models import PhaseKind
from forum.voice.ideas.models import Comment, Idea, IdeaState
from tests.factories import SCRIPT

GOOD = {"title": "학교 지붕에 태양광을", "body": "빈 지붕에 발전기를 올립시다.", "sector": "", "region_code": ""}


def text(response) -> str:
    return unescape(response.get_data(as_text=True))


def n_ideas() -> int:
    return db.session.scalar(sa.select(sa.func.count(Idea.id))) or 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": ""}, "제목을 입력해 주세요"),
        ({"title": "가" * 101}, "100자까지"),
        ({"body": " \u3164 "}, "내용을 입력해 주세요"),
        ({"body": "가" * 5001}, "5,000자까지"),
        ({"body": "가\x00나"}, "제어 문자"),
        ({"body": "번호는 900101-1234567"}, "주민등록번호"),
        ({"sector": "SPACE"}, "목록에 있는 부문"),
        ({"region_code": "99"}, "목록에 있는 지역"),
    ],
)
def test_bad_input_comes_back_with_the_message_and_everything_typed(client, make, changes, words):
    campaign = make.campaign()
    sent = GOOD | changes
    response = client.login(make.citizen()).post(f"/c/{campaign.slug}/ideas/new", data=sent)
    assert response.status_code == 400
    assert words in text(response)
    kept = {"title": sent["title"], "body": sent["body"]}
    assert all(value.strip() in text(response) for value in kept.values() if "\x00" not in value)
    assert n_ideas() == 0


def test_a_closed_phase_says_so_and_keeps_the_text(client, make):
    campaign = make.campaign(open_phases=(PhaseKind.VOTING,))
    response = client.login(make.citizen()).post(f"/c/{campaign.slug}/ideas/new", data=GOOD)
    assert response.status_code == 409
    assert "제안 단계는" in text(response)
    assert GOOD["body"] in text(response)


def test_the_same_idea_sent_twice_is_one(client, make):
    campaign = make.campaign()
    client.login(make.citizen())
    first, second = (client.post(f"/c/{campaign.slug}/ideas/new", data=GOOD) for _ in range(2))
    assert (first.status_code, second.status_code, n_ideas()) == (303, 409, 1)


def test_looking_for_similar_ideas_sends_nothing_and_keeps_the_text(client, make):
    campaign = make.campaign()
    other = make.idea(campaign, search_tokens="학교 지붕 태양광")
    response = client.login(make.citizen()).post(f"/c/{campaign.slug}/ideas/new", data=GOOD | {"look": "1"})
    assert response.status_code == 200
    assert f'href="/ideas/{other.id}"' in text(response)
    assert GOOD["body"] in text(response)
    assert n_ideas() == 1


def test_similar_ideas_come_as_a_fragment_while_writing(client, make):
    campaign = make.campaign()
    other = make.idea(campaign, search_tokens="학교 지붕 태양광")
    page = text(client.login(make.citizen()).get(f"/c/{campaign.slug}/ideas/similar?title=학교 지붕 태양광"))
    assert f"/ideas/{other.id}" in page
    assert "<html" not in page


@pytest.fixture
def alike(make):
    """A campaign and its idea about solar panels on schools."""
    campaign = make.campaign()
    other = make.idea(campaign, search_tokens="학교 지붕 태양광")
    db.session.commit()
    return campaign, other


def while_writing(client, campaign, **fields):
    return text(client.post(f"/c/{campaign.slug}/ideas/similar", data=fields))


def test_while_writing_title_and_body_are_compared_and_nothing_similar_is_no_answer(client, alike):
    campaign, other = alike
    assert f"/ideas/{other.id}" in while_writing(client, campaign, title="", body="학교 지붕에 태양광을 올립시다")
    assert while_writing(client, campaign, title="", body="").strip() == ""
    assert "찾지 못했어요" not in while_writing(client, campaign, title="마을버스 배차", body="더 자주")


def test_while_writing_a_voter_agrees_with_one_tap_and_the_idea_keeps_its_own_key(client, make, alike):
    campaign, other = alike
    client.login(make.citizen())
    asked = while_writing(client, campaign, title="학교 지붕 태양광", body="")
    key = re.search(r'"Idempotency-Key": "([^"]+)"', asked)[1]
    form = GOOD | {"title": "", "body": "", "idempotency_key": "a" * 32, "value": "agree"}
    headers = {"HX-Request": "true", "Idempotency-Key": key}
    voted = client.post(f"/ideas/{other.id}/vote", data=form, headers=headers)
    assert "mine-words" in voted.text
    assert "내 투표: 찬성" in while_writing(client, campaign, title="학교 지붕 태양광", body="")
    posted = client.post(f"/c/{campaign.slug}/ideas/new", data=GOOD | {"idempotency_key": "a" * 32})
    assert (posted.status_code, n_ideas()) == (303, 2)


def test_while_writing_those_who_may_not_vote_get_links_only(client, new_client, make, alike):
    campaign, _other = alike
    closed = make.campaign(open_phases=(PhaseKind.PROPOSING,))
    make.idea(closed, search_tokens="학교 지붕 태양광")
    db.session.commit()
    citizen = new_client().login(make.citizen())
    for who, where in ((client, campaign), (new_client().login(make.analyst()), campaign), (citizen, closed)):
        page = while_writing(who, where, title="학교 지붕 태양광", body="")
        assert "/ideas/" in page
        assert "/vote" not in page


@pytest.mark.parametrize(
    "question", ['"', "AND", "a:b", "은 는 이 가", "ㅋㅋ", "x" * 10_000, "%00", "' OR 1=1", "\\", "🌍"]
)
def test_odd_questions_are_answered(client, make, question):
    campaign = make.campaign()
    make.idea(campaign)
    assert client.get(f"/c/{campaign.slug}/ideas", query_string={"q": question}).status_code == 200


@pytest.mark.parametrize("args", ["sector=NONE", "region=99", "state=X", "sort=;DROP", "sector=&sort=AGREE", "q="])
def test_unknown_filters_are_no_filters(client, make, args):
    campaign = make.campaign()
    idea = make.idea(campaign)
    assert f'href="/ideas/{idea.id}' in text(client.get(f"/c/{campaign.slug}/ideas?{args}"))


def test_chosen_filters_are_counted_and_each_is_taken_off_by_a_link(client, make):
    campaign = make.campaign()
    path = f"/c/{campaign.slug}/ideas"
    page = text(client.get(f"{path}?sector=BUILDING&region=11&state=MERGED&sort=agree&q=버스"))
    assert 'class="count-badge">3<' in page
    chips = re.findall(r'<li><a class="plain-link" href="([^"]*)">[^<]*<svg', page)
    assert len(chips) == 3
    assert all(chip.startswith(f"{path}?") and chip.count("=") == 4 for chip in chips)
    assert 'class="chips"' not in text(client.get(path))


def test_the_orders_of_a_list_are_links_that_keep_its_filters(client, make):
    campaign = make.campaign()
    page = text(client.get(f"/c/{campaign.slug}/ideas?region=11&sort=discussed"))
    orders = page.split('class="orders"')[1].split("</nav>")[0]
    assert f'href="/c/{campaign.slug}/ideas?region=11&sort=agree"' in orders
    assert orders.count("aria-current") == 1


def test_cards_lead_on_in_the_order_of_their_list(client, make):
    idea = make.idea()
    path = f"/c/{idea.campaign.slug}/ideas"
    assert f'href="/ideas/{idea.id}?sort=agree"' in text(client.get(f"{path}?sort=agree"))
    assert f'href="/ideas/{idea.id}"' in text(client.get(path))


@pytest.mark.parametrize("cursor", ["x", "W10", "bnVsbA", "WzEsMV0", "%00", "a" * 5_000, "W1tbW10", "-1"])
@pytest.mark.parametrize("sort", ["new", "agree"])
def test_a_forged_cursor_is_refused_in_words(client, make, cursor, sort):
    response = client.get(f"/c/{make.campaign().slug}/ideas?after={cursor}&sort={sort}")
    assert response.status_code in {200, 400}
    if response.status_code == 400:
        assert "다음 쪽의 주소" in text(response)


@pytest.mark.parametrize("sort", ["new", "agree", "discussed"])
def test_pages_follow_each_other_without_gap_or_repeat(app, client, make, sort):
    campaign, author = make.campaign(), make.citizen()
    expected = {make.idea(campaign, author).id for _ in range(45)}
    make.idea(campaign, author, state=IdeaState.WITHDRAWN)
    seen: list[int] = []
    path: str | None = f"/c/{campaign.slug}/ideas?sort={sort}"
    while path:
        page = text(client.get(path))
        seen += [int(found) for found in re.findall(r'<h3[^>]*><a href="/ideas/([0-9]+)', page)]
        path = page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0] if 'rel="next"' in page else None
    assert len(seen) == 45
    assert set(seen) == expected


def test_scripts_in_titles_and_comments_are_text_everywhere(client, make):
    idea = make.idea()
    make.comment(idea)
    for path in (f"/c/{idea.campaign.slug}/ideas", f"/ideas/{idea.id}", f"/c/{idea.campaign.slug}"):
        assert SCRIPT not in client.get(path).get_data(as_text=True)


def test_an_edit_shows_what_stands_there_and_is_the_authors(client, make):
    author = make.citizen()
    idea = make.idea(author=author, title="처음 제목", body="처음 글")
    client.login(author)
    assert "처음 글" in text(client.get(f"/ideas/{idea.id}/edit"))
    assert client.post(f"/ideas/{idea.id}/edit", data=GOOD).status_code == 303
    client.login(make.citizen())
    assert client.get(f"/ideas/{idea.id}/edit").status_code == 403
    assert client.post(f"/ideas/{idea.id}/withdraw").status_code == 403


def test_a_withdrawal_is_asked_for_once_more(client, make):
    author = make.citizen()
    idea = make.idea(author=author)
    client.login(author)
    assert "철회할까요" in text(client.get(f"/ideas/{idea.id}/withdraw"))
    assert idea.state is IdeaState.OPEN
    client.post(f"/ideas/{idea.id}/withdraw")
    db.session.refresh(idea)
    assert idea.state is IdeaState.WITHDRAWN


def test_a_refused_comment_comes_back_to_be_mended(client, make):
    idea = make.idea()
    response = client.login(make.citizen()).post(f"/ideas/{idea.id}/comments", data={"body": "가" * 1001})
    assert response.status_code == 400
    assert "가" * 1001 in text(response)
    assert db.session.scalar(sa.select(sa.func.count(Comment.id))) == 0


@pytest.mark.parametrize(
    "path", ["/ideas/0", "/ideas/99999999999", "/ideas/1e3", "/ideas/-1", "/ideas/007x", "/c/none"]
)
def test_what_is_not_there_is_not_found(client, path):
    assert client.get(path).status_code == 404


def test_the_list_takes_the_same_queries_for_one_idea_and_for_many(client, make, count_queries):
    campaign = make.campaign()
    make.idea(campaign)
    path = f"/c/{campaign.slug}/ideas"
    client.get(path)
    one = count_queries(lambda: client.get(path))
    for _ in range(15):
        make.comment(make.idea(campaign))
    assert count_queries(lambda: client.get(path)) == one
