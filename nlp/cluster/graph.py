"""The graph of nearest neighbours, and its communities: what the clusters are found in."""

from __future__ import annotations

import random
import threading
from typing import Any

import igraph
import numpy as np
from scipy import sparse
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import normalize

MAX_EXACT_SEARCH = 6_000  # ideas whose neighbours are found by comparing all pairs; beyond, by an inverted file
CELL_SIZE = 256  # ideas in a cell of the inverted file
N_PROBES = 12  # cells searched for each idea
SEARCH_DIMENSIONS = 128  # dimensions that the inverted file compares
MODULARITY_TOLERANCE = 0.012  # a partition this much less modular than the best one counts as equally good
RESOLUTION_RANGE = (0.3, 60.0)
COUNT_TOLERANCE = 0.04  # share of the wanted number of communities by which the found number may differ
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
    return np.column_stack([both.row, both.col]).astype(np.int64), both.data  # igraph reads other integers one by one


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


def broadest_resolution(graph: igraph.Graph, candidates: Floats, seed: int) -> float:
    """Choose the resolution of the broad cut: the lowest whose partition is nearly as modular as the best one.

    Modularity is flat around its maximum (Good, de Montjoye & Clauset 2010), so that many cuts are equally good. Of
    these the one with the fewest communities is the simplest account of the graph.

    :param candidates: (n_candidates,) resolutions, ascending
    """
    found = [leiden_communities(graph, float(resolution), seed) for resolution in candidates]
    modularity = np.array([graph.modularity(labels.tolist(), weights="weight") for labels in found])
    return float(candidates[np.flatnonzero(modularity >= modularity.max() - MODULARITY_TOLERANCE)[0]])


def resolution_for_count(graph: igraph.Graph, n_wanted: float, seed: int, max_tries: int = 9) -> float:
    """Find a resolution whose partition has about as many communities as wanted, by bisection of its logarithm.

    :param n_wanted: communities; rows without an edge are none
    :return: between the two ends of `RESOLUTION_RANGE`
    """
    low, high = RESOLUTION_RANGE
    n_alone = graph.degree().count(0)
    for _ in range(max_tries):
        middle = float(np.sqrt(low * high))
        n_found = int(leiden_communities(graph, middle, seed).max()) + 1 - n_alone
        if abs(n_found - n_wanted) <= COUNT_TOLERANCE * n_wanted:
            return middle
        low, high = (middle, high) if n_found < n_wanted else (low, middle)
    return float(np.sqrt(low * high))


def induced_edges(n: int, edges: Edges, part: Ints) -> Edges:
    """Return the edges of the subgraph induced by some rows, numbered by their position in `part`.

    :param part: (n_part,) row indices, ascending
    """
    new = np.full(n, -1)
    new[part] = np.arange(len(part))
    inside = (new[edges[0]] >= 0).all(axis=1)
    return new[edges[0][inside]], edges[1][inside]


def edges_within(edges: Edges, labels: Ints) -> Edges:
    """Return the edges whose two ends have the same label.

    :param labels: (n,)
    """
    inside = labels[edges[0][:, 0]] == labels[edges[0][:, 1]]
    return edges[0][inside], edges[1][inside]


def spread_labels(graph: igraph.Graph, labels: Ints, n_rounds: int = 10) -> Ints:
    """Give rows without a label the one that most of the weight of their neighbours has (label propagation, Raghavan,
    Albert & Kumara 2007); rows with a label keep it.

    :param labels: (n,) >= 0, -1 for none
    :return: (n,) labels; -1 where no path of `n_rounds` edges leads to a labelled row
    """
    found = labels.copy()
    open_rows, width = np.flatnonzero(labels < 0), int(labels.max(initial=0)) + 1
    weights = sparse.csr_matrix(graph.get_adjacency_sparse(attribute="weight"))[open_rows]
    for _ in range(n_rounds):
        known = np.flatnonzero(found >= 0)
        one_hot = sparse.csr_matrix((np.ones(len(known)), (known, found[known])), shape=(len(found), width))
        votes = (weights @ one_hot).tocoo()
        order = np.lexsort((votes.col, -votes.data, votes.row))  # of each row the heaviest label first
        rows, first = np.unique(votes.row[order], return_index=True)
        found[open_rows[rows]] = votes.col[order][first]
    return found


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
