from __future__ import annotations

from decimal import Decimal

import pytest

from forum.core.reference import Sector
from forum.response.pledges.catalogue import CatalogueError, PledgeUnit, catalogue, read_catalogue
from forum.response.pledges.models import Pledge, Rhythm

UNKNOWN = {
    "key": "walk_short_trips",
    "kind": "TRANSPORT",
    "words_person": "가까운 거리는 걸어요",
    "words_group": "가까운 거리는 함께 걸어요",
    "rhythm": "DAY",
} | dict.fromkeys(
    ("low", "high", "unit", "source_title", "source_url", "source_year", "source_page", "assumptions", "opened"), ""
)
KNOWN = UNKNOWN | {
    "low": "0.03",
    "high": "0.10",
    "unit": "PERSON",
    "source_title": "어느 보고서",
    "source_url": "https://example.org/report",
    "source_year": "2020",
    "source_page": "5쪽",
    "assumptions": "한 주에 3~10km를 걷는다고 봤어요.",
    "opened": "2026-11-28 https://example.org/report",
}


def test_a_row_becomes_an_item_with_a_figure_or_with_none():
    known = read_catalogue([KNOWN])["walk_short_trips"]
    assert (known.kind, known.rhythm, known.unit) == (Sector.TRANSPORT, Rhythm.DAY, PledgeUnit.PERSON)
    assert (known.low, known.tonnes, known.source_year) == (Decimal("0.03"), "0.03~0.10", 2020)
    assert read_catalogue([KNOWN | {"low": "0.10"}])["walk_short_trips"].tonnes == "0.10"
    unknown = read_catalogue([UNKNOWN])["walk_short_trips"]
    assert (unknown.has_figure, unknown.tonnes, unknown.unit) == (False, "", None)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (KNOWN | {"source_page": ""}, "a figure without source_page"),
        (UNKNOWN | {"low": "0.1"}, "a figure without high"),
        (KNOWN | {"low": "0.2"}, "low is above high"),
        (KNOWN | {"high": "30.3"}, "not within 10 tonnes"),  # kilograms
        (KNOWN | {"high": "nan"}, "not within 10 tonnes"),
        (KNOWN | {"high": "많이"}, "not a number"),
        (KNOWN | {"source_year": "2031"}, "source_year"),
        (KNOWN | {"source_year": "２０２０"}, "source_year"),
        (KNOWN | {"source_url": "javascript:alert(1)"}, "not an address"),
        (KNOWN | {"opened": "2026-13-01 https://example.org"}, "opened"),
        (KNOWN | {"opened": "2026-11-28"}, "opened"),
        (KNOWN | {"unit": "SCHOOL"}, "unit is 'SCHOOL'"),
        (UNKNOWN | {"kind": "FOOD"}, "kind is 'FOOD'"),
        (UNKNOWN | {"rhythm": "YEAR"}, "rhythm is 'YEAR'"),
        (UNKNOWN | {"key": "Walk-short"}, "snake_case"),
        (UNKNOWN | {"words_group": ""}, "words_group is empty"),
        (UNKNOWN | {"words_person": "걸" * 61}, "longer than 60"),
        (UNKNOWN | {"words_person": " 걸어요"}, "blanks"),
        (UNKNOWN | {"more": "x"}, "columns"),
    ],
)
def test_a_row_that_is_not_whole_is_refused_by_name(row, why):
    with pytest.raises(CatalogueError, match=why) as error:
        read_catalogue([row])
    assert f"line 2 ({row['key']})" in str(error.value)


def test_a_key_stands_once_and_fits_its_column():
    with pytest.raises(CatalogueError, match=r"line 3 .* twice"):
        read_catalogue([KNOWN, UNKNOWN])
    assert max(len(key) for key in catalogue()) <= Pledge.__table__.c.item.type.length
    assert catalogue() is catalogue()
