"""Groups of ideas whose number is found, not asked: a neighbour graph, and communities that many runs agree on."""

from __future__ import annotations

from typing import Any

import igraph
import leidenalg
import numpy as np
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.neighbors import NearestNeighbors
from sklearn.utils.validation import validate_data

UNTHEMED = -1


class ThemeClusterer(ClusterMixin, BaseEstimator):
    """Group idea vectors into themes; ideas that fit nowhere stay UNTHEMED.

    A k-nearest-neighbour graph is cut by the Leiden algorithm (Traag, Waltman & van Eck 2019) many times, at several
    resolutions and seeds; an edge keeps the share of runs that left its ends together (consensus clustering,
    Lancichinetti & Fortunato 2012), and the last cut is made on those edges.

    Parameters
    ----------
    n_neighbors : int, neighbours of each idea in the graph
    resolution : float, higher finds more and smaller themes (of the Reichardt-Bornholdt quality, 1 is modularity)
    n_runs : int, cuts that vote
    min_agreement : float 0..1, an edge with a smaller share is dropped
    min_similarity : float -1..1, least cosine to its theme's centre that still belongs
    min_size : int, fewest ideas a theme may have
    random_state : int, the same input and state give the same themes

    Attributes
    ----------
    labels_ : int array of shape (n_ideas,); 0 is the largest theme, UNTHEMED (-1) fits nowhere
    scores_ : float array of shape (n_ideas,), 0..1, cosine to the theme's centre; 0 where unthemed
    """

    def __init__(
        self,
        n_neighbors: int = 10,
        resolution: float = 2.0,
        n_runs: int = 12,
        min_agreement: float = 0.5,
        min_similarity: float = 0.3,
        min_size: int = 3,
        random_state: int = 0,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.resolution = resolution
        self.n_runs = n_runs
        self.min_agreement = min_agreement
        self.min_similarity = min_similarity
        self.min_size = min_size
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> ThemeClusterer:  # noqa: N803  (scikit-learn's name)
        """Find the themes of the rows of `X`.

        :param X: (n_ideas, n_features) vectors; their directions count, not their lengths
        """
        rows = validate_data(self, X, dtype=np.float64)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        unit = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
        labels = self._agreed(unit) if len(unit) > 1 else np.zeros(len(unit), dtype=int)
        self.labels_, self.scores_ = self._settle(unit, labels)
        return self

    def _agreed(self, unit: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        edges, weights = _neighbour_graph(unit, min(self.n_neighbors, len(unit) - 1))
        if not len(edges):
            return np.arange(len(unit))
        agreement = np.zeros(len(edges))
        resolutions = self.resolution * np.linspace(0.6, 1.4, max(self.n_runs, 1))
        for run, resolution in enumerate(resolutions):
            labels = _leiden(len(unit), edges, weights, float(resolution), self.random_state + run)
            agreement += labels[edges[:, 0]] == labels[edges[:, 1]]
        agreement /= len(resolutions)
        kept = agreement >= self.min_agreement
        return _leiden(
            len(unit), edges[kept], (weights * agreement)[kept], self.resolution, self.random_state + self.n_runs
        )

    def _settle(
        self, unit: np.ndarray[Any, Any], labels: np.ndarray[Any, Any]
    ) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Let go what is far from its centre and what is left too small, and number the rest by size."""
        for _ in range(2):  # the centre moves once the far ones have left
            scores = np.zeros(len(unit))
            for label in np.unique(labels[labels != UNTHEMED]):
                inside = labels == label
                scores[inside] = _closeness(unit[inside])
            labels = np.where(scores >= self.min_similarity, labels, UNTHEMED)
        names, sizes = np.unique(labels[labels != UNTHEMED], return_counts=True)
        first = {name: int(np.flatnonzero(labels == name)[0]) for name in names}
        order = sorted(zip(names, sizes, strict=True), key=lambda pair: (-pair[1], first[pair[0]]))
        numbers = {name: place for place, (name, size) in enumerate(order) if size >= self.min_size}
        final = np.array([numbers.get(label, UNTHEMED) for label in labels], dtype=int)
        return final, np.where(final == UNTHEMED, 0.0, np.clip(scores, 0.0, 1.0))


def _closeness(unit: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    centre = unit.mean(axis=0)
    length = np.linalg.norm(centre)
    return np.asarray(unit @ (centre / length)) if length > 0 else np.zeros(len(unit))


def _neighbour_graph(unit: np.ndarray[Any, Any], k: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Edges (n_edges, 2) to each row's `k` nearest, each once, and their cosines; only positive ones."""
    distances, neighbours = NearestNeighbors(n_neighbors=k + 1, metric="cosine").fit(unit).kneighbors(unit)
    heads = np.repeat(np.arange(len(unit)), k + 1)
    tails, cosines = neighbours.ravel(), 1.0 - distances.ravel()
    real = (heads != tails) & (cosines > 1e-6)
    pairs = np.sort(np.column_stack([heads[real], tails[real]]), axis=1)
    edges, where = np.unique(pairs, axis=0, return_index=True)
    return edges, cosines[real][where]


def _leiden(
    n: int, edges: np.ndarray[Any, Any], weights: np.ndarray[Any, Any], resolution: float, seed: int
) -> np.ndarray[Any, Any]:
    graph = igraph.Graph(n=n, edges=edges.tolist())
    partition = leidenalg.find_partition(
        graph,
        leidenalg.RBConfigurationVertexPartition,
        weights=weights.tolist(),
        resolution_parameter=resolution,
        seed=seed % 2**31,
        n_iterations=3,
    )
    return np.asarray(partition.membership)
