"""Theme clustering at two levels: broad subjects, and in each of them themes of a bounded size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import igraph
import numpy as np
from sklearn.base import BaseEstimator, ClusterMixin, clone
from sklearn.preprocessing import normalize
from sklearn.utils.validation import validate_data

from nlp.cluster.graph import (
    Edges,
    broadest_resolution,
    build_graph,
    edges_within,
    fuzzy_edges,
    induced_edges,
    leiden_communities,
    nearest_neighbours,
    resolution_for_count,
    spread_labels,
)
from nlp.cluster.theme_cosines import UNTHEMED, Floats, Labels, dots_with_sums, likeness_to_fellows, theme_sums

SUBJECT_RESOLUTIONS = np.array([0.5, 0.6, 0.7, 0.85, 1.0, 1.2])  # around modularity's own, which is 1
SUBJECT_SAMPLE = 3_000  # ideas on which the resolution of the subjects is chosen
MIN_THEMES_OF_SUBJECT = 3.0  # on average, from which on the themes are cut inside the subjects
KEPT_TOLERANCE = 0.02  # modularity that the last subjects may lack beside those of a new cut
N_NEIGHBORS = 15
N_NEIGHBORS_OF_MANY = 10  # of an idea among those of its known subject, in a large corpus
SIZE_GROWTH = 4.5  # ideas of a theme on average, for each unit of the logarithm: 26 of 300, 52 of 100,000
LARGE_CORPUS = 20_000  # ideas above which fewer neighbours and partitions suffice, because each theme has many ideas
MAX_SIZE_RATIO = 3.0  # a theme of a known subject with this many times the mean size is cut
MAX_ITER = 10  # rounds of seeded k-means


@dataclass(frozen=True)
class _Cut:
    """How the ideas of a known subject were cut into themes.

    :param resolution: of the communities
    :param edges: between neighbours, as rows of all ideas
    """

    resolution: float | None
    edges: Edges

    def among(self, n: int, rows: Labels) -> _Cut:
        """Return the same of some of the `n` rows, numbered by their position in `rows`."""
        return _Cut(self.resolution, induced_edges(n, self.edges, rows))


class ThemeClusterer(ClusterMixin, BaseEstimator):
    """Group idea vectors into subjects and, in each of them, themes; ideas that fit nowhere stay UNTHEMED.

    Without known subjects (`y`), a fuzzy k-nearest-neighbour graph is partitioned twice by the Leiden algorithm. The
    broad cut gives the subjects: the fewest communities whose modularity is nearly the best. Several partitions vote:
    an edge is weighted by the share of them that keep its ends together (consensus clustering, Lancichinetti &
    Fortunato 2012). The fine cut gives the themes: its resolution follows the number of ideas, not the flat curve of
    its quality, so that themes are as large with and without an encoder. Where subjects have room for a few themes, the
    graph is cut inside them. In a small corpus their borders would decide as much about the themes as the cut itself:
    there it is free, and a theme belongs to the subject that most of its ideas are in. The two levels are nested.
    With known subjects for some ideas, each subject with enough ideas is the first centre of a theme; ideas go to the
    nearest centre and centres move until nothing changes (seeded k-means, Basu, Banerjee & Mooney 2002). Ideas far
    from all of these that are close to each other make themes of their own.

    Parameters
    ----------
    n_neighbors : int, neighbours of each idea in the graph
    resolution : float or None, of the fine cut, higher finds more and smaller themes (1 is modularity); None: the one
        that gives themes of about `theme_size` ideas
    theme_size : float or None, ideas of a theme on average; None: grows with the logarithm of the number of ideas
    broad : bool, take the subjects themselves as the themes
    n_runs : int, partitions that vote on the subjects
    min_agreement : float 0..1, an edge that a smaller share of the partitions keeps is dropped
    min_similarity : float -1..1, smallest cosine to the other ideas of a theme that grew from a known subject; a fifth
        of it where themes are communities of the graph, which are looser
    min_size : int, fewest ideas of a theme
    random_state : int, the same input and state give the same themes

    Attributes
    ----------
    labels_ : int array of shape (n_ideas,); 0 is the largest theme, UNTHEMED (-1) fits nowhere
    scores_ : float array of shape (n_ideas,), 0..1, cosine to the theme's centre; 0 where unthemed
    cluster_centers_ : float array of shape (n_themes, n_features), of unit length
    subject_labels_ : int array of shape (n_themes,), the subject each theme is in; 0 is that of the largest theme
    resolution_ : float or None, the one the graph was finely cut at; None where no graph was
    subject_resolution_ : float or None, the same of the broad cut
    seed_labels_ : int array of shape (n_themes,), the known subject a theme grew from, -1 for one without
    """

    def __init__(
        self,
        n_neighbors: int = N_NEIGHBORS,
        resolution: float | None = None,
        theme_size: float | None = None,
        broad: bool = False,
        n_runs: int = 8,
        min_agreement: float = 0.5,
        min_similarity: float = 0.12,
        min_size: int = 3,
        random_state: int = 0,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.resolution = resolution
        self.theme_size = theme_size
        self.broad = broad
        self.n_runs = n_runs
        self.min_agreement = min_agreement
        self.min_similarity = min_similarity
        self.min_size = min_size
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None, last_subjects: Any = None) -> ThemeClusterer:  # noqa: N803  (scikit-learn's)
        """Find the themes of the rows of `X`.

        :param X: (n_ideas, n_features) vectors; only their directions count, not their lengths
        :param y: (n_ideas,) the known subject of each idea, -1 for unknown; None: none is known
        :param last_subjects: (n_ideas,) the subject each idea was in when this was done last, -1 for none. They are
            kept while they are nearly as good as those of a new cut; only where the graph is cut without `y`
        :raise ValueError: `X` is no finite matrix, or `y` or `last_subjects` has another length
        """
        return self._fit(X, y, last_subjects)

    def _fit(self, X: Any, y: Any, last_subjects: Any, cuts: Mapping[int, _Cut] | None = None) -> ThemeClusterer:  # noqa: N803
        """:param cuts: known subject -> how its ideas were cut before"""
        rows = validate_data(self, X, dtype=[np.float32, np.float64])
        unit = np.asarray(normalize(rows))
        known = np.full(len(unit), UNTHEMED) if y is None else _whole_numbers(y, len(unit))
        last = np.full(len(unit), UNTHEMED) if last_subjects is None else _whole_numbers(last_subjects, len(unit))
        subjects = [s for s in np.unique(known[known >= 0]) if (known == s).sum() >= self.min_size]
        self.resolution_ = self.resolution
        self.subject_resolution_: float | None = None
        self._kept_edges: Edges | None = None
        self._borders: Labels | None = None  # the subject of each idea, where no theme may cross its border
        self._cuts = dict(cuts or {})
        if subjects:
            labels = self._fit_seeded(unit, known, subjects)
            of_idea = np.where(labels >= 0, labels, 0)
            labels = self._cut_large(unit, labels, subjects)
        else:
            labels, of_idea = self._fit_graph(unit, last)
        seeds = {label: int(subject) for label, subject in enumerate(subjects)}
        self._finalise(unit, labels, seeds, of_idea)
        return self

    def _fit_graph(self, unit: Floats, last_subjects: Labels) -> tuple[Labels, Labels]:
        """Return the fine and the broad cut of the neighbour graph, (n,) labels each."""
        n = len(unit)
        if n < 3:
            return np.zeros(n, dtype=int), np.zeros(n, dtype=int)
        edges = self._neighbour_edges(unit)
        if not len(edges[0]):
            return np.arange(n), np.zeros(n, dtype=int)
        graph = build_graph(n, edges)
        self.subject_resolution_ = self._choose_subject_resolution(unit, edges)
        subjects = self._consensus(graph, edges)
        if self.broad:
            return subjects, subjects
        if (last_subjects != UNTHEMED).any():
            subjects = _keep_subjects(graph, subjects, last_subjects)
        size = self._theme_size(n)
        n_subjects = int((np.bincount(subjects) >= size).sum())  # without what is no larger than a theme
        if n >= MIN_THEMES_OF_SUBJECT * size * max(1, n_subjects):
            self._borders = subjects
            edges = edges_within(edges, subjects)
            graph = build_graph(n, edges)
        self._kept_edges = edges if n > LARGE_CORPUS else None
        return self._fine_cut(graph, n > LARGE_CORPUS), subjects

    def _fine_cut(self, graph: igraph.Graph, is_large: bool) -> Labels:
        """Return communities of about the mean size of a theme, (n,) labels.

        :param is_large: the graph is of a large corpus, or of a part of one: less care is taken
        """
        n = graph.vcount()
        if self.resolution is None:
            tries = 4 if is_large else 9
            n_themes = max(1.0, n / self._theme_size(n))
            self.resolution_ = resolution_for_count(graph, n_themes, self.random_state, tries)
        else:
            self.resolution_ = self.resolution
        return leiden_communities(graph, self.resolution_, self.random_state, n_iterations=2 if is_large else 5)

    def _theme_size(self, n: int) -> float:
        """Return how many ideas a theme has on average where there are `n` ideas."""
        return self.theme_size or max(float(self.min_size), usual_theme_size(n))

    def _consensus(self, graph: igraph.Graph, edges: Edges) -> Labels:
        """Return communities of the broad cut that most of `n_runs` partitions agree on."""
        n, resolution = graph.vcount(), self.subject_resolution_ or 1.0
        n_runs = max(1, self.n_runs if n <= LARGE_CORPUS else self.n_runs // 4)
        if n_runs == 1:
            return leiden_communities(graph, resolution, self.random_state, n_iterations=5)
        partitions = [
            leiden_communities(graph, resolution * factor, self.random_state + run)
            for run, factor in enumerate(np.linspace(0.9, 1.1, n_runs))
        ]
        agreement = np.mean([part[edges[0][:, 0]] == part[edges[0][:, 1]] for part in partitions], axis=0)
        kept = agreement >= self.min_agreement
        agreed = build_graph(n, (edges[0][kept], (edges[1] * agreement)[kept]))
        return leiden_communities(agreed, resolution, self.random_state + self.n_runs, n_iterations=5)

    def fit_predict_subset(self, X: Any, y: Any, subset: Labels) -> Labels:  # noqa: N803  (scikit-learn's name)
        """Cluster some of the fitted rows again, without the others, and return their labels.

        In a large corpus neighbours are not searched again: the edges among the subset are used, so an idea has
        somewhat fewer. The resolution is the one that was found.

        :param X: (n_ideas, n_features) vectors as they were fitted
        :param y: (n_ideas,) known subjects as they were fitted, or None
        :param subset: (n_subset,) row indices, ascending
        :return: (n_subset,) labels, -1 unthemed
        """
        other: ThemeClusterer = clone(self).set_params(resolution=self.resolution_)
        if y is not None or self.resolution_ is None:
            cuts = {subject: cut.among(len(X), subset) for subject, cut in self._cuts.items()}
            return np.asarray(other._fit(X[subset], None if y is None else y[subset], None, cuts).labels_)
        unit = np.asarray(normalize(X[subset]))  # the fine cut alone: nobody asks for the subjects of a sample
        edges = self._kept_edges
        edges = other._neighbour_edges(unit) if edges is None else induced_edges(len(X), edges, subset)
        if self._borders is not None:
            edges = edges_within(edges, self._borders[subset])
        labels = other._fine_cut(build_graph(len(unit), edges), len(unit) > LARGE_CORPUS)
        other._finalise(unit, labels, {}, np.zeros(len(unit), dtype=int))
        return other.labels_

    def _neighbour_edges(self, unit: Floats) -> Edges:
        return fuzzy_edges(*nearest_neighbours(unit, min(self.n_neighbors, len(unit) - 1), self.random_state))

    def _choose_subject_resolution(self, unit: Floats, edges: Edges) -> float:
        if len(unit) > SUBJECT_SAMPLE:
            unit = unit[np.random.default_rng(self.random_state).permutation(len(unit))[:SUBJECT_SAMPLE]]
            edges = self._neighbour_edges(unit)
        return broadest_resolution(build_graph(len(unit), edges), SUBJECT_RESOLUTIONS, self.random_state)

    def _fit_seeded(self, unit: Floats, known: Labels, subjects: list[Any]) -> Labels:
        """Return themes that start from known subjects, and from groups among the ideas far from all of them."""
        labels = np.full(len(unit), UNTHEMED)
        for label, subject in enumerate(subjects):
            labels[known == subject] = label
        labels, scores = _nearest_centres(unit, labels, self.min_size)
        # The ideas whose subject is known show how far from a centre is still near.
        known_scores = scores[known >= 0]
        far = (known < 0) & (
            scores < max(self.min_similarity, float(np.median(known_scores) - 1.5 * known_scores.std()))
        )
        if far.sum() >= 3 * self.min_size:
            fresh = ThemeClusterer(**{**self.get_params(), "min_similarity": 0.4}).fit(unit[far]).labels_
            found = np.flatnonzero(far)[fresh >= 0]
            labels[found] = fresh[fresh >= 0] + labels.max() + 1
            labels, _scores = _nearest_centres(unit, labels, self.min_size)
        return labels

    def _cut_large(self, unit: Floats, labels: Labels, subjects: list[Any]) -> Labels:
        """Cut themes of known subjects that are far too large; the largest part keeps the theme's number.

        :param subjects: the known subject of each of the first labels
        """
        if self.broad:
            return labels
        size, is_large = self._theme_size(len(unit)), len(unit) > LARGE_CORPUS
        cutter: ThemeClusterer = clone(self).set_params(theme_size=size)
        if is_large:
            cutter.set_params(n_neighbors=min(self.n_neighbors, N_NEIGHBORS_OF_MANY))
        for label in np.unique(labels[labels >= 0]):
            inside = np.flatnonzero(labels == label)
            if len(inside) < MAX_SIZE_RATIO * size:
                continue
            subject = subjects[label] if label < len(subjects) else UNTHEMED
            if known := self._cuts.get(subject):
                cut = known.among(len(unit), inside)
            else:
                cut = _Cut(self.resolution, cutter._neighbour_edges(unit[inside]))
            cutter.set_params(resolution=cut.resolution)
            parts = cutter._fine_cut(build_graph(len(inside), cut.edges), is_large)
            if is_large and subject != UNTHEMED and not known:
                self._cuts[int(subject)] = _Cut(cutter.resolution_, (inside[cut.edges[0]], cut.edges[1]))
            sizes = np.bincount(parts)
            for part in np.flatnonzero(sizes >= self.min_size):
                if part != sizes.argmax():
                    labels[inside[parts == part]] = labels.max() + 1
        return labels

    def _finalise(self, unit: Floats, labels: Labels, seeds: dict[int, int], subjects: Labels) -> None:
        """Drop ideas far from their centre and themes left too small, and number the others by size.

        :param seeds: label of a theme that grew from a known subject -> that subject
        :param subjects: (n,) the broad label of each idea, >= 0
        """
        floor = self.min_similarity if seeds else self.min_similarity / 5  # a community is looser than a subject
        for _ in range(2):  # the centre moves once the far ones have left
            names, groups = np.unique(labels, return_inverse=True)
            groups -= int(names[0] == UNTHEMED)
            sums = theme_sums(unit, groups, int(groups.max()) + 1)
            labels = np.where(likeness_to_fellows(unit, groups, sums) >= floor, labels, UNTHEMED)
        scores = _cosines_to_sums(unit, groups, sums)  # of those that have left too: they are set to 0 below
        names, sizes = np.unique(labels[labels != UNTHEMED], return_counts=True)
        first_row = {name: int(np.flatnonzero(labels == name)[0]) for name in names}
        order = sorted(zip(names, sizes, strict=True), key=lambda pair: (-pair[1], first_row[pair[0]]))
        kept = [name for name, size in order if size >= self.min_size]
        numbers = {name: number for number, name in enumerate(kept)}
        final = np.array([numbers.get(label, UNTHEMED) for label in labels], dtype=int)
        self.labels_ = final
        self.scores_ = np.where(final == UNTHEMED, 0.0, np.clip(scores, 0.0, 1.0))
        self.seed_labels_ = np.array([seeds.get(int(name), UNTHEMED) for name in kept], dtype=int)
        self.cluster_centers_ = theme_centres(unit, final, range(len(kept)))
        self.subject_labels_ = _subjects_of_themes(final, subjects, len(kept))


def usual_theme_size(n: int) -> float:
    """Return how many of `n` ideas a theme has on average: it grows with their logarithm."""
    return SIZE_GROWTH * float(np.log(n))


def _keep_subjects(graph: igraph.Graph, subjects: Labels, last_subjects: Labels) -> Labels:
    """Return the last subjects, with new ideas where most of their neighbours are, if they are nearly as modular.

    Modularity is flat around its maximum, so that a few new ideas can tip the broad cut from one good partition to
    another. Of partitions that are equally good the one that people know is kept.

    :param subjects: (n,) labels of the broad cut, >= 0
    :param last_subjects: (n,) the last subjects, -1 for none
    """
    known = last_subjects != UNTHEMED
    carried, fresh = (  # both as far as the same ideas tell
        spread_labels(graph, np.where(known, labels, UNTHEMED)) for labels in (last_subjects, subjects)
    )
    beyond = carried == UNTHEMED  # no path leads from these to an idea of the last time
    carried[beyond] = last_subjects.max() + 1 + subjects[beyond]
    fresh[beyond] = subjects[beyond]
    q_carried, q_fresh = (graph.modularity(labels.tolist(), weights="weight") for labels in (carried, fresh))
    return carried if q_carried >= q_fresh - KEPT_TOLERANCE else subjects


def _most_common(groups: Labels, labels: Labels, n_groups: int | None = None) -> Labels:
    """Return the label that most of each group have, (n_groups,), -1 for a group without one.

    :param groups: (n,) >= 0
    :param labels: (n,) >= 0
    """
    shape = (n_groups or int(groups.max()) + 1, int(labels.max(initial=0)) + 1)
    counts = np.zeros(shape, dtype=int)
    np.add.at(counts, (groups, labels), 1)
    return np.where(counts.any(axis=1), counts.argmax(axis=1), UNTHEMED)


def _subjects_of_themes(labels: Labels, subjects: Labels, n_themes: int) -> Labels:
    """Return the subject that most ideas of each theme are in, (n_themes,), numbered in the order of the themes."""
    if not n_themes:
        return np.zeros(0, dtype=int)
    most = _most_common(labels[labels >= 0], subjects[labels >= 0], n_themes)
    numbers = {int(subject): number for number, subject in enumerate(dict.fromkeys(most.tolist()))}
    return np.array([numbers[int(subject)] for subject in most], dtype=int)


def _whole_numbers(y: Any, n: int) -> Labels:
    """:raise ValueError: not one subject per idea"""
    known = np.asarray(y)
    if known.shape != (n,):
        raise ValueError(f"y must have one subject per idea: {n}, not {known.shape}")
    return known.astype(int) if known.dtype.kind in "iuf" else np.full(n, UNTHEMED)


def theme_centres(unit: Floats, labels: Labels, names: Sequence[int]) -> Floats:
    """Return the mean direction of each label of `names`, which ascend, (n_names, n_features)."""
    if not len(names):
        return np.zeros((0, unit.shape[1]))
    groups = np.where(np.isin(labels, names), np.searchsorted(names, labels), UNTHEMED)
    return np.asarray(normalize(theme_sums(unit, groups, len(names))))


def _nearest_centres(unit: Floats, labels: Labels, min_size: int) -> tuple[Labels, Floats]:
    """Move ideas to the nearest centre and centres to their ideas until nothing changes; dissolve too small themes.

    :return: (n,) labels, (n,) cosines to the nearest centre
    """
    names = [int(name) for name in np.unique(labels[labels >= 0])]
    scores = np.zeros(len(unit))
    for _ in range(MAX_ITER):
        cosines = unit @ theme_centres(unit, labels, names).T
        nearest = np.array(names)[cosines.argmax(axis=1)]
        scores = cosines.max(axis=1)
        kept = [name for name in names if (nearest == name).sum() >= min_size] or names
        if (nearest == labels).all() and kept == names:
            break
        labels, names = np.where(np.isin(nearest, kept), nearest, UNTHEMED), kept
    return labels, scores


def _cosines_to_sums(unit: Floats, groups: Labels, sums: Floats) -> Floats:
    """Return the cosine of each idea to the sum of its theme, (n,), 0 without a theme."""
    lengths = np.maximum(np.linalg.norm(sums, axis=1), 1e-12)
    found = dots_with_sums(unit, groups, sums).astype(float)  # 0 without a theme
    inside = np.flatnonzero(groups != UNTHEMED)
    found[inside] = found[inside].astype(unit.dtype) / lengths[groups[inside]]
    return found
