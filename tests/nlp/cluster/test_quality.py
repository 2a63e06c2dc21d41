from __future__ import annotations

import numpy as np

from nlp.cluster.quality import LARGE_CORPUS, is_shaky, n_resamples_of, quality_report, theme_stability
from nlp.records import FoundTheme, Member


def theme(stability: float | None, cohesion: float, n: int = 4) -> FoundTheme:
    members = tuple(Member(key, cohesion) for key in range(n))
    return FoundTheme("주제", (), members, (), cohesion, 0, stability=stability)


def test_a_theme_that_always_comes_back_is_steady_and_one_that_never_does_is_not():
    labels = np.array([0] * 20 + [1] * 20 + [-1] * 5)
    again = np.where(labels == 0, 7, -1)
    found = theme_stability(labels, lambda part: again[part], random_state=0)
    assert found.tolist() == [1.0, 0.0]


def test_a_theme_that_merges_is_half_there():
    labels = np.array([0] * 20 + [1] * 20)
    found = theme_stability(labels, lambda part: np.zeros(len(part), dtype=int), random_state=0)
    assert (np.abs(found - 0.5) < 0.1).all()


def test_a_large_corpus_is_repeated_less_often():
    parts = []
    theme_stability(
        np.zeros(LARGE_CORPUS + 1, dtype=int), lambda part: parts.append(part) or np.zeros(len(part), dtype=int), 0
    )
    assert len(parts) == n_resamples_of(LARGE_CORPUS + 1) < n_resamples_of(LARGE_CORPUS)


def test_the_report_weighs_themes_by_their_ideas_and_names_the_shaky_ones():
    said = quality_report(
        [theme(0.9, 0.6, n=30), theme(0.4, 0.5, n=10), theme(0.8, 0.1, n=10)], n_ideas=60, n_unthemed=10
    )
    assert said.stability == round((0.9 * 30 + 0.4 * 10 + 0.8 * 10) / 50, 4)
    assert said.unthemed_share == round(10 / 60, 4)
    assert said.shaky == (1, 2)


def test_a_run_that_was_not_repeated_says_so():
    said = quality_report([theme(None, 0.6)], n_ideas=4, n_unthemed=0)
    assert (said.stability, said.n_resamples, said.shaky) == (None, 0, ())
    assert quality_report([], 0, 0).cohesion == 0.0
    assert not is_shaky(theme(None, 0.6))
