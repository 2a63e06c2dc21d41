from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from nlp.titles.keywords import extract_keywords, select_representatives


def test_keyness_prefers_what_is_special_here_over_what_is_everywhere():
    here = [{"급식", "학교"}, {"급식", "학교"}, {"급식", "학교"}]
    counts = Counter({"급식": 3, "학교": 30})
    found = extract_keywords(here, counts, n_texts=40)
    assert found[0].word == "급식"
    assert found[0].score == pytest.approx(15.54, abs=0.01)  # by hand: 2·3·ln(3 / (3·3/40)); the other cell is empty


def test_a_piece_of_a_stronger_compound_is_left_out():
    here = [{"음식물쓰레기", "쓰레기"}] * 3
    counts = Counter({"음식물쓰레기": 3, "쓰레기": 3})
    assert [keyword.word for keyword in extract_keywords(here, counts, 30)] == ["음식물쓰레기"]


def test_a_piece_that_is_hardly_more_common_than_its_compound_is_left_out_too():
    here = [{"제로페이", "로페이"}] * 4 + [{"로페이"}]
    counts = Counter({"제로페이": 4, "로페이": 5})
    assert [keyword.word for keyword in extract_keywords(here, counts, 30)] == ["제로페이"]


def test_representatives_are_two_central_ones_and_one_different():
    vectors = np.array([[1, 0], [0.99, 0.1], [0.95, 0.3], [0.3, 0.95]])
    assert select_representatives(vectors, [0.9, 0.95, 0.8, 0.5]) == [1, 0, 3]
    assert select_representatives(vectors[:1], [0.9]) == [0]
