from __future__ import annotations

import pytest

from nlp.text.tokens import morphemes
from nlp.titles.demands import find_demands


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("대여소를 늘려 주세요", ["확대"]),
        ("일회용 컵을 없애자", ["폐지"]),
        ("쉼터를 만들어 주세요", ["마련"]),
        ("학대 처벌 강화", ["처벌 강화"]),
        ("가로등 설치 반대", ["설치 반대"]),
        ("보호법 강화", ["강화"]),
        ("설치비 안내", []),
        ("버스가 늦어요", []),
        ("정신병원 개원... 막아 주세요.", ["개원 반대"]),
        ("정신병원 개원", []),
        ("요금을 올리지 마세요", ["인상 반대"]),
        ("요금 내리지 말고 오히려 올려야 합니다", ["인하 반대", "인상"]),
        ("요금을 인상하면 안 됩니다", ["인상 반대"]),
        ("과정평가형 제도 도입을 반대합니다", ["도입 반대"]),
        ("인상안 철회 촉구", ["인상 철회"]),
        ("학교폭력을 막아 주세요", ["방지"]),
        ("신도시를 막아 주세요", ["반대"]),
        ("설치 문제", []),
    ],
)
def test_requests_are_named_as_a_ministry_would(text, asked):
    assert [demand.label for _index, demand in find_demands(morphemes(text))] == asked


def test_a_complaint_is_against_what_it_suffers_from_and_asks_for_nothing():
    ((_index, demand),) = find_demands(morphemes("요금 인상으로 고통받는 사람들"))
    assert demand.is_against
    assert not demand.is_nameable
