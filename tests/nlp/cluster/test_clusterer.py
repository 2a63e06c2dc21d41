from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score, homogeneity_score
from sklearn.utils.estimator_checks import check_estimator

from nlp.cluster import clusterer, graph
from nlp.cluster.clusterer import ThemeClusterer
from nlp.cluster.theme_cosines import UNTHEMED

POINTS = np.array([[1, 0.1], [1, 0], [1, 0.05], [0.1, 1], [0, 1], [0.05, 1], [-1, -1]], dtype=float)


def test_it_keeps_scikit_learns_contract():
    check_estimator(ThemeClusterer(), on_skip=None)  # one check needs SciPy's array API, which is off


def test_two_directions_are_two_themes_and_the_odd_one_is_left_out():
    labels = ThemeClusterer(n_neighbors=2, resolution=1.0).fit(POINTS).labels_
    assert labels[:3].tolist() == [labels[0]] * 3
    assert labels[3:6].tolist() == [labels[3]] * 3
    assert labels[0] != labels[3]
    assert labels[6] == UNTHEMED


def test_lengths_do_not_count():
    lengths = np.array([[1], [5], [0.1], [3], [1], [9], [2]])
    first = ThemeClusterer(n_neighbors=2).fit(POINTS).labels_
    assert ThemeClusterer(n_neighbors=2).fit(POINTS * lengths).labels_.tolist() == first.tolist()


def test_the_largest_theme_is_number_zero_and_small_ones_are_let_go():
    points = np.vstack([POINTS[3:6], POINTS[:2], POINTS[3:5]])
    labels = ThemeClusterer(n_neighbors=3, resolution=0.5, min_size=3).fit(points).labels_
    assert labels.tolist() == [0, 0, 0, UNTHEMED, UNTHEMED, 0, 0]


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_the_same_state_gives_the_same_themes(seed):
    vectors = np.random.default_rng(3).normal(size=(60, 8))
    first, second = (ThemeClusterer(random_state=seed).fit(vectors) for _ in range(2))
    assert first.labels_.tolist() == second.labels_.tolist()
    assert first.scores_.tolist() == second.scores_.tolist()


def test_scores_are_shares_and_nothing_for_the_unthemed():
    found = ThemeClusterer(n_neighbors=2).fit(POINTS)
    assert ((found.scores_ >= 0) & (found.scores_ <= 1)).all()
    assert found.scores_[found.labels_ == UNTHEMED].tolist() == [0.0]


def blobs(n_each: int) -> np.ndarray:
    rng = np.random.default_rng(5)
    return np.vstack([centre + rng.normal(scale=0.15, size=(n_each, 6)) for centre in np.eye(6)])


@pytest.mark.parametrize("large", [True, False])
def test_a_part_clustered_anew_finds_the_themes_again(monkeypatch, large):
    """In a large corpus the neighbours found before serve again; in a small one they are searched anew."""
    monkeypatch.setattr(clusterer, "LARGE_CORPUS", 100 if large else 1_000)
    points = blobs(40)
    found = ThemeClusterer(resolution=1.0, random_state=1).fit(points)
    part = np.flatnonzero(np.random.default_rng(2).random(len(points)) < 0.8)
    searched = []
    monkeypatch.setattr(
        clusterer, "nearest_neighbours", lambda *given: searched.append(1) or graph.nearest_neighbours(*given)
    )
    again = found.fit_predict_subset(points, None, part)
    assert adjusted_rand_score(found.labels_[part], again) == 1.0
    assert bool(searched) is not large


@pytest.mark.parametrize("n_each", [10, 50, 200])
def test_themes_are_nested_in_subjects_and_grow_slowly_with_the_corpus(n_each):
    """Six clear groups: however many ideas each has, no theme mixes two of them, and no subject cuts a theme."""
    points, true = blobs(n_each), np.repeat(np.arange(6), n_each)
    found = ThemeClusterer().fit(points)
    themed = found.labels_ != UNTHEMED
    assert homogeneity_score(true[themed], found.labels_[themed]) > 0.95
    subjects = found.subject_labels_[found.labels_[themed]]
    assert homogeneity_score(subjects, found.labels_[themed]) == pytest.approx(1.0)
    sizes = np.bincount(found.labels_[themed])
    wanted = clusterer.SIZE_GROWTH * np.log(len(points))
    assert wanted / 2.5 < sizes.mean() < 2 * wanted


def subject_of_each(found: ThemeClusterer) -> np.ndarray:
    return np.array([UNTHEMED if label == UNTHEMED else found.subject_labels_[label] for label in found.labels_])


def test_subjects_of_the_last_time_are_kept_while_they_are_nearly_as_good():
    """Ideas on a circle: it may be cut anywhere, so that a new cut is no better than the one that people know."""
    angles = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    vectors = np.column_stack([np.cos(angles), np.sin(angles)])
    first = ThemeClusterer().fit(vectors)
    along = dict.fromkeys(first.labels_.tolist())  # the ten themes in their order along the circle
    pairs = {theme: (place + 1) // 2 % 5 for place, theme in enumerate(along)}
    last = np.array([pairs[theme] for theme in first.labels_.tolist()])
    known = np.where(np.arange(240) % 7, last, UNTHEMED)  # every seventh idea is new
    kept = subject_of_each(ThemeClusterer().fit(vectors, last_subjects=known))
    assert adjusted_rand_score(kept, last) == pytest.approx(1.0)
    assert adjusted_rand_score(subject_of_each(first), last) < 0.6


def test_subjects_of_the_last_time_that_no_longer_fit_are_given_up():
    vectors = blobs(40)
    mixed = np.tile([0, 1, 2], 80)  # says nothing about the groups
    halves = np.repeat([0, 1], 120)  # far too broad
    for last in (mixed, halves):
        found = subject_of_each(ThemeClusterer(random_state=3).fit(vectors, last_subjects=last))
        assert adjusted_rand_score(found, np.repeat(np.arange(6), 40)) == pytest.approx(1.0)


def test_a_group_of_new_ideas_is_a_subject_beside_those_of_the_last_time():
    last = np.repeat([0, 1, 2, 3, 4, UNTHEMED], 40)
    found = subject_of_each(ThemeClusterer(random_state=3).fit(blobs(40), last_subjects=last))
    assert adjusted_rand_score(found, np.repeat(np.arange(6), 40)) == pytest.approx(1.0)


def overlapping_groups(n_each: int) -> np.ndarray:
    """Four groups, so close to each other that a theme cut freely takes ideas of two of them."""
    rng = np.random.default_rng(4)
    return np.vstack([centre + rng.normal(scale=0.45, size=(n_each, 8)) for centre in np.eye(8)[:4]])


@pytest.mark.parametrize(("n_each", "is_inside"), [(30, False), (150, True)])
def test_themes_are_cut_inside_subjects_that_have_room_for_three(n_each, is_inside):
    vectors = overlapping_groups(n_each)
    broad = ThemeClusterer(broad=True, min_similarity=-1, min_size=1).fit(vectors).labels_
    found = ThemeClusterer(min_similarity=-1, min_size=1).fit(vectors).labels_
    purity = homogeneity_score(broad, found)
    assert (purity == pytest.approx(1.0)) is is_inside


def test_last_subjects_of_another_length_are_refused():
    with pytest.raises(ValueError, match="one subject per idea"):
        ThemeClusterer().fit(POINTS, last_subjects=[0, 1])


def test_the_broad_cut_gives_the_subjects_themselves():
    points, true = blobs(50), np.repeat(np.arange(6), 50)
    found = ThemeClusterer(broad=True).fit(points)
    assert adjusted_rand_score(true, found.labels_) == 1.0
    assert found.subject_labels_.tolist() == list(range(6))


def test_a_known_subject_that_is_far_too_large_is_cut_into_themes_of_one_subject():
    points = np.vstack([blobs(60), np.eye(6)[:1] + np.random.default_rng(7).normal(scale=0.4, size=(300, 6))])
    known = np.full(len(points), UNTHEMED)
    known[:60], known[60:120] = 0, 1
    known[360:] = 0
    found = ThemeClusterer(theme_size=20).fit(points, known)
    parts = found.subject_labels_ == found.subject_labels_[np.flatnonzero(found.seed_labels_ == 0)[0]]
    assert parts.sum() > 1


@pytest.mark.parametrize("large", [True, False])
def test_a_part_of_a_large_subject_is_cut_as_the_whole_was(monkeypatch, large):
    """In a large corpus the neighbours within a subject serve again; in a small one they are searched anew."""
    monkeypatch.setattr(clusterer, "LARGE_CORPUS", 100 if large else 1_000)
    points, known = np.hstack([blobs(40), np.full((240, 1), 3.0)]), np.zeros(240)
    found = ThemeClusterer(theme_size=40, random_state=1).fit(points, known)
    part = np.flatnonzero(np.random.default_rng(2).random(len(points)) < 0.8)
    searched = []
    monkeypatch.setattr(
        clusterer, "nearest_neighbours", lambda *given: searched.append(1) or graph.nearest_neighbours(*given)
    )
    again = found.fit_predict_subset(points, known, part)
    assert found.labels_.max() == 5
    assert adjusted_rand_score(found.labels_[part], again) == 1.0
    assert bool(searched) is not large


def test_a_part_keeps_what_is_known_of_its_rows():
    points, known = blobs(10), np.repeat(np.arange(6), 10)
    found = ThemeClusterer().fit(points, known)
    part = np.arange(0, 60, 2)
    assert adjusted_rand_score(known[part], found.fit_predict_subset(points, known, part)) == 1.0
