"""Digest contents and documents written by hand, with hostile texts, for tests that need no database."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from forum.deliberation.joint.sides import SideVotes
from forum.publication.digests import document as doc
from forum.publication.digests.content import (
    COUNT_NAMES,
    Cell,
    Change,
    Changes,
    ClusterLine,
    Crossing,
    DataUseLine,
    DigestContent,
    Dividing,
    Everyday,
    GatheringLine,
    Gatherings,
    Ground,
    GroupLine,
    GroupShare,
    Headline,
    IdeaLine,
    InterimLine,
    Interval,
    MilestoneLine,
    OfficeLine,
    OnTimeLine,
    OpinionLine,
    Outcomes,
    PaperVotes,
    Period,
    PledgeLine,
    Points,
    ReferralLine,
    RoomMark,
    SideLine,
    SidesOfRooms,
    SlateLine,
    ThemeChapter,
    Unthemed,
    Voice,
)
from forum.publication.fixes.pilots import PilotLine
from forum.publication.outcomes.shares import KeptAsRated, OutcomeShares
from forum.response.delivery.models import Happened
from forum.response.delivery.sides import TwoSides

CUT = datetime(2026, 11, 20, 9, 30, tzinfo=ZoneInfo("Asia/Seoul"))
HOSTILE_TITLES = (
    "=CMD('calc')!A1",
    "#strong[굵게] $x^2$ @ref <label> \\ `raw`",
    "<b>굵게</b> & <script>alert(1)</script>",
    "가" * 100,
    "전기 자전거 🚲를 늘려 주세요",
    "漢字와 옛한글 ᄒᆞᆫ글",
    "오른쪽에서 왼쪽 \u202eabc\u202c 글",
)
URL = "https://forum.example"
GATHERING = "마을회관 탄소중립 모임"


def room_mark(gathering_id: int, number: int) -> RoomMark:
    title = {1: GATHERING, 2: HOSTILE_TITLES[2]}[gathering_id]
    return RoomMark(gathering_id, title, number, "종이에 씀", f"{URL}/gatherings/{gathering_id}")


def idea(number: int, title: str = "", **more: object) -> IdeaLine:
    values: dict[str, object] = {
        "id": number,
        "title": title or f"제안 {number}: 동네 버스를 전기 버스로",
        "body": f"{number}번 제안의 내용이에요. 버스가 조용해지고 공기가 맑아져요.\n\n두 번째 문단이에요.",
        "sector": ("수송", "건물", "전환")[number % 3],
        "region": ("서울", "부산", "전남")[number % 3],
        "created_on": date(2026, 11, 1) + timedelta(days=number % 18),
        "agree": 10 + number,
        "disagree": number % 4,
        "pass_": 2,
        "comments": number % 3,
        "imported_agree_count": None,
        "url": f"{URL}/ideas/{number}",
    }
    return IdeaLine(**(values | more))  # type: ignore[arg-type]


def ground(value: float, *, has_badge: bool = False) -> Ground:
    groups = tuple(
        GroupShare(
            letter, 20, Interval(min(value + step, 1.0), max(value + step - 0.1, 0.0), min(value + step + 0.1, 1.0))
        )
        for letter, step in (("가", 0.1), ("나", 0.0))
    )
    near = Interval(value, max(value - 0.08, 0.0), min(value + 0.06, 1.0))
    return Ground(near, min(value + 0.05, 1.0), has_badge, groups, None if has_badge else 7, 4 if has_badge else None)


def referral(number: int, theme_id: int, theme: str, **more: object) -> ReferralLine:
    values: dict[str, object] = {
        "number": f"2026-{number:03}",
        "theme_id": theme_id,
        "theme": theme,
        "ministry": "국토교통부",
        "sent_on": date(2026, 11, 2),
        "due_on": date(2026, 11, 16),
        "state": "답변함",
        "days_late": 0,
        "decision": "수용",
        "reason": "내년 예산에 담아 전기 버스를 늘리겠습니다.",
        "answered_on": date(2026, 11, 12),
        "milestones": (MilestoneLine("전기 버스 100대 늘리기", date(2027, 6, 30), 40),),
        "url": f"{URL}/referrals/{number}",
    }
    return ReferralLine(**(values | more))  # type: ignore[arg-type]


def example_content(**more: object) -> DigestContent:
    """Return a campaign digest with three themes, one hostile, one empty; two groups; a slate; an overdue letter.

    Ideas 1 and 2 were born in gatherings, 1 and 3 stood on vote sheets.
    """
    ideas = [idea(n, ground=ground(0.4 + n / 30, has_badge=n == 12)) for n in range(1, 13)]
    ideas[0] = replace(ideas[0], room=room_mark(1, 4), paper=PaperVotes(agree=19, disagree=3, pass_=1))
    ideas[1] = replace(ideas[1], room=room_mark(2, 1))
    ideas[2] = replace(ideas[2], paper=PaperVotes(agree=0, disagree=2, pass_=0))
    ideas += [idea(20 + n, title) for n, title in enumerate(HOSTILE_TITLES)]
    ideas.append(idea(40, copy_of=1))
    ideas.append(idea(41, agree=1, disagree=0, pass_=0, body="", imported_agree_count=17))
    by_id = {one.id: one for one in ideas}
    late = referral(
        2, 2, HOSTILE_TITLES[1], state="답변을 기다리는 중", days_late=4, decision="", reason="", answered_on=None,
        milestones=(), ministry="산업통상자원부",
    )  # fmt: skip
    themes = (
        theme(
            1, "전기 버스와 자전거로 다니기", [*ideas[:8], by_id[40]], (referral(1, 1, "전기 버스와 자전거로 다니기"),)
        ),
        theme(2, HOSTILE_TITLES[1], [by_id[key] for key in range(20, 27)], (late,)),
        replace(theme(3, "가" * 100, [], ()), voices=(), representatives=(), summary=""),
    )
    counts = dict.fromkeys(COUNT_NAMES, 0) | {"ideas": len(ideas), "themes": 3, "votes": 412, "referrals": 2, "late": 1}
    counts |= {"gatherings": 2, "room_ideas": 2, "paper_votes": 25}
    values: dict[str, object] = {
        "kind": "CAMPAIGN",
        "campaign": "2050 탄소중립 국민포럼",
        "campaign_url": f"{URL}/c/netzero",
        "is_sample": False,
        "ministry": "",
        "theme_id": None,
        "period": Period("WEEK", "2026년 11월 14일부터 20일까지", date(2026, 11, 14), date(2026, 11, 20)),
        "run_number": 7,
        "data_cut_at": CUT,
        "run_read_at": CUT - timedelta(hours=3),
        "counts": counts,
        "period_counts": {"ideas": 5, "votes": 120, "comments": 3, "answers": 1},
        "ideas": tuple(ideas),
        "themes": themes,
        "clusters": (ClusterLine(1, "전기 버스", "승인됨", ("버스", "전기"), tuple(range(1, 9))),),
        "unthemed": (Unthemed(9, "어느 묶음과도 가깝지 않음"),),
        "sectors": (Cell("수송", 9), Cell("건물", None), Cell("전환", 7)),
        "regions": (Cell("서울", 9), Cell("부산", None), Cell("전남", 7)),
        "crossings": tuple(
            Crossing(sector, region, None if (sector, region) == ("건물", "부산") else 3)
            for sector in ("수송", "건물", "전환")
            for region in ("서울", "부산", "전남")
        ),
        "over_time": Points(1, tuple((date(2026, 11, day), day % 5) for day in range(1, 21))),
        "opinion": OpinionLine(
            3, CUT - timedelta(hours=1), 140, 120,
            (
                GroupLine("가", "가 갈래", 80, 0.67, 0.3, 0.5, 0.1, 0.1, ("가 갈래는 1번 제안에 더 많이 찬성했어요.",)),
                GroupLine("나", "나 갈래", 40, 0.33, 0.7, 0.45, 0.08, 0.1, ()),
            ),
            ((0.3, 0.5, "가", 40), (0.35, 0.55, "가", 20), (0.7, 0.45, "나", 30)),
            f"{URL}/c/netzero/common-ground/3",
        ),
        "slate": SlateLine(1, "모두가 모든 제안에 투표했어요", (1, 5, 21), 60, 1.0, f"{URL}/c/netzero/shortlists/1"),
        "headline": Headline("SLATE", "후보 투표에서 고른 대표안이에요.", (1, 5, 21)),
        "dividing": (Dividing(2, "가 갈래는 10명 가운데 8명쯤, 나 갈래는 10명 가운데 3명쯤 찬성했어요."),),
        "on_time": (OnTimeLine("국토교통부", 1, 0, 0, 0), OnTimeLine("산업통상자원부", 0, 0, 1, 0)),
        "changes": Changes(
            4, date(2026, 11, 13), (Change("ideas", 15, len(ideas)), Change("votes", 292, 412)), (2,), ("2026-001",),
            f"{URL}/digests/4",
        ),
        "participants": None,
        "parameters": {"method": "graph", "resolution": 0.7, "seed": 1},
        "versions": {"scikit-learn": "1.9.0"},
        "method_url": f"{URL}/method",
        "gatherings": Gatherings(
            (
                GatheringLine(
                    2, HOSTILE_TITLES[2], date(2026, 11, 18), 1, 27, is_in_period=True, url=f"{URL}/gatherings/2"
                ),
                GatheringLine(1, GATHERING, date(2026, 11, 3), 1, None, is_in_period=False, url=f"{URL}/gatherings/1"),
            ),
            ended_ever=2,
            ended=1,
            present=27,
        ),
        "sides": SidesOfRooms(
            (
                side_line(ideas[2], (11, 0, 1), "모임에서 100명마다 34명에서 89명쯤 더 찬성해요."),
                side_line(ideas[0], (7, 0, 1)),
                side_line(by_id[21], (9, 1, 0)),
            ),
            n_left_out=2,
        ),
    }  # fmt: skip
    return DigestContent(**(values | more))  # type: ignore[arg-type]


def side_line(idea: IdeaLine, in_rooms: tuple[int, int, int], said: str = "") -> SideLine:
    """Return an idea's votes in rooms beside the rest of its votes.

    :param said: how the sides differ; empty where they do not
    """
    agree, disagree, passed = in_rooms
    online = SideVotes(idea.agree - agree, idea.disagree - disagree, idea.pass_ - passed)
    words = "모임에서는 10명 가운데 9명쯤, 온라인에서는 10명 가운데 4명쯤 찬성했어요."
    unsure = "같은지 다른지 말하기에는 투표가 모자라요."
    return SideLine(idea.id, SideVotes(*in_rooms), online, bool(said), words, said or unsure)


def pilot(number: int, **more: object) -> PilotLine:
    """A pilot that was measured before and after."""
    values: dict[str, object] = {
        "id": number,
        "title": HOSTILE_TITLES[2],
        "office": "부산광역시",
        "origin": "답변에서 약속한 시범",
        "follows": None,
        "number": "2026-001",
        "region": "부산",
        "place": "센텀역 사거리",
        "starts_on": date(2026, 10, 1),
        "ends_on": date(2026, 10, 31),
        "state": "끝남",
        "decision": "다른 곳에도 알려요",
        "measure": "멈춘 차",
        "before": "100대 가운데 40대",
        "after": "100대 가운데 70대",
        "before_value": 0.4,
        "after_value": 0.7,
        "difference": "+30%p",
        "low": "+16.3%p",
        "high": "+42.2%p",
        "said": "‘멈춘 차’가 40%에서 70%로 30%p 늘었어요.",
        "url": f"{URL}/pilots/{number}",
    }
    return PilotLine(**(values | more))  # type: ignore[arg-type]


def everyday_part(**more: object) -> Everyday:
    """Checks of eleven ideas, four answers of two offices, a pilot with its result and one that was taken over."""
    begun = {"decision": "", "state": "해 보는 중", "after": "", "after_value": None, "difference": "", "said": ""}
    values: dict[str, object] = {
        "waiting": 3,
        "late": 1,
        "sent": 5,
        "same": 2,
        "not_here": 1,
        "in_time": 7,
        "answers": (("이번에 고쳤어요", 3), ("먼저 작게 해 볼게요", 1)),
        "fixed": 3,
        "offices": (OfficeLine("부산광역시", 3, 2, 1, 0, 1, 0), OfficeLine("대구광역시", 1, 1, 0, 0, 1, 1)),
        "kinds": (Cell("안전", 8), Cell("교통", None)),
        "pilots": (
            pilot(1),
            pilot(2, office="대구광역시", origin="이어받은 곳", follows=1, is_spread=True, title="=대구", **begun),
        ),
        "spread": 1,
        "places": 1,
    }
    return Everyday(**(values | more))  # type: ignore[arg-type]


def promised_content(**more: object) -> DigestContent:
    """Return the example with a promise that was rated, with a gap; one rated by few; pledges, some hidden; an interim
    answer to the overdue letter; and what somebody found out with data.
    """
    content = example_content(**more)
    happened = {Happened.YES: 1, Happened.PARTLY: 8, Happened.NO: 3, Happened.UNSURE: 0}
    rated = TwoSides(2, 1, 0, 7.0, 12, 3.25, 2.1, 4.4, happened)
    few = TwoSides(1, 1, 0, 10.0)
    first, second, third = content.themes
    letter, late = first.referrals[0], second.referrals[0]
    done = MilestoneLine("전기 버스 100대 늘리기", date(2027, 6, 30), 100, 40, replace(rated, n_promised=1, done=10.0))
    open_step = MilestoneLine("충전소 열 곳 짓기", date(2027, 9, 30), 0, 17)
    said = InterimLine(date(2026, 11, 15), "산업통상자원부", f"{HOSTILE_TITLES[2]} 관계 기관과 이야기하고 있습니다.")
    outcomes = (("했어요", 40), ("조금 했어요", 9), ("쉬었어요", 3))
    whole = PledgeLine((("나", 12), ("우리 반", 24), ("우리 마을", 0), ("우리 가게", 0)), 36, outcomes)
    hidden = PledgeLine((("나", None), ("우리 반", 24), ("우리 마을", None), ("우리 가게", None)), None)
    themes = (
        replace(first, referrals=(replace(letter, milestones=(done, open_step)),), sides=rated, pledges=whole),
        replace(second, referrals=(replace(late, interim=(said,)),), sides=few, pledges=hidden),
        third,
    )
    came_of_it = Outcomes(OutcomeShares(15, 6, 2, 412, 206, 90), KeptAsRated(2, 1))
    found = DataUseLine(
        *(7, f"병원이 가장 많이 써요 {HOSTILE_TITLES[2]}", "유형마다 나누어 보았어요.", "", "제안", "건물의 전기 읽기"),
        *("https://example.org/ideas/3", ("건물 유형별 월 전기 사용량",), "1m²에 쓴 전기(단위: kWh)"),
        *("가장 큰 것은 ‘병원’(17.8kWh), 가장 작은 것은 ‘=학교’(5kWh)예요.", (("병원", "17.8"), ("=학교", "5"))),
        *("참여한 사람", date(2026, 11, 14), "https://example.org/data-uses/7"),
    )
    return replace(content, themes=themes, outcomes=came_of_it, data_uses=(found,))


def empty_content() -> DigestContent:
    """The digest of a campaign in which nothing has happened yet."""
    nothing = dict.fromkeys("ideas themes clusters unthemed sectors regions crossings on_time dividing".split(), ())
    return example_content(
        **nothing, opinion=None, slate=None, changes=None, headline=Headline("SUPPORT", "", ()),
        over_time=Points(1, ()), gatherings=Gatherings(), sides=SidesOfRooms(),
    )  # fmt: skip


def theme(number: int, title: str, ideas: list[IdeaLine], referrals: tuple[ReferralLine, ...]) -> ThemeChapter:
    ids = [one.id for one in ideas]
    return ThemeChapter(
        id=number,
        title=title,
        summary=""
        if not ids
        else f"버스를 전기 버스로 바꾸자는 제안이 많아요[#{ids[0]}]. 자전거 길도 바라요[#{ids[-1]}].",
        run_number=7,
        approved_on=date(2026, 11, 1),
        sector="수송",
        ideas=tuple(ideas),
        by_hand=tuple(ids[-1:]),
        representatives=tuple(ids[:2]),
        keywords=("전기 버스", "자전거"),
        people=len(ids),
        copies=sum(one.copy_of is not None for one in ideas),
        stability=0.82 if ids else None,
        referrals=referrals,
        voices=tuple(
            Voice(kind, label, one.body.split("\n")[0], one.id)
            for (kind, label), one in zip(
                (
                    ("AGREEING", "가장 많이 찬성한 제안"),
                    ("DISSENTING", "의견이 갈린 제안"),
                    ("FUTURE", "10·20대가 많이 찬성한 제안"),
                ),
                ideas,
                strict=False,
            )
        ),
        dividing=(Dividing(ids[1], "두 갈래의 의견이 달라요."),) if len(ids) > 1 else (),
        new_ideas=min(len(ids), 2),
        url=f"{URL}/themes/{number}",
    )


def example_table(key: str = "answers", *, rows: int = 3) -> doc.Table:
    frame = pd.DataFrame(
        {
            "name": [f"{HOSTILE_TITLES[n % len(HOSTILE_TITLES)]} {n}" for n in range(rows)],
            "ideas": [1234 + n for n in range(rows)],
            "share": [0.5 + n / 100 for n in range(rows)],
            "due_on": [date(2026, 11, 16)] * rows,
            "url": [f"{URL}/themes/{n}" for n in range(rows)],
        }
    )
    columns = (
        doc.Column("name", "주제", about="정책 주제의 제목", width=32),
        doc.Column("ideas", "제안", doc.ColumnKind.INTEGER, "주제에 든 제안의 수"),
        doc.Column("share", "찬성", doc.ColumnKind.SHARE, "모든 투표 가운데 찬성한 몫"),
        doc.Column("due_on", "답변 기한", doc.ColumnKind.DATE, "답변해야 하는 날"),
        doc.Column("url", "주소", doc.ColumnKind.URL, "누리집에서 볼 수 있는 주소", 30),
    )
    return doc.Table(key, "주제와 답변", columns, frame, "찬성은 넘김까지 모든 투표 가운데의 몫이에요.")


_SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 120" width="320" height="120">
<rect width="320" height="120" fill="#ffffff"/><rect x="20" y="20" width="200" height="30" fill="#256ef4"/>
<rect x="20" y="70" width="90" height="30" fill="#8a949e"/></svg>"""
_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cf500f00048501809a2b0e5d0000000049454e44ae426082"
)


def example_chart(key: str = "support") -> doc.Chart:
    finding = "‘전기 버스’가 찬성 62%로 가장 많고, ‘자전거’가 41%로 그다음이에요."
    return doc.Chart(key, "주제별 찬성", finding, _SVG, _PNG, 160, 60, example_table(f"{key}-numbers"))


def example_document(*, is_sample: bool = True) -> doc.Document:
    """Return a document with every kind of block, and hostile texts in each."""
    link, hostile = doc.IdeaLink(1, f"{URL}/ideas/1"), " · ".join(HOSTILE_TITLES)
    blocks: tuple[doc.Block, ...] = (
        doc.Heading(1, "한눈에 보기", "summary"),
        doc.Paragraph(
            (
                doc.Text("사람들은 "),
                doc.Text("전기 버스", is_strong=True),
                doc.Text("를 가장 바라요"),
                link,
                doc.Text("."),
            )
        ),
        doc.Bullets(((doc.Text(hostile), link), (doc.Link("누리집에서 보기", f"{URL}/c/netzero"),))),
        doc.Notice((doc.Text("기한을 넘긴 편지가 1통 있어요."),)),
        doc.Heading(2, HOSTILE_TITLES[1], "theme-2"),
        doc.Quote(hostile, "가장 많이 찬성한 제안", link),
        doc.Grid(example_table()),
        doc.Figure(example_chart()),
        doc.PageBreak(),
        doc.Heading(1, "가" * 100, "long"),
        doc.Heading(2, "둘째", "second"),
        doc.Heading(3, "셋째", "third"),
        doc.Paragraph((doc.Text("끝이에요."),)),
    )
    facts = (("분석 회차", "7번"), ("투표와 답변을 센 때", "2026년 11월 20일 9시 30분"))
    return doc.Document("2050 탄소중립 국민포럼 정책 보고서", "2026년 11월 셋째 주", is_sample, CUT, facts, blocks)


def written(render: Callable[..., object], *values: object) -> bytes:
    """Return what a renderer writes to a file."""
    file = io.BytesIO()
    render(*values, file)
    return file.getvalue()
