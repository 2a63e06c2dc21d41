from __future__ import annotations

from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.extensions import db
from forum.publication.tracking.journey import journey_of
from forum.publication.tracking.promises import pledge_words
from forum.publication.tracking.queries import thread_of
from forum.publication.tracking.timeline import build_timeline
from forum.response.delivery.services import update_milestone
from forum.response.pledges.models import PledgeBy
from forum.response.pledges.queries import PledgeFigures
from forum.response.referrals.models import EventType
from forum.voice.ideas.queries import get_idea


def test_hidden_cells_of_pledges_are_told_as_such():
    people = {PledgeBy.PERSON: 1_200, PledgeBy.SHOP: 30}
    assert pledge_words(None) is pledge_words(PledgeFigures()) is None
    assert pledge_words(PledgeFigures(has_some=True)) == (
        "함께 실천하기로 약속한 사람이 있어요",
        "5명이 안 되는 칸은 보여 드리지 않아요.",
    )
    whole = pledge_words(PledgeFigures(people, 1_230, has_some=True))
    assert whole == ("1,230명이 함께 실천하기로 약속했어요", "나 1,200명, 우리 가게 30명이에요.")
    title, detail = pledge_words(PledgeFigures(people, None, has_some=True))
    assert "명" not in title
    assert detail.startswith("나 1,200명, 우리 가게 30명이에요. 5명이 안 되는")


def test_an_idea_and_its_people_hear_of_ratings_interim_answers_and_pledges(make, new_client):
    author, ministry = make.citizen(), make.ministry(name="기후에너지환경부")
    idea = make.idea(author=author)
    theme = make.theme(idea.campaign, [idea], title="학교 태양광", state=ThemeState.APPROVED)
    letter = make.referral(theme, ministry)
    make.received(letter)
    reviewing, said = letter.lead.state, "지금 열 학교의 지붕을 재고 있습니다."
    make.event(letter.lead, EventType.INTERIM_ANSWERED, reviewing, reviewing, reason=said)
    done = {"percent_done": 100, "is_closed": True, "finished_on": clock.today()}
    step = make.milestone(make.answer(letter), title="지붕 열 곳", **done)
    asked = make.rating_round(step)
    for _ in range(4):
        make.rating(asked)
    make.pledge(theme, author)
    make.pledge(theme, made_by=PledgeBy.CLASS, group_name="3학년 2반", group_size=24)

    def told():
        db.session.commit()
        db.session.expire_all()
        thread = thread_of(get_idea(idea.id))
        timeline = {entry.title: entry for entry in build_timeline(thread)}
        return timeline, journey_of(thread)[-1].note

    timeline, station = told()
    assert timeline["기후에너지환경부가 중간 답변을 했어요"].detail == "지금 열 학교의 지붕을 재고 있습니다."
    assert timeline["약속한 일 ‘지붕 열 곳’이 정말 됐는지 참여한 사람들에게 물었어요"].url.endswith("/rating")
    assert "함께 실천하기로 약속한 사람이 있어요" in timeline  # a person and a class: the one person is hidden
    assert station == "1개 가운데 1개 끝남"
    visitor, writer = new_client(), new_client().login(author)
    assert "기후에너지환경부의 중간 답변: 학교 태양광" in visitor.get("/search?q=지붕을").text
    home = visitor.get("/").text
    assert "사람들 점수는 아직" in home
    mine = writer.get("/mine").text
    assert f"/milestones/{step.id}/rating" in mine
    assert "이번 주 기록 전" in mine

    make.rating(asked, author, helps=3)
    for _ in range(4):
        make.pledge(theme)
    timeline, station = told()
    said = timeline["참여한 사람 5명이 ‘지붕 열 곳’에 10점 만점에 3점을 줬어요"]
    assert said.detail == "차이가 커요: 부처는 10점만큼 했다고 하고, 참여한 사람들은 3점을 줬어요."
    assert station == "1개 가운데 1개 끝남 · 부처 10점, 사람들 3점 · 차이가 커요"
    assert timeline["29명이 함께 실천하기로 약속했어요"].detail == "나 5명, 우리 반 24명이에요."
    page = visitor.get(f"/c/{idea.campaign.slug}").text
    assert "참여한 사람 5명의 도움 점수는 10점 만점에 평균 3점이에요." in page
    assert "사람들 3점" in page
    assert f"/milestones/{step.id}/rating" not in writer.get("/mine").text

    update_milestone(step, make.officer(ministry), 60, "두 곳이 더 필요합니다", seen_percent=100)
    timeline, station = told()
    assert "약속한 일 ‘지붕 열 곳’이 아직 끝나지 않았다고 알렸어요" in timeline
    assert station == "1개 가운데 0개 끝남"
