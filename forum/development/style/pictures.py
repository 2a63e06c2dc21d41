"""Made-up numbers for the pictures of `/style`: usual, few, none, very large, and very long names."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

from forum.analysis.opinions.pages import ShareRow
from forum.core import clock
from forum.core.reference import Sector
from forum.response.deadlines.queries import OnTime

LONG = "지역 난방과 공동 주택의 오래된 배관을 바꾸고 새는 열을 줄이는 일"


def picture_examples() -> dict[str, object]:
    """Return the variables of `style/_charts.html`."""
    today = clock.today()
    counts = (3, 8, 2, 14, 31, 22, 9, 12, 40, 18, 7, 11, 26, 19, 4)
    return {
        "few": SimpleNamespace(agree=2, disagree=1, pass_=0, comments=1),
        "thread": _thread((1284, 23, 9, 6, 2)),
        "huge_thread": _thread((1_284_500, 12_345, 2_300, 1_999, 870)),
        "journey": _journey(),
        "huge_tally": SimpleNamespace(agree=12_845_000, disagree=3_120_456, pass_=1_500_000, comments=0),
        "one_sided": SimpleNamespace(agree=999, disagree=1, pass_=0, comments=0),
        "long_shares": [_share(LONG, 1_234_567), _share("수송", 3)],
        "shares": [_share(str(sector.label), 120 - 13 * n) for n, sector in enumerate(Sector)],
        "even_shares": [_share(str(sector.label), 28 if sector is Sector.SINK else 40) for sector in Sector],
        "many_days": [(today - timedelta(days=7 * (60 - n)), n * n % 97 * 1_234) for n in range(60)],
        "days": [(today - timedelta(days=len(counts) - n), count) for n, count in enumerate(counts)],
        "themes": _themes(),
        "many_themes": _many_themes(),
        "clocks": _clocks(),
        "punctual": _on_time(),
        "group_cards": _groups(),
        "agreeing": _agreeing(),
    }


def _share(label: str, value: int) -> SimpleNamespace:
    return SimpleNamespace(label=label, value=value, url="#")


def _on_time() -> list[OnTime]:
    return [
        OnTime(1, "국토교통부", in_time=4, late=1, overdue=1, running=2),
        OnTime(2, "기후에너지환경부", in_time=9, late=0, overdue=0, running=1),
        OnTime(3, LONG, in_time=0, late=0, overdue=0, running=1),
    ]


def _groups() -> list[SimpleNamespace]:
    """Five groups, as many as there may be: each has another colour and shape."""
    places = ((24, 30), (72, 26), (48, 74), (82, 70), (18, 78))
    return [
        SimpleNamespace(
            number=n,
            name=f"{letter} 갈래",
            letter=letter,
            look=n + 1,
            size=120 - 20 * n,
            x=x,
            y=y,
            spread_x=12,
            spread_y=14,
            dots=[SimpleNamespace(x=x + 5 * k - 8, y=y - 6 * (k % 2) + 9, radius=4 + 3 * k) for k in range(4)],
        )
        for n, (letter, (x, y)) in enumerate(zip("가나다라마", places, strict=True))
    ]


def _agreeing() -> list[ShareRow]:
    """Shares of groups with their ranges: usual, none, all, hidden, and a name of many turns."""
    return [
        ShareRow("가 갈래", 0.82, 1_204, 0.79, 0.85, "가", 1),
        ShareRow("나 갈래", 0.04, 9, 0.0, 0.2, "나", 2),
        ShareRow("다 갈래", 1.0, 57, 0.95, 1.0, "다", 3),
        ShareRow("라 갈래", None, None, None, None, "라", 4),
        ShareRow("마2 갈래", 0.5, 1_234_567, 0.5, 0.5, "마2", 5),
    ]


def _thread(numbers: tuple[int, ...]) -> list[SimpleNamespace]:
    names = (
        ("제안", "idea", "건"),
        ("정책 주제", "theme", "개"),
        ("전달", "letter", "건"),
        ("답변", "answer", "건"),
        ("약속", "check", "개"),
    )
    return [
        SimpleNamespace(name=name, icon=icon, unit=unit, number=number, url="#", state="", note="")
        for (name, icon, unit), number in zip(names, numbers, strict=True)
    ]


def _journey() -> list[SimpleNamespace]:
    steps = (
        ("제안", "done", "11월 3일", "idea"),
        ("정책 주제", "done", "11월 12일", "theme"),
        ("전달", "now", "국토교통부가 살펴보고 있어요", "letter"),
        ("답변", "ahead", "12월 11일까지", "answer"),
        ("이행", "ahead", "", "check"),
    )
    return [
        SimpleNamespace(name=name, state=state, note=note, icon=icon, number=None, unit="", url=None)
        for name, state, note, icon in steps
    ]


def _themes() -> list[SimpleNamespace]:
    rows = (
        ("버스와 지하철을 더 자주, 더 싸게", 310, "일부 수용", "success"),
        ("학교와 마을의 햇빛 지붕", 240, "답변 기다림", "information"),
        (LONG, 120, "기한 지남", "danger"),
        ("장바구니 속 포장 줄이기", 90, "수용", "success"),
        ("도시 숲과 물길", 44, "중장기 검토", "warning"),
        ("음식물 쓰레기", 20, "수용 곤란", "gray"),
    )
    return [
        SimpleNamespace(
            title=title,
            value=value,
            people=value * 7 // 9,
            state=state,
            tone=tone,
            url="#",
            is_partly=state == "일부 수용",
            is_answered=tone in ("success", "warning", "gray"),
            is_late=tone == "danger",
        )
        for title, value, state, tone in rows
    ]


def _many_themes() -> list[SimpleNamespace]:
    """More themes than are drawn, with numbers as large as a whole country could give."""
    states = (
        ("전달 전", "secondary"),
        ("답변 기다림", "information"),
        ("답변 늦음", "danger"),
        ("일부 수용", "success"),
    )
    return [
        SimpleNamespace(
            title=f"{LONG} {n + 1}",
            value=310_000 // (n + 2),
            people=0,
            state=states[n % 4][0],
            tone=states[n % 4][1],
            url="#",
        )
        for n in range(30)
    ]


def _clocks() -> list[SimpleNamespace]:
    today = clock.today()

    def row(
        title: str, words: str, tone: str, *parts: tuple[str, int, int], due: int, end: int | None = None
    ) -> SimpleNamespace:
        made = [
            SimpleNamespace(kind=kind, starts_on=today + timedelta(days=start), ends_on=today + timedelta(days=stop))
            for kind, start, stop in parts
        ]
        return SimpleNamespace(
            title=title,
            url="#",
            meta="국토교통부",
            words=words,
            tone=tone,
            parts=made,
            due_on=today + timedelta(days=due),
            ended_on=None if end is None else today + timedelta(days=end),
            starts_on=min(part.starts_on for part in made),
            ends_on=max(*(part.ends_on for part in made), today + timedelta(days=due)),
        )

    return [
        row("버스와 지하철을 더 자주", "기한 6일 지남", "danger", ("used", -30, -6), ("late", -6, 0), due=-6),
        row("학교와 마을의 햇빛 지붕", "14일 남음", "information", ("used", -10, 0), ("left", 0, 14), due=14),
        row(LONG, "보완을 기다리느라 멈춤", "warning", ("used", -20, -8), ("stopped", -8, 0), ("held", 0, 9), due=9),
        row("장바구니 속 포장 줄이기", "기한 안에 답함", "success", ("kept", -40, -22), due=-18, end=-22),
        row("도시 숲과 물길", "5일 늦게 답함", "warning", ("used", -50, -25), ("late", -25, -20), due=-25, end=-20),
    ]
