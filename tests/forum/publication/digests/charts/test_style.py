from __future__ import annotations

from itertools import pairwise

import pytest

from forum.publication.digests.charts import crossings, on_time, opinion, style
from forum.publication.digests.charts.style import WHITE, contrast, drawable, fitted, named, width_of


@pytest.mark.parametrize(("one", "other", "expected"), [("#000000", "#ffffff", 21), ("#767676", "#ffffff", 4.54)])
def test_contrast_is_that_of_wcag(one, other, expected):
    assert contrast(one, other) == pytest.approx(expected, abs=0.01)


def test_what_tells_something_is_seen_on_white():
    shapes = [style.BLUE, style.DEEP, style.RED, style.AMBER, style.FRAME, *opinion.COLOURS]
    assert min(contrast(colour, WHITE) for colour in shapes) >= 3
    assert contrast(style.BLUE, style.PALE) >= 3  # columns within the period


def test_words_can_be_read():
    assert min(contrast(colour, WHITE) for colour in (style.INK, style.SOFT)) >= 4.5
    assert contrast(style.INK, style.PALE) >= 4.5
    assert min(contrast(WHITE, colour) for colour in opinion.COLOURS) >= 4.5  # letters in their shapes
    shades = [crossings._shade(n / 50) for n in range(51)]
    assert min(max(contrast(style.BLACK, shade), contrast(WHITE, shade)) for shade in shades) >= 4.5
    assert style.SMALL >= 8


def test_parts_of_a_bar_differ_without_colour():
    """Those beside each other have another pattern, or one is clearly darker."""
    looks = list(on_time.LOOKS.values())
    for one, other in pairwise(looks):
        assert one.hatch != other.hatch or contrast(one.fill, other.fill) >= 3


def test_groups_differ_by_their_shapes():
    assert len(set(zip(opinion.CORNERS, opinion.TURNS, strict=True))) == len(opinion.COLOURS)


@pytest.mark.parametrize("title", ["가" * 100, "전기 버스와 자전거로 다니는 " * 9, "짧은 제목", "a" * 300, "", "  "])
@pytest.mark.parametrize("lines", [1, 2])
def test_broken_words_are_never_wider_than_their_place(title, lines):
    broken = fitted(title, 40, 9, lines)
    assert len(broken) <= lines
    assert all(width_of(line, 9) <= 40.1 for line in broken)
    whole = drawable(title)
    assert (
        "".join(broken).replace(" ", "").rstrip("…")
        == whole.replace(" ", "")[: len("".join(broken).replace(" ", "").rstrip("…"))]
    )
    assert bool(broken and broken[-1].endswith("…")) == ("".join(broken).replace(" ", "") != whole.replace(" ", ""))


def test_words_break_at_spaces_where_there_are_any():
    assert fitted("전기 버스와 자전거로 다니기", 25, 9, 2) == ["전기 버스와", "자전거로 다니기"]


def test_too_narrow_a_place_holds_one_sign_at_least():
    assert fitted("가나다", 0, 9) == ["가…"]


def test_a_long_title_is_cut_in_a_sentence():
    assert named("가" * 100) == f"‘{'가' * 29}…’"
    assert named("짧은\n제목\u202e") == "‘짧은 제목’"
