from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nlp.text.boilerplate import without_boilerplate
from tests.hangul import steady

NOTICE = "[본 게시물의 일부 내용이 요건에 위배되어 관리자에 의해 수정되었습니다]"


def test_a_notice_in_many_texts_is_left_out_and_the_rest_stays():
    texts = [f"{NOTICE}\n버스 {number}번을 늘려 주세요." for number in range(6)]
    assert without_boilerplate(texts, [True] * 6)[2] == "버스 2번을 늘려 주세요."


def test_a_notice_in_the_middle_of_a_line_is_left_out_too():
    texts = [f"버스 {number}번{NOTICE}을 {number}대 늘려 주세요" for number in range(6)]
    assert without_boilerplate(texts, [True] * 6)[2] == "버스 2번\n을 2대 늘려 주세요"


def test_what_few_texts_share_stays_as_it_was_written():
    texts = [f"{NOTICE}\n버스 {number}번을 늘려 주세요." for number in range(4)]
    assert without_boilerplate(texts, [True] * 4) == texts


def test_copies_of_one_text_make_none_of_it_boilerplate():
    texts = ["버스를 늘려 주세요. 배차가 너무 깁니다."] * 300
    assert without_boilerplate(texts, [True, *[False] * 299]) == texts


def test_a_short_line_is_no_boilerplate():
    texts = ["감사합니다\n버스", *["감사합니다\n나무"] * 9]
    assert without_boilerplate(texts, [True] * 10) == texts


@steady
@given(st.lists(st.text(max_size=60), max_size=12))
def test_nothing_is_added_and_order_stays(texts):
    for before, after in zip(texts, without_boilerplate(texts, [True] * len(texts)), strict=True):
        assert len(after) <= len(before)
        assert set(after) <= set(before) | {"\n"}
