"""Made-up things with the shapes that components take. Nothing of it is stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

from forum.core import clock
from forum.core.reference import Sector
from forum.development.style.pictures import picture_examples
from forum.response.delivery.models import Happened
from forum.response.delivery.sides import TwoSides
from forum.response.referrals.models import Decision
from forum.voice.campaigns.models import PhaseKind
from forum.voice.ideas.models import IdeaState
from forum.voice.votes.queries import VotesBeside
from forum.web.waiting import Waiting

SPANS = (
    (PhaseKind.PROPOSING, -20, 31),
    (PhaseKind.VOTING, -20, 45),
    (PhaseKind.REVIEW, 45, 60),
    (PhaseKind.REFERRAL, 60, 75),
    (PhaseKind.ANSWER, 75, 120),
)


def examples() -> dict[str, object]:
    """Return the variables of `style/show.html`."""
    now = clock.now()
    phases = [
        SimpleNamespace(kind=kind, opens_at=now + timedelta(days=opens), closes_at=now + timedelta(days=closes))
        for kind, opens, closes in SPANS
    ]
    tally = SimpleNamespace(agree=1284, disagree=212, pass_=96, comments=37)
    unvoted = SimpleNamespace(agree=0, disagree=0, pass_=0, comments=0)
    return {
        "phases": phases,
        "moments": {
            "받는 중": now,
            "검토 중": now + timedelta(days=50),
            "사이": now - timedelta(days=40),
            "끝남": now + timedelta(days=300),
        },
        "tally": tally,
        "unvoted": unvoted,
        "votes": VotesBeside({1: 1}),
        "idea": _idea("버스 정류장 지붕에 태양광을 달아 주세요", tally),
        "room": SimpleNamespace(gathering_id=1, title="마을회관 모임"),
        "long_idea": _idea("아주 긴 제목도 카드 밖으로 나가지 않아요 " * 5, unvoted, IdeaState.MERGED),
        "timeline": _timeline(),
        "decisions": list(Decision),
        "answer_words": "정류장 지붕 스무 곳을 골라 내년 봄에 먼저 시험해 보겠습니다 [#1].",
        **picture_examples(),
        "waiting": [Waiting("답변할 것", 3, "#"), Waiting("결재할 것", 1, "#"), Waiting("접수할 것", 0, "#")],
        "picker": _picker(),
        "both_sides": _both_sides(),
    }


def _both_sides() -> list[TwoSides]:
    """A gap, agreement, more from the people than from the ministry, and too few people."""
    happened = {Happened.YES: 3, Happened.PARTLY: 14, Happened.NO: 21, Happened.UNSURE: 4}
    one = TwoSides(1, 1, 0, 10.0)
    return [
        replace(one, n_people=42, helps=3.2, low=2.6, high=3.8, happened=happened),
        TwoSides(4, 3, 1, 8.5, n_people=1284, helps=7.9, low=7.8, high=8.0, happened=happened),
        TwoSides(4, 1, 2, 2.5, n_people=12, helps=6.0, low=3.9, high=8.1, happened=happened),
        replace(one, n_people=6, happened=happened),
        one,
    ]


def _idea(title: str, tally: SimpleNamespace, state: IdeaState = IdeaState.OPEN) -> SimpleNamespace:
    body = "정류장마다 지붕이 있는데 그냥 비어 있어요. 여기서 만든 전기로 안내판과 밤 조명을 켤 수 있어요."
    return SimpleNamespace(
        id=1,
        title=title.strip()[:100],
        body=body,
        excerpt=body,
        sector=next(iter(Sector)),
        state=state,
        author_name="햇살나무",
        region=None,
        created_at=clock.now() - timedelta(days=3),
        tally=tally,
    )


def _timeline() -> list[SimpleNamespace]:
    now = clock.now()
    steps = (
        ("제안을 올렸어요", -40, "", True),
        ("정책 주제에 들어갔어요", -20, "분석가가 읽고 확인했어요.", True),
        ("소관부처에 전달했어요", -12, "국토교통부", True),
        ("답변을 기다려요", None, "", False),
    )
    return [
        SimpleNamespace(
            title=title, at=None if days is None else now + timedelta(days=days), detail=detail, done=done, url=None
        )
        for title, days, detail, done in steps
    ]


def _picker() -> list[SimpleNamespace]:
    """Return guesses as `suggest_ministries` makes them."""
    case = SimpleNamespace(title="도시에 나무를 더 심어 주세요", path="#")
    forest = SimpleNamespace(code="KFS", name="산림청")
    local = SimpleNamespace(code="LOCAL", name="지방자치단체")
    return [
        SimpleNamespace(
            ministry=forest, share=0.73, words=("나무", "가로수"), duty="숲 가꾸기와 도시숲", cases=(case,)
        ),
        SimpleNamespace(ministry=local, share=0.04, words=(), duty="", cases=()),
    ]
