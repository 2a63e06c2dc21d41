from __future__ import annotations

import pytest

from nlp.text.tokens import morphemes
from nlp.titles.demands import find_demands


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("대여소를 늘려 주세요", ["확대"]),
        ("일회용 컵을 없애자", ["폐지"]),
        ("학대 처벌 강화", ["처벌 강화"]),
        ("가로등 설치 반대", ["설치 반대"]),
        ("보호법 강화", ["강화"]),
        ("설치비 안내", []),
        ("버스가 늦어요", []),
    ],
)
def test_requests_are_named_as_a_ministry_would(text, asked):
    assert [demand for _index, demand in find_demands(morphemes(text))] == asked
