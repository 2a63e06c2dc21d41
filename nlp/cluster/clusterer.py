"""Groups of ideas whose number is found, not asked: from subjects that are known, or from a graph of neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, ClusterMixin, clone
from sklearn.preprocessing import normalize
from sklearn.utils.validation import validate_data

from nlp.cluster.graph import Edges, as_graph, communities, fuzzy_edges, induced, neighbours, steadiest_resolution

UNTHEMED = -1
TRIED = np.array([0.7, 0.85, 1.0, 1.2, 1.4, 1.7, 2.0, 2.4, 2.8, 3.4])
SAMPLE = 3_000  # ideas on which the resolution is chosen
LARGE = 20_000  # ideas from which on fewer neighbours and cuts will do: each theme has many
ROUNDS = 10
Labels = np.ndarray[Any, Any]


class ThemeClusterer(ClusterMixin, BaseEstimator):
    """Group idea vectors into themes; ideas that fit nowhere stay UNTHEMED.

    Without known subjects (`y`), a fuzzy k-nearest-neighbour graph is cut by the Leiden algorithm at the resolution
    whose cuts are steadiest under resampling; many cuts vote, and an edge keeps the share of them that left its ends
    together (consensus clustering, Lancichinetti & Fortunato 2012).
    With known subjects for some ideas, each subject with enough ideas is a theme's first centre; ideas go to the
    nearest centre and centres move until nothing changes (seeded k-means, Basu, Banerjee & Mooney 2002). Ideas far
    from all of these that stand close to each other make themes of their own.

    Parameters
    ----------
    n_neighbors : int or None, neighbours of each idea in the graph; None: grows with the corpus, 10 to 30
    resolution : float or None, higher finds more and smaller themes (1 is modularity); None: the steadiest
    fineness : float, by which the resolution found is multiplied: below 1 broader, above 1 finer themes
    n_runs : int, cuts that vote
    min_agreement : float 0..1, an edge with a smaller share is dropped
    min_similarity : float -1..1, least cosine to the others of a theme that grew from a known subject; a fifth of
        it where themes are communities of the graph, which are looser
    min_size : int, fewest ideas a theme may have
    random_state : int, the same input and state give the same themes

    Attributes
    ----------
    labels_ : int array of shape (n_ideas,); 0 is the largest theme, UNTHEMED (-1) fits nowhere
    scores_ : float array of shape (n_ideas,), 0..1, cosine to the theme's centre; 0 where unthemed
    centres_ : array of shape (n_themes, n_features), of unit length
    resolution_ : float or None, that of the graph's cuts; None where no graph was cut
    subjects_ : int array of shape (n_themes,), the known subject a theme grew from, -1 for one that was found
    """

    def __init__(
        self,
        n_neighbors: int | None = None,
        resolution: float | None = None,
        fineness: float = 1.0,
        n_runs: int = 8,
        min_agreement: float = 0.5,
        min_similarity: float = 0.12,
        min_size: int = 3,
        random_state: int = 0,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.resolution = resolution
        self.fineness = fineness
        self.n_runs = n_runs
        self.min_agreement = min_agreement
        self.min_similarity = min_similarity
        self.min_size = min_size
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> ThemeClusterer:  # noqa: N803  (scikit-learn's name)
        """Find the themes of the rows of `X`.

        :param X: (n_ideas, n_features) vectors; their directions count, not their lengths
        :param y: (n_ideas,) the subject of each idea that is known for sure, -1 for unknown; None: none is known
        """
        rows = validate_data(self, X, dtype=[np.float32, np.float64])
        unit = np.asarray(normalize(rows))
        known = np.full(len(unit), UNTHEMED) if y is None else _whole_numbers(y, len(unit))
        subjects = [s for s in np.unique(known[known >= 0]) if (known == s).sum() >= self.min_size]
        self.resolution_ = self.resolution
        self._kept_edges: Edges | None = None
        labels = self._grown(unit, known, subjects) if subjects else self._cut(unit)
        origin = {number: int(subject) for number, subject in enumerate(subjects)}
        self._settle(unit, labels, origin)
        return self

    def _cut(self, unit: np.ndarray[Any, Any]) -> Labels:
        """Communities of the neighbour graph that most of `n_runs` cuts agree on."""
        n = len(unit)
        if n < 3:
            return np.zeros(n, dtype=int)
        edges = self._edges(unit)
        if not len(edges[0]):
            return np.arange(n)
        self.resolution_ = self._resolution(unit, edges)
        self._kept_edges = edges if n > LARGE else None
        return self._agreed(n, edges, max(1, self.n_runs if n <= LARGE else self.n_runs // 3))

    def _agreed(self, n: int, edges: Edges, n_runs: int) -> Labels:
        resolution = (self.resolution_ or 1.0) * self.fineness
        graph = as_graph(n, edges)
        if n_runs == 1:
            return communities(graph, resolution, self.random_state, n_iterations=5)
        cuts = [
            communities(graph, resolution * factor, self.random_state + run)
            for run, factor in enumerate(np.linspace(0.9, 1.1, n_runs))
        ]
        agreement = np.mean([cut[edges[0][:, 0]] == cut[edges[0][:, 1]] for cut in cuts], axis=0)
        kept = agreement >= self.min_agreement
        agreed = as_graph(n, (edges[0][kept], (edges[1] * agreement)[kept]))
        return communities(agreed, resolution, self.random_state + self.n_runs, n_iterations=5)

    def fit_part(self, X: Any, y: Any, part: Labels) -> Labels:  # noqa: N803  (scikit-learn's name)
        """Labels of the rows `part` of what was fitted, clustered anew without the others.

        In a large corpus that was cut as a graph, neighbours are not searched again: those among the part stay, so an
        idea has somewhat fewer. The resolution is the one that was found.

        :param X: (n_ideas, n_features) and `y` as they were fitted; :param part: (n_part,) places in order
        """
        other: ThemeClusterer = clone(self).set_params(resolution=self.resolution_)
        if self._kept_edges is None:
            return np.asarray(other.fit(X[part], None if y is None else y[part]).labels_)
        other.resolution_ = self.resolution_
        labels = other._agreed(len(part), induced(len(X), self._kept_edges, part), 1)
        other._settle(np.asarray(normalize(X[part])), labels, {})
        return other.labels_

    def _edges(self, unit: np.ndarray[Any, Any]) -> Edges:
        wanted = self.n_neighbors or (
            int(np.clip(round(0.65 * len(unit) ** 0.5), 10, 30)) if len(unit) <= LARGE else 15
        )
        return fuzzy_edges(*neighbours(unit, min(wanted, len(unit) - 1), self.random_state))

    def _resolution(self, unit: np.ndarray[Any, Any], edges: Edges) -> float:
        if self.resolution is not None:
            return self.resolution
        if len(unit) > SAMPLE:
            unit = unit[np.random.default_rng(self.random_state).permutation(len(unit))[:SAMPLE]]
            edges = self._edges(unit)
        return steadiest_resolution(len(unit), edges, TRIED, self.random_state)

    def _grown(self, unit: np.ndarray[Any, Any], known: Labels, subjects: list[Any]) -> Labels:
        """Themes that start from known subjects, and from groups among what is far from all of them."""
        labels = np.full(len(unit), UNTHEMED)
        for number, subject in enumerate(subjects):
            labels[known == subject] = number
        labels, scores = _nearest_centres(unit, labels, self.min_size)
        # What is sure of its subject tells how far from a centre is still near.
        sure = scores[known >= 0]
        far = (known < 0) & (scores < max(self.min_similarity, float(np.median(sure) - 1.5 * sure.std())))
        if far.sum() >= 3 * self.min_size:
            fresh = ThemeClusterer(**{**self.get_params(), "min_similarity": 0.4}).fit(unit[far]).labels_
            found = np.flatnonzero(far)[fresh >= 0]
            labels[found] = fresh[fresh >= 0] + labels.max() + 1
            labels, _scores = _nearest_centres(unit, labels, self.min_size)
        return self._split(unit, labels) if self.fineness > 1 else labels

    def _split(self, unit: np.ndarray[Any, Any], labels: Labels) -> Labels:
        """Cut large themes along their own graphs; the largest part keeps the theme's subject."""
        for name in np.unique(labels[labels >= 0]):
            inside = np.flatnonzero(labels == name)
            if len(inside) < 6 * self.min_size:
                continue
            parts = clone(self).set_params(resolution=1.0 / self.fineness, n_neighbors=None)._cut(unit[inside])
            sizes = np.bincount(parts)
            for part in np.flatnonzero(sizes >= self.min_size):
                if part != sizes.argmax():
                    labels[inside[parts == part]] = labels.max() + 1
        return labels

    def _settle(self, unit: np.ndarray[Any, Any], labels: Labels, origin: dict[int, int]) -> None:
        """Let go what is far from its centre and what is left too small, and number the rest by size."""
        floor = self.min_similarity if origin else self.min_similarity / 5  # a community is looser than a subject
        for _ in range(2):  # the centre moves once the far ones have left
            scores, to_others = _scores(unit, labels)
            labels = np.where(to_others >= floor, labels, UNTHEMED)
        names, sizes = np.unique(labels[labels != UNTHEMED], return_counts=True)
        first = {name: int(np.flatnonzero(labels == name)[0]) for name in names}
        order = sorted(zip(names, sizes, strict=True), key=lambda pair: (-pair[1], first[pair[0]]))
        kept = [name for name, size in order if size >= self.min_size]
        numbers = {name: place for place, name in enumerate(kept)}
        final = np.array([numbers.get(label, UNTHEMED) for label in labels], dtype=int)
        self.labels_ = final
        self.scores_ = np.where(final == UNTHEMED, 0.0, np.clip(scores, 0.0, 1.0))
        self.subjects_ = np.array([origin.get(int(name), UNTHEMED) for name in kept], dtype=int)
        self.centres_ = _centres(unit, final, range(len(kept)))


def _whole_numbers(y: Any, n: int) -> Labels:
    known = np.asarray(y)
    if known.shape != (n,):
        raise ValueError(f"y must have one subject per idea: {n}, not {known.shape}")
    return known.astype(int) if known.dtype.kind in "iuf" else np.full(n, UNTHEMED)


def _sums(unit: np.ndarray[Any, Any], places: Labels, n: int) -> np.ndarray[Any, Any]:
    """(n, n_features) sum of the rows at each place 0..n-1."""
    ones = np.ones(len(places), dtype=unit.dtype)
    return np.asarray(sparse.csc_matrix((ones, places, np.arange(len(places) + 1)), shape=(n, len(places))) @ unit)


def _centres(unit: np.ndarray[Any, Any], labels: Labels, names: Sequence[int]) -> np.ndarray[Any, Any]:
    """(n_names, n_features) mean directions; `names` in order."""
    if not len(names):
        return np.zeros((0, unit.shape[1]))
    inside = np.isin(labels, names)
    return np.asarray(normalize(_sums(unit[inside], np.searchsorted(names, labels[inside]), len(names))))


def _nearest_centres(unit: np.ndarray[Any, Any], labels: Labels, min_size: int) -> tuple[Labels, np.ndarray[Any, Any]]:
    """Every idea to the nearest centre, centres to their ideas, until nothing moves; too small themes dissolve."""
    names = [int(name) for name in np.unique(labels[labels >= 0])]
    scores = np.zeros(len(unit))
    for _ in range(ROUNDS):
        alike = unit @ _centres(unit, labels, names).T
        nearest = np.array(names)[alike.argmax(axis=1)]
        scores = alike.max(axis=1)
        kept = [name for name in names if (nearest == name).sum() >= min_size] or names
        if (nearest == labels).all() and kept == names:
            break
        labels, names = np.where(np.isin(nearest, kept), nearest, UNTHEMED), kept
    return labels, scores


def _scores(unit: np.ndarray[Any, Any], labels: Labels) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """(n,) cosine of each idea to its theme's centre, and to the centre of the theme's others; 0 without a theme.

    In a small theme an idea is a good part of the centre: only the others can tell whether it belongs.
    """
    scores, to_others = np.zeros(len(unit)), np.zeros(len(unit))
    inside = labels != UNTHEMED
    names, places = np.unique(labels[inside], return_inverse=True)
    rows = unit[inside]
    totals = _sums(rows, places, len(names))
    dots, own = np.einsum("ij,ij->i", rows, totals[places]), np.einsum("ij,ij->i", rows, rows)
    whole = np.einsum("ij,ij->i", totals, totals)[places]
    others = np.sqrt(np.maximum(whole - 2 * dots + own, 0.0))
    scores[inside] = dots / np.maximum(np.sqrt(whole), 1e-12)
    to_others[inside] = np.where(others > 1e-6, (dots - own) / np.maximum(others, 1e-6), 0.0)
    return scores, to_others
