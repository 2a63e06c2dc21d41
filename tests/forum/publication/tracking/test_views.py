from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest

from forum.analysis.shortlists.services import close_shortlist
from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.access import SYSTEM, Role
from forum.core.extensions import db
from forum.response.answers.words import AnswerInput
from forum.response.referrals.models import Decision
from forum.voice.campaigns.models import PhaseKind
from forum.voice.ideas.models import Idea, IdeaState
from forum.voice.ideas.services import save_draft, store_idea
from tests.factories import SCRIPT
from tests.forum.analysis.shortlists.joined import cast


def whole_thread(make, campaign=None):
    """An idea whose theme was answered, with a comment and a milestone."""
    idea = make.idea(campaign)
    make.vote(idea)
    make.comment(idea)
    theme = make.theme(idea.campaign, [idea], state=ThemeState.APPROVED)
    answer = make.answer(make.referral(theme))
    make.milestone(answer)
    return idea, answer


# The first page
def test_an_empty_forum_greets_all_the_same(client):
    response = client.get("/")
    assert response.status_code == 200
    assert "지금은 열린 포럼이 없어요" in response.text


def test_the_first_page_leads_to_open_and_closed_forums(client, make):
    opened = make.campaign(title="열린 포럼", is_sample=True)
    closed = make.campaign(open_phases=(), title="지난 포럼")
    page = client.get("/").text
    assert page.index("열린 포럼</a></h2>") < page.index("다른 포럼</h2>") < page.index("지난 포럼</a>")
    assert f'href="/c/{opened.slug}/ideas/new"' in page
    assert f'href="/c/{closed.slug}/ideas/new"' not in page
    assert "연습용 예시예요" in page


def test_the_first_page_shows_what_became_policy_and_only_that(client, make):
    idea = make.idea()
    decided = {}
    for decision in Decision:
        theme = make.theme(idea.campaign, [idea], state=ThemeState.APPROVED, title=f"주제 {decision.name}")
        decided[decision] = make.answer(make.referral(theme), decision=decision)
    page = client.get("/").text
    shown = {decision for decision, answer in decided.items() if f'href="/referrals/{answer.referral_id}"' in page}
    assert shown == {Decision.ACCEPTED, Decision.PARTLY}


def test_a_long_answer_is_cut_and_escaped_on_the_first_page(client, make):
    whole_thread(make)
    page = client.get("/").text
    assert "&lt;script&gt;" in page
    assert SCRIPT not in page


def test_the_first_page_says_what_is_late_and_what_was_kept(client, make):
    campaign = make.campaign()
    _idea, answer = whole_thread(make, campaign)
    make.milestone(answer, title="끝낸 일", percent_done=100, is_closed=True, finished_on=clock.today())
    theme = make.theme(campaign, [make.idea(campaign)], state=ThemeState.APPROVED)
    day = clock.today() - timedelta(days=12)
    late = make.referral(theme, sent_at=clock.now() - timedelta(days=60), due_on=day)
    for path in ("/", f"/c/{campaign.slug}"):
        page = client.get(path).text
        assert "12일 지났어요" in page
        assert f'href="/referrals/{late.id}"' in page
        assert "끝낸 일" in page
        assert "아직 남은 일" not in page


def test_a_forum_without_answers_says_that_there_is_none_yet(client, make):
    make.referral()
    assert "아직 소관부처가 받아들인 정책 주제가 없어요" in client.get("/").text


def test_visitors_are_told_nothing_of_their_own_and_the_signed_in_their_next_step(client, make):
    author = make.citizen()
    idea = make.idea(author=author, title="내가 쓴 글")
    make.campaign()  # the newer forum leads: the idea is on the page as one's own only
    assert "다음 할 일" not in client.get("/").text
    page = client.login(author).get("/").text
    assert "다음 할 일" in page
    assert f'href="/ideas/{idea.id}">내가 쓴 글</a>' in page


@pytest.mark.parametrize("role", [Role.ANALYST, Role.MINISTRY_OFFICER, Role.ADMIN, Role.COUNCIL_MEMBER])
def test_the_first_page_leads_staff_to_their_work(client, make, role):
    make.idea()
    page = client.login(make.account(role)).get("/").text
    assert "맡은 일" in page[page.index("다음 할 일") :]


@pytest.mark.parametrize("is_sample", [True, False])
def test_what_others_show_of_a_shared_page_names_an_example(client, make, is_sample):
    campaign = make.campaign(title="함께 줄이는 포럼", is_sample=is_sample)
    titles = [
        re.search(r'property="og:title" content="([^"]*)"', client.get(path).text)[1]
        for path in ("/", f"/c/{campaign.slug}")
    ]
    assert all(title.startswith("[예시]") is is_sample for title in titles)
    assert titles[1].endswith("함께 줄이는 포럼")


# A campaign
def test_a_campaign_shows_counts_ideas_themes_and_answers(client, make):
    campaign = make.campaign(summary="함께 이야기해요")
    idea, answer = whole_thread(make, campaign)
    page = client.get(f"/c/{campaign.slug}").text
    for words in ("함께 이야기해요", "제안 쓰기", "찬성이 많은 제안", "소관부처의 답변"):
        assert words in page
    for path in (f"/ideas/{idea.id}", f"/themes/{answer.referral.theme_id}", f"/referrals/{answer.referral_id}"):
        assert f'href="{path}"' in page
    assert SCRIPT not in page


def test_a_campaign_without_ideas_says_what_to_do(client, make):
    campaign = make.campaign()
    assert "아직 제안이 없어요" in client.get(f"/c/{campaign.slug}").text


def test_a_campaign_that_takes_no_ideas_says_since_when(client, make):
    campaign = make.campaign(open_phases=(PhaseKind.VOTING,))
    page = client.get(f"/c/{campaign.slug}").text
    assert "제안 단계는" in page
    assert "끝났" in page
    assert "/ideas/new" not in page


NOWHERE = ["/c/nowhere", "/c/%00", "/c/%FF", "/c/" + "가" * 300, "/ideas/1", "/ideas/0", "/ideas/2147483648"]


@pytest.mark.parametrize("path", [*NOWHERE, "/ideas/" + "9" * 40, "/ideas/-1", "/ideas/1e3", "/ideas/%D9%A1"])
def test_what_is_not_there_is_a_page_that_says_so(client, path):
    response = client.get(path)
    assert response.status_code == 404
    assert "없습니다" in response.text or "없어요" in response.text


# An idea
def test_the_idea_page_holds_the_whole_thread(client, make):
    idea, answer = whole_thread(make)
    page = client.get(f"/ideas/{idea.id}").text
    for words in ("이 제안이 걸어온 길", "시민 1명이 투표했어요", "답변했어요: 수용", "댓글 1개", "의 답변"):
        assert words in page
    assert f'href="/themes/{answer.referral.theme_id}"' in page
    assert f'href="/referrals/{answer.referral_id}"' in page
    assert SCRIPT not in page
    assert page.count("&lt;script&gt;") >= 3  # title, body, comment


def test_the_answer_stands_before_the_text_and_the_votes(client, make):
    idea, answer = whole_thread(make)
    page = client.get(f"/ideas/{idea.id}").text
    first = page.index('id="answer-lead"')
    assert page.index("<h1") < first < page.index('id="votes-title"') < page.index("idea-body")
    assert f'href="/referrals/{answer.referral_id}"' in page[first : page.index('id="votes-title"')]


def test_other_sites_are_told_what_an_idea_is_and_that_a_sample_is_one(client, make):
    real, sample = make.idea(title="지붕마다 햇빛"), make.idea(make.campaign(is_sample=True), title="지붕마다 햇빛")
    gone = make.idea(state=IdeaState.WITHDRAWN)
    told = re.compile(r'<meta property="og:title" content="([^"]*)">')
    assert told.search(client.get(f"/ideas/{real.id}").text)[1] == "지붕마다 햇빛"
    assert told.search(client.get(f"/ideas/{sample.id}").text)[1] == "[예시] 지붕마다 햇빛"
    assert not told.search(client.get(f"/ideas/{gone.id}").text)


def next_on(client, path):
    found = re.search(r'class="next-idea[^>]*><a class="plain-link" href="([^"]*)"', client.get(path).text)
    return unescape(found[1]) if found else None


def test_the_next_idea_is_never_ones_own(client, make):
    campaign, reader = make.campaign(), make.citizen()
    other, _own, here = make.idea(campaign), make.idea(campaign, reader), make.idea(campaign)
    client.login(reader)
    assert next_on(client, f"/ideas/{here.id}?sort=new") == f"/ideas/{other.id}?sort=new"
    assert next_on(client, f"/ideas/{here.id}") == f"/ideas/{other.id}"


def test_ones_own_idea_says_that_its_notices_come_anyway(client, make):
    author = make.citizen()
    idea, other = make.idea(author=author), make.idea()
    client.login(author)
    assert "내가 쓴 제안이라 알림이 저절로 와요" in client.get(f"/ideas/{idea.id}").text
    assert "이 제안의 알림 받기" in client.get(f"/ideas/{other.id}").text


def test_ones_own_idea_is_marked_in_a_list(client, make):
    campaign, author = make.campaign(), make.citizen()
    make.idea(campaign, author)
    make.idea(campaign)
    assert client.login(author).get(f"/c/{campaign.slug}/ideas").text.count("내 제안</span>") == 1


def test_what_a_ministry_answered_to_the_whole_theme_is_told_apart(client, make):
    referral = make.received(make.referral())
    own = referral.theme.members[0].idea
    words = {"points": {own.id: "이 제안은 어려워요."}, "point_decisions": {own.id: Decision.DECLINED}}
    answer = AnswerInput(Decision.PARTLY, "일부 해요", **words)
    make.milestone(make.publish(referral, make.officer(referral.lead.ministry), answer), title="시범 사업")
    page = client.get(f"/ideas/{own.id}").text
    assert "지금은 받아들이기 어렵대요." in page
    assert "정책 주제 전체에는 <strong>일부 수용</strong>이라고 답했어요. 아래 약속은" in " ".join(page.split())
    assert "시범 사업" in page


def test_the_next_idea_is_that_of_the_list_one_came_from(client, make):
    campaign = make.campaign()
    oldest, liked, here, newest = (make.idea(campaign) for _ in range(4))
    for idea, n in ((liked, 1), (here, 2), (newest, 3)):
        for _ in range(n):
            make.vote(idea)
    assert next_on(client, f"/ideas/{here.id}") == f"/ideas/{liked.id}"
    assert next_on(client, f"/ideas/{newest.id}?sort=agree") == f"/ideas/{here.id}?sort=agree"
    assert next_on(client, f"/ideas/{oldest.id}") is None
    assert next_on(client, f"/ideas/{here.id}?region=11") is None
    assert next_on(client, f"/ideas/{here.id}?sort=none&x=%00") == f"/ideas/{liked.id}?sort=none"


def test_who_may_vote_goes_on_to_what_waits_for_a_vote(client, make):
    campaign, voter = make.campaign(), make.citizen()
    oldest, voted, here = (make.idea(campaign) for _ in range(3))
    make.vote(voted, voter)
    client.login(voter)
    assert next_on(client, f"/ideas/{here.id}") == f"/ideas/{oldest.id}"
    assert next_on(client, f"/ideas/{here.id}?sort=new") == f"/ideas/{voted.id}?sort=new"


def test_marks_of_ideas_in_the_ministrys_words_are_links_on_the_way(client, make):
    idea, other = make.idea(), make.idea()
    theme = make.theme(idea.campaign, [idea], state=ThemeState.APPROVED)
    make.answer(make.referral(theme), reason=f"함께 봅니다 [#{other.id}].")
    page = client.get(f"/ideas/{idea.id}").text
    assert f'<a class="citation" href="/ideas/{other.id}">#{other.id}</a>' in page
    assert f"[#{other.id}]" not in page


def test_a_visitor_reads_and_is_asked_to_sign_in(client, make):
    idea = make.idea()
    page = client.get(f"/ideas/{idea.id}").text
    assert "로그인하면 찬성·반대를 남길 수 있어요" in page
    assert 'name="value"' not in page
    assert "<textarea" not in page


# role: (vote buttons, comment box)
MAY = {
    Role.CITIZEN: (True, True),
    Role.FACILITATOR: (True, True),
    Role.ANALYST: (False, True),
    Role.MINISTRY_OFFICER: (False, False),
    Role.COUNCIL_MEMBER: (False, True),
    Role.ADMIN: (False, False),
}


@pytest.mark.parametrize("role", list(MAY), ids=lambda role: role.name)
def test_the_page_offers_what_each_role_may_do(client, make, role):
    idea = make.idea()
    client.login(make.account(role))
    page = client.get(f"/ideas/{idea.id}").text
    assert ('value="agree"' in page, "<textarea" in page) == MAY[role]
    assert f"/ideas/{idea.id}/withdraw" not in page


def test_the_author_may_edit_until_somebody_votes(client, make):
    author = make.citizen()
    idea = make.idea(author=author)
    client.login(author)
    page = client.get(f"/ideas/{idea.id}").text
    assert f"/ideas/{idea.id}/edit" in page
    assert f"/ideas/{idea.id}/withdraw" in page
    make.vote(idea)
    page = client.get(f"/ideas/{idea.id}").text
    assert f"/ideas/{idea.id}/edit" not in page
    assert f"/ideas/{idea.id}/withdraw" in page


def test_the_author_of_an_answered_idea_hears_why_it_stays(client, make):
    sent, answered = make.referral().theme.members[0].idea, make.answer().referral.theme.members[0].idea
    for idea, offers, says in ((sent, "철회하기", "보낸 제안이라"), (answered, "", "답변을 받은 제안이라")):
        client.login(idea.author.account)
        page = client.get(f"/ideas/{idea.id}").text
        assert says in page
        assert "고치기" not in page
        assert ("철회하기" in page) is bool(offers)
        assert client.get(f"/ideas/{idea.id}/edit").status_code == 409
    assert client.get(f"/ideas/{answered.id}/withdraw").status_code == 409


@pytest.mark.parametrize("value", [1, 0, -1])
def test_ones_own_vote_is_shown_pressed(client, make, value):
    voter, idea = make.citizen(), make.idea()
    make.vote(idea, voter, value)
    client.login(voter)
    page = client.get(f"/ideas/{idea.id}").text
    pressed = re.findall(r'value="(\w+)" aria-pressed="true"', page)
    assert pressed == [{1: "agree", 0: "pass", -1: "disagree"}[value]]


def test_a_withdrawn_text_is_hidden_from_others(client, new_client, make):
    author = make.citizen()
    idea = make.idea(author=author, state=IdeaState.WITHDRAWN, body="숨겨야 하는 글입니다")
    page = client.get(f"/ideas/{idea.id}").text
    assert "지금은 공개하지 않는 제안이에요" in page
    assert "철회" not in page  # a revoked consent ends here too, and the page tells nothing about a child
    assert "숨겨야 하는 글입니다" not in page
    for reader in (author, make.analyst()):
        assert "숨겨야 하는 글입니다" in new_client().login(reader).get(f"/ideas/{idea.id}").text


def test_a_merged_idea_leads_on(client, make):
    other = make.idea()
    idea = make.idea(other.campaign, state=IdeaState.MERGED, merged_into_id=other.id)
    assert f'href="/ideas/{other.id}"' in client.get(f"/ideas/{idea.id}").text


def test_a_long_text_is_folded_and_whole(client, make):
    body = "긴 글이에요. " * 4000 + "마지막 문장"
    idea = make.idea(external_id="x-1", imported_agree_count=7, body=body.strip())
    page = client.get(f"/ideas/{idea.id}").text
    assert "<details>" in page
    assert "마지막 문장" in page
    assert "다른 누리집에서 가져온 제안이에요 (그곳에서 받은 공감 7)" in page
    assert "이름 없는 시민" in page


def test_an_idea_without_a_body_says_so(client, make):
    idea = make.idea(external_id="x-1", body="")
    assert "본문 없이 제목만 있는 제안이에요" in client.get(f"/ideas/{idea.id}").text


def test_comments_go_on_over_pages(app, client, make):
    idea = make.idea()
    comments = [make.comment(idea) for _ in range(app.config["PAGE_SIZE"] + 1)]
    page = client.get(f"/ideas/{idea.id}").text
    assert f'id="comment-{comments[-1].id}"' in page
    assert f'id="comment-{comments[0].id}"' not in page
    link = re.search(r'href="(/ideas/\d+\?before=\d+)#comments-title" rel="next"', page)
    assert link is not None
    assert f'id="comment-{comments[0].id}"' in client.get(link[1]).text


@pytest.mark.parametrize("before", ["x", "", "-5", "9" * 30, "９"])
def test_a_strange_comment_page_is_no_error(client, make, before):
    idea = make.idea()
    assert client.get(f"/ideas/{idea.id}", query_string={"before": before}).status_code == 200


# What became of mine
def test_my_page_is_for_those_signed_in(client):
    assert client.get("/mine").status_code == 302


def test_my_page_says_what_became_of_my_ideas_and_votes(client, make):
    idea, answer = whole_thread(make)
    voted = make.idea()
    make.vote(voted, idea.author.account, -1)
    client.login(idea.author.account)
    page = client.get("/mine").text
    assert f'href="/ideas/{idea.id}"' in page
    assert f'href="/referrals/{answer.referral_id}"' in page
    assert "답변: 수용" in page
    assert re.search(rf'/ideas/{voted.id}">.*?<strong>반대</strong>', page, re.DOTALL)
    assert SCRIPT not in page


def test_my_page_has_my_drafts_and_says_what_is_an_example(client, make):
    citizen, sample = make.citizen(), make.campaign(is_sample=True)
    client.login(citizen)
    for path in ("/mine", "/notices", "/follows"):
        assert "연습용 예시예요" not in client.get(path).text
    save_draft(sample, citizen, "쓰다 만 글", SCRIPT)
    page = client.get("/mine").text
    assert f'href="/c/{sample.slug}/ideas/new"' in page
    assert "쓰다 만 글" in page
    make.idea(sample, citizen)
    for path in ("/mine", "/notices", "/follows"):
        assert "연습용 예시예요" in client.get(path).text


def test_my_page_shows_nobody_elses(client, make):
    other = make.idea()
    make.vote(other)
    client.login(make.citizen())
    page = client.get("/mine").text
    assert f"/ideas/{other.id}" not in page
    assert "아직 쓴 제안이 없어요" in page


def test_my_votes_go_on_over_pages(app, client, make):
    voter, campaign = make.citizen(), make.campaign()
    for _ in range(app.config["PAGE_SIZE"] + 1):
        make.vote(make.idea(campaign), voter)
    client.login(voter)
    link = re.search(r'href="(/mine\?after=[^"]+)" rel="next"', client.get("/mine").text)
    assert link is not None
    assert client.get(link[1]).text.count("<strong>찬성</strong>") == 1
    assert client.get("/mine?after=nonsense").status_code == 400


@pytest.mark.parametrize("role", list(MAY), ids=lambda role: role.name)
def test_every_role_has_a_page_of_its_own(client, make, role):
    client.login(make.account(role))
    assert client.get("/mine").status_code == 200


# Costs
def test_pages_cost_the_same_with_one_idea_and_with_twenty(client, make, count_queries):
    def costs(campaign, idea):
        paths = ("/", f"/c/{campaign.slug}", f"/ideas/{idea.id}", "/mine")
        return [count_queries(lambda path=path: client.get(path)) for path in paths]

    author, campaign = make.citizen(), make.campaign()
    client.login(author)

    def grow():
        idea = make.idea(campaign, author)
        make.comment(idea)
        make.vote(make.idea(campaign), author)
        make.milestone(make.answer(make.referral(make.theme(campaign, [idea], state=ThemeState.APPROVED))))
        return idea

    idea = grow()
    make.vote(idea)
    few = costs(campaign, idea)
    for _ in range(19):
        grow()
        make.comment(idea)
    assert costs(campaign, idea) == few
    assert max(few) <= 30


def test_an_idea_leads_to_those_like_it_and_they_stand_on_a_page_of_their_own(client, make):
    campaign = make.campaign()
    asked, like = (
        store_idea(Idea(campaign_id=campaign.id, author_id=make.citizen().participant.id, title=title, body=SCRIPT))
        for title in ("학교 옥상 태양광", f"옥상 태양광 {SCRIPT}")
    )
    address = f"/ideas/{asked.id}/similar"
    assert f'href="{address}"' in client.get(f"/ideas/{asked.id}").text
    page = client.get(address).text
    assert f'href="/ideas/{like.id}"' in page
    assert "낱말이 비슷한" in page
    assert "낱말과 뜻이" not in page
    assert SCRIPT not in page


@pytest.mark.parametrize("state", [IdeaState.WITHDRAWN, IdeaState.HIDDEN])
def test_ideas_that_are_not_open_have_no_such_page_and_stand_on_none(client, make, state):
    campaign = make.campaign()
    asked, gone = (
        store_idea(Idea(campaign_id=campaign.id, author_id=make.citizen().participant.id, title=title, body="설명"))
        for title in ("학교 옥상 태양광", "학교 옥상 태양광 발전")
    )
    gone.state = state
    page = client.get(f"/ideas/{asked.id}/similar").text
    assert "태양광 발전" not in page
    assert "아직 비슷한 제안을 찾지 못했어요" in page
    assert client.get(f"/ideas/{gone.id}/similar").status_code == 404


def test_a_campaign_leads_to_its_open_shortlist_and_then_to_what_it_gave(client, make, work):
    campaign = make.campaign(slug="netzero")
    ideas = [make.idea(campaign) for _ in range(3)]
    assert "후보 투표" not in client.get("/c/netzero").text
    shortlist = make.shortlist(campaign, ideas, size=2)
    page = client.get("/c/netzero").text
    assert "그 가운데 2건을 대표안으로" in page
    assert 'href="/c/netzero/shortlists/1"' in page
    cast([(idea, make.citizen().participant.id, 1) for idea in ideas for _ in range(5)])
    close_shortlist(shortlist, SYSTEM)
    db.session.commit()
    assert "/shortlists/1" not in client.get("/c/netzero").text, "there is nothing to see before it is published"
    work()
    assert "후보 투표가 끝났어요. 대표안과 검산표를" in client.get("/c/netzero").text
    make.shortlist(campaign, ideas)
    assert 'href="/c/netzero/shortlists/2"' in client.get("/c/netzero").text


def test_a_campaign_is_followed_from_its_page(client, make):
    campaign = make.campaign(slug="netzero")
    assert "이 포럼의 알림 받기" in client.get("/c/netzero").text
    client.login(make.citizen())
    path = f"/follows/campaigns/{campaign.id}"
    assert f'action="{path}"' in client.get("/c/netzero").text
    assert client.post(path).headers["Location"] == "/c/netzero"
    assert f'action="{path}/stop"' in client.get("/c/netzero").text
    assert campaign.title in client.get("/follows").text
