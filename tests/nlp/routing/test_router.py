from __future__ import annotations

import numpy as np
import pytest

from nlp.records import IdeaText
from nlp.routing.duties import MINISTRY_DUTIES, SECTOR_DUTIES, Duty, shipped_duties
from nlp.routing.router import Router, shipped_router

TWO_DUTIES = (Duty("A", "가", ("바다",), 1.0), Duty("B", "나", ("나무",), 1.0))
COOL_ROOF = [IdeaText(key, "쿨루프 흰 지붕 칠하기 사업", "지붕을 희게 칠하자") for key in (101, 102, 103)]


def idea(title: str, body: str = "", key: int = 1) -> IdeaText:
    return IdeaText(key, title, body)


def first(router: Router, title: str, body: str = "") -> str:
    return router.suggest([idea(title, body)])[0].code


@pytest.fixture(scope="module")
def untaught() -> Router:
    return shipped_router(MINISTRY_DUTIES)


@pytest.fixture(scope="module")
def taught() -> Router:
    cases = [*COOL_ROOF, idea("따릉이 대여소", "대여소를 늘리자", 200)]
    return Router(shipped_duties()).fit(cases, ["MOTIR", "MOTIR", "MOTIR", "LOCAL"])


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("학교 급식에 채식의 날을", "MOE"),
        ("카페 일회용컵 보증금을 올려 주세요", "MCEE"),
        ("우리 동네 공공자전거 대여소를 늘려 주세요", "LOCAL"),
        ("바닷가에 버려진 폐어구", "MOF"),
        ("산불이 난 숲에 나무 심기", "KFS"),
    ],
)
def test_untaught_it_knows_what_each_ministry_does(untaught, title, code):
    assert first(untaught, title) == code


def test_each_suggestion_says_why(untaught):
    best = untaught.suggest([idea("노후 경유차 배출가스와 미세먼지", "미세먼지가 심해요")])[0]
    assert best.code == "MCEE"
    assert "미세먼지" in best.words
    assert best.duty == "미세먼지와 대기오염, 자동차 배출가스"


def test_reasons_are_words_of_the_text(untaught):
    for suggestion in untaught.suggest([idea("산불이 난 숲에 나무 심기")]):
        assert set(suggestion.words) <= {"산불", "숲", "나무", "심기", "나무심기"}


def test_three_are_suggested_and_their_shares_fall_and_stay_below_one(untaught):
    shares = [suggestion.share for suggestion in untaught.suggest([idea("버스 정류장 쓰레기통")])]
    assert len(shares) == 3
    assert shares == sorted(shares, reverse=True)
    assert 0 < sum(shares) <= 1


def test_probabilities_of_a_text_add_up_to_one_over_all_codes(taught):
    found = taught.predict_proba([idea("지붕"), idea("")])
    assert found.shape == (2, len(taught.codes_))
    assert found.sum(axis=1) == pytest.approx(1)
    assert found.min() > 0


def test_past_cases_teach_and_are_named(untaught, taught):
    title = "쿨루프 흰 지붕 칠하기"
    assert first(untaught, title) != "MOTIR"
    best = taught.suggest([idea(title)])[0]
    assert best.code == "MOTIR"
    assert best.cases == (101, 102, 103)
    assert "지붕" in "".join(best.words)


def test_what_cases_never_went_to_is_still_suggested(taught):
    assert first(taught, "바닷가에 버려진 폐어구") == "MOF"


def test_a_case_that_shares_no_word_is_no_reason(taught):
    local = next(one for one in taught.suggest([idea("버스 정류장 쓰레기통")]) if one.code == "LOCAL")
    assert local.cases == ()


def test_cases_teach_the_same_in_any_process_and_order():
    cases, codes = [*COOL_ROOF, idea("따릉이", key=9)], ["A", "B", "A", "B"]
    one = Router(TWO_DUTIES).fit(cases, codes).predict_proba([idea("지붕 따릉이")])
    other = Router(TWO_DUTIES).fit(cases[::-1], codes[::-1]).predict_proba([idea("지붕 따릉이")])
    assert one == pytest.approx(other, abs=1e-3)


def test_cases_of_like_meaning_count_where_there_are_vectors():
    east, north = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    cases = [idea("동쪽", key=1), idea("북쪽", key=2), idea("없음", key=3)]
    router = Router(TWO_DUTIES).fit(cases, ["A", "B", "A"], [east, north, None])
    assert router.suggest([idea("서쪽")], vectors=[north])[0].code == "B"
    assert router.suggest([idea("서쪽")], vectors=[east])[0].code == "A"
    assert router.suggest([idea("나무")])[0].code == "B"


def test_vectors_are_ignored_where_no_case_had_one(untaught):
    with_one = untaught.suggest([idea("숲")], vectors=[np.ones(4)])
    assert with_one == untaught.suggest([idea("숲")])


def test_several_texts_are_asked_together(untaught):
    texts = [idea("학교 수업에 기후 교육"), idea("학생 동아리"), idea("교과서를 다시 쓰기"), idea("폐어구")]
    assert untaught.suggest(texts)[0].code == "MOE"


def test_sectors_are_suggested_the_same_way():
    router = shipped_router(SECTOR_DUTIES)
    assert first(router, "지붕 태양광 발전소와 전력망") == "TRANSITION"
    assert first(router, "폭염에 무더위쉼터를 늘려요") == "ADAPTATION"


def test_a_single_code_is_always_the_answer():
    best = Router(TWO_DUTIES[:1]).fit([idea("지붕", key=4)], ["A"]).suggest([idea("지붕 바다")])
    assert [(one.code, one.share, one.cases) for one in best] == [("A", 1.0, (4,))]


@pytest.mark.parametrize("title", ["", "🌱🌱", "zzz", "\ud800", "ㅋㅋㅋ", "가" * 5000, "탄소중립".replace("탄", "탄")])
def test_odd_texts_get_what_is_asked_most_and_no_error(untaught, taught, title):
    for router in (untaught, taught):
        assert len(router.suggest([idea(title, title)])) == 3


def test_odd_cases_teach_nothing_and_raise_nothing():
    router = Router(TWO_DUTIES).fit([idea("", key=1), idea("\ud800", key=2)], ["A", "A"])
    assert first(router, "나무") == "B"


def test_no_text_gets_no_suggestion_and_what_does_not_fit_is_refused(untaught):
    assert untaught.suggest([]) == ()
    with pytest.raises(ValueError, match="unknown code"):
        Router(TWO_DUTIES).fit([idea("나무")], ["NOBODY"])
    with pytest.raises(ValueError, match="1 cases have 2 codes"):
        Router(TWO_DUTIES).fit([idea("나무")], ["A", "B"])
    with pytest.raises(ValueError, match="duties"):
        Router([])


def test_the_shipped_router_is_fitted_once():
    assert shipped_router(SECTOR_DUTIES) is shipped_router(SECTOR_DUTIES)
