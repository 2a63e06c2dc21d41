from __future__ import annotations

import csv

import numpy as np
import pytest

from nlp.records import IdeaText
from nlp.routing.router import DATA_DIR, Duty, Router, shipped_duties


def idea(title: str, body: str = "", key: int = 1) -> IdeaText:
    return IdeaText(key, title, body)


def first(router: Router, title: str, body: str = "") -> str:
    return router.suggest([idea(title, body)])[0].code


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("아파트 옥상 말고 학교 급식에 채식의 날을", "MOE"),
        ("카페 일회용컵 보증금을 올려 주세요", "MCEE"),
        ("우리 동네 공공자전거 대여소를 늘려 주세요", "LOCAL"),
        ("바닷가에 버려진 폐어구", "MOF"),
        ("산불이 난 숲에 나무 심기", "KFS"),
    ],
)
def test_untaught_it_knows_what_each_ministry_does(title, code):
    assert first(Router(shipped_duties()), title) == code


def test_each_suggestion_says_why():
    best = Router(shipped_duties()).suggest([idea("노후 경유차 배출가스와 미세먼지", "미세먼지가 심해요")])[0]
    assert best.code == "MCEE"
    assert "미세먼지" in best.words
    assert best.duty == "미세먼지와 대기오염, 자동차 배출가스"


def test_three_are_suggested_and_their_shares_fall_and_stay_below_one():
    shares = [s.share for s in Router(shipped_duties()).suggest([idea("버스 정류장 쓰레기통")])]
    assert len(shares) == 3
    assert shares == sorted(shares, reverse=True)
    assert 0 < sum(shares) <= 1


def test_past_cases_teach_and_are_named():
    router = Router(shipped_duties())
    title = "쿨루프 흰 지붕 칠하기"
    assert first(router, title) != "MOTIR"
    for key in (101, 102, 103):
        router.learn(idea("쿨루프 흰 지붕 칠하기 사업", "지붕을 희게 칠하자", key), "MOTIR")
    router.learn(idea("따릉이 대여소", "대여소를 늘리자", 200), "LOCAL")
    best = router.suggest([idea(title)])[0]
    assert best.code == "MOTIR"
    assert best.cases == (101, 102, 103)
    assert "지붕" in "".join(best.words)


def test_cases_of_like_meaning_count_where_there_are_vectors():
    duties = [Duty("A", "가", ("가가",), 1.0), Duty("B", "나", ("나나",), 1.0)]
    router = Router(duties)
    east, north = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    router.learn(idea("동쪽", key=1), "A", east)
    router.learn(idea("북쪽", key=2), "B", north)
    assert router.suggest([idea("서쪽")], vectors=[north])[0].code == "B"
    assert router.suggest([idea("서쪽")], vectors=[east])[0].code == "A"


def test_several_texts_are_asked_together():
    texts = [idea("학교 수업에 기후 교육"), idea("학생 동아리"), idea("교과서를 다시 쓰기"), idea("폐어구")]
    assert Router(shipped_duties()).suggest(texts)[0].code == "MOE"


def test_sectors_are_suggested_the_same_way():
    router = Router(shipped_duties(DATA_DIR / "sector_duties.csv"))
    assert first(router, "지붕 태양광 발전소와 전력망") == "TRANSITION"
    assert first(router, "폭염에 무더위쉼터를 늘려요") == "ADAPTATION"


@pytest.mark.parametrize("title", ["", "🌱🌱", "zzz", "\ud800", "ㅋㅋㅋ", "가" * 5000, "탄소중립".replace("탄", "탄")])
def test_odd_texts_get_what_is_asked_most_and_no_error(title):
    assert len(Router(shipped_duties()).suggest([idea(title, title)])) == 3


def test_no_text_gets_no_suggestion_and_an_unknown_code_is_refused():
    router = Router(shipped_duties())
    assert router.suggest([]) == ()
    with pytest.raises(ValueError, match="unknown code"):
        router.learn(idea("나무"), "NOBODY")
    with pytest.raises(ValueError, match="duties"):
        Router([])


@pytest.mark.parametrize("name", ["ministry_duties.csv", "sector_duties.csv"])
def test_duties_name_their_source_and_date_and_every_addressee_has_one(name):
    with (DATA_DIR / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(row["source"] and row["source_date"] and row["duty"] and row["words"] for row in rows)
    assert all(float(row["share"]) > 0 for row in rows)
    if name == "ministry_duties.csv":
        with (DATA_DIR / "ministries.csv").open(encoding="utf-8", newline="") as file:
            codes = {row["code"] for row in csv.DictReader(file) if not row["code"].startswith("LOCAL-")}
        assert {row["code"] for row in rows} == codes
