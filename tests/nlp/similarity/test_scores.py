from __future__ import annotations

import numpy as np
import pytest

from nlp.similarity.scores import MEANING_WEIGHT, combined_similarity


def test_words_decide_most_and_meaning_its_share():
    lexical, semantic = np.array([1, 0], dtype=np.float32), np.array([0, 1], dtype=np.float32)
    scores = combined_similarity(lexical, semantic, np.ones(2))
    assert scores.tolist() == pytest.approx([1 - MEANING_WEIGHT, MEANING_WEIGHT])
    assert 0.25 <= MEANING_WEIGHT <= 0.35


def test_without_an_embedding_words_alone_decide():
    scores = combined_similarity(np.float32([0.8, 0.8]), np.float32([0.2, 0.0]), np.array([True, False]))
    assert scores[0] < scores[1] == np.float32(0.8)
