"""The graph of nearest neighbours, and its communities: what the clusters are found in."""

from __future__ import annotations

import random
import threading
from typing import Any

import igraph
import numpy as np
from scipy import sparse
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import normalize

MAX_EXACT_SEARCH = 6_000  # ideas whose neighbours are found by comparing all pairs; beyond, by an inverted file
CELL_SIZE = 256  # ideas in a cell of the inverted file
N_PROBES = 12  # cells searched for each idea
SEARCH_DIMENSIONS = 128  # dimensions that the inverted file compares
STABILITY_TOLERANCE = 0.03  # a resolution this much less stable than the best one counts as equally good
_IGRAPH_LOCK = threading.Lock()  # igraph has one random number generator for the whole process
Floats = np.ndarray[Any, Any]
Ints = np.ndarray[Any, Any]
Edges = tuple[Ints, Floats]
"""Pairs of rows, int (n_edges, 2), each pair once, and their weights, float (n_edges,), 0..1."""


def nearest_neighbours(unit: Floats, k: int, random_state: int = 0) -> tuple[Ints, Floats]:
    """Find the `k` nearest other rows of each row by cosine.

    :param unit: (n, d) rows of unit length or zero
    :return: row indices (n, k) and cosines (n, k), nearest first; index -1 where the search found fewer
    """
    if len(unit) <= MAX_EXACT_SEARCH:
        distances, indices = NearestNeighbors(n_neighbors=k + 1, metric="cosine").fit(unit).kneighbors(unit)
        cosines = 1.0 - distances
    else:
        cosines, indices = _approximate_neighbours(unit, k, random_state)
    return _without_self(indices, cosines, k)


def fuzzy_edges(indices: Ints, cosines: Floats) -> Edges:
    """Weigh the edges of a neighbour graph by how near the ends are relative to the other neighbours of each.

    The weights of UMAP's graph (McInnes, Healy & Melville 2018) with the mean distance as bandwidth: dense and sparse
    regions become comparable.

    :param indices: (n, k) neighbours of each row, -1 for none
    :param cosines: (n, k) their cosines
    """
    n, k = indices.shape
    distances = np.maximum(1.0 - cosines, 0.0)
    beyond_nearest = np.maximum(distances - distances[:, :1], 0.0)
    weights = np.exp(-beyond_nearest / (beyond_nearest.mean(axis=1, keepdims=True) + 1e-9))
    real = (indices >= 0) & (cosines > 1e-6)
    heads = np.repeat(np.arange(n), k)[real.ravel()]
    one_way = sparse.csr_matrix((weights[real], (heads, indices[real])), shape=(n, n))
    both = sparse.triu(one_way + one_way.T - one_way.multiply(one_way.T), k=1).tocoo()
    return np.column_stack([both.row, both.col]), both.data


def build_graph(n: int, edges: Edges) -> igraph.Graph:
    """Build the graph of `n` rows once for all its partitions.

    :param edges: (n_edges, 2) rows and (n_edges,) weights
    """
    graph = igraph.Graph(n=n, edges=edges[0])
    graph.es["weight"] = edges[1].tolist()
    return graph


def leiden_communities(graph: igraph.Graph, resolution: float, seed: int, n_iterations: int = 3) -> Ints:
    """Partition a graph by the Leiden algorithm (Traag, Waltman & van Eck 2019), maximising modularity.

    :param resolution: > 0; 1 is plain modularity, higher finds more and smaller communities
    :return: (n,) labels from 0
    """
    with _IGRAPH_LOCK:
        igraph.set_random_number_generator(random.Random(seed))  # noqa: S311  (repeatable, not secret)
        try:
            partition = graph.community_leiden(
                "modularity", weights="weight", resolution=resolution, n_iterations=n_iterations
            )
        finally:
            igraph.set_random_number_generator(random)
    return np.asarray(partition.membership)


def most_stable_resolution(n: int, edges: Edges, candidates: Floats, random_state: int, n_parts: int = 6) -> float:
    """Choose the resolution whose partitions of random 85 % samples of the graph agree most with each other.

    Agreement is the mean adjusted Rand index over the ideas that two samples share, smoothed over neighbouring
    candidates (one lucky value is no stability). Among those within `STABILITY_TOLERANCE` of the best the finest is
    taken, because coarse partitions are easier to repeat.

    :param candidates: (n_candidates,) resolutions, ascending
    """
    rng = np.random.default_rng(random_state)
    parts = [np.flatnonzero(rng.random(n) < 0.85) for _ in range(n_parts)]
    graphs = [build_graph(len(part), induced_edges(n, edges, part)) for part in parts]
    agreement = np.array([_agreement(n, graphs, float(resolution), parts, random_state) for resolution in candidates])
    padded = np.pad(agreement, 1, mode="edge")
    smooth = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4
    return float(candidates[np.flatnonzero(smooth >= smooth.max() - STABILITY_TOLERANCE)[-1]])


def _agreement(n: int, graphs: list[igraph.Graph], resolution: float, parts: list[Ints], seed: int) -> float:
    partitions = []
    for number, (part, graph) in enumerate(zip(parts, graphs, strict=True)):
        labels = np.full(n, -1)
        labels[part] = leiden_communities(graph, resolution, seed + number, n_iterations=2)
        partitions.append(labels)
    scores = []
    for one in range(len(partitions)):
        for other in range(one):
            shared = (partitions[one] >= 0) & (partitions[other] >= 0)
            scores.append(adjusted_rand_score(partitions[one][shared], partitions[other][shared]))
    return float(np.mean(scores))


def induced_edges(n: int, edges: Edges, part: Ints) -> Edges:
    """Return the edges of the subgraph induced by some rows, numbered by their position in `part`.

    :param part: (n_part,) row indices, ascending
    """
    new = np.full(n, -1)
    new[part] = np.arange(len(part))
    inside = (new[edges[0]] >= 0).all(axis=1)
    return new[edges[0][inside]], edges[1][inside]


def _approximate_neighbours(unit: Floats, k: int, random_state: int) -> tuple[Floats, Ints]:
    """Search by faiss: cells around seeded centres, of which the nearest are searched.

    :return: cosines and row indices, each (n, k + 1)
    """
    import faiss  # only large corpora need it; like an encoder, it is loaded after any fork

    rows = _principal_directions(unit, random_state)
    n_cells = max(1, len(rows) // CELL_SIZE)
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(rows.shape[1]), rows.shape[1], n_cells, faiss.METRIC_INNER_PRODUCT)
    index.cp.seed = random_state + 1
    index.cp.niter = 6
    index.cp.min_points_per_centroid = 1
    index.cp.max_points_per_centroid = 64
    index.train(rows)
    index.add(rows)
    index.nprobe = min(N_PROBES, n_cells)
    cosines, indices = index.search(rows, k + 1)
    return cosines, indices


def _principal_directions(unit: Floats, random_state: int) -> Floats:
    """Project unit rows on the `SEARCH_DIMENSIONS` principal directions of a sample: a search four times cheaper.

    :return: (n, ≤ SEARCH_DIMENSIONS) float32 rows of unit length
    """
    sample = unit[np.random.default_rng(random_state).permutation(len(unit))[: 4 * MAX_EXACT_SEARCH]]
    if unit.shape[1] > SEARCH_DIMENSIONS:
        _values, directions = np.linalg.eigh((sample.T @ sample).astype(np.float64))
        unit = unit @ directions[:, -SEARCH_DIMENSIONS:].astype(np.float32)
    return np.ascontiguousarray(normalize(unit), dtype=np.float32)


def _without_self(indices: Ints, cosines: Floats, k: int) -> tuple[Ints, Floats]:
    """Drop each row itself (or its last neighbour, where rows equal to it took its place)."""
    own = indices == np.arange(len(indices))[:, None]
    own[~own.any(axis=1), -1] = True
    return indices[~own].reshape(len(indices), k), cosines[~own].reshape(len(indices), k)
