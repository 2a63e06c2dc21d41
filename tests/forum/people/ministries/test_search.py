from __future__ import annotations

from types import SimpleNamespace

import pytest

from forum.people.ministries.search import find_ministry, nearest_ministries

FACTS = [
    ("MCEE", "기후에너지환경부", "기후 정책과 재생에너지"),
    ("MOLIT", "국토교통부", "대중교통과 도로"),
    ("KFS", "산림청", "숲 가꾸기"),
]


class Hashable(SimpleNamespace):
    """As a model: two are the same only if they are one object."""

    __hash__ = object.__hash__
    __eq__ = object.__eq__


@pytest.fixture
def ministries():
    return [Hashable(id=n, code=code, name=name, duties=duties) for n, (code, name, duties) in enumerate(FACTS)]


@pytest.mark.parametrize("typed", ["국토교통부", " 국토 교통부 ", "MOLIT", "molit"])
def test_a_ministry_is_found_by_its_name_or_code(ministries, typed):
    assert find_ministry(typed, ministries).code == "MOLIT"


@pytest.mark.parametrize("typed", ["", " ", "국토", "없는부", "\x00"])
def test_no_other_text_is_a_ministry(ministries, typed):
    assert find_ministry(typed, ministries) is None


@pytest.mark.parametrize(
    ("typed", "code"), [("환경", "MCEE"), ("국토교퉁부", "MOLIT"), ("대중교통", "MOLIT"), ("숲", "KFS")]
)
def test_the_nearest_come_by_part_of_the_name_by_likeness_and_by_duty(ministries, typed, code):
    assert nearest_ministries(typed, ministries)[0].code == code


def test_what_is_like_nothing_has_no_nearest(ministries):
    assert nearest_ministries("우주", ministries) == []
    assert nearest_ministries("", ministries) == []
