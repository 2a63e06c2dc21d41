"""A graph of who is near whom, and its communities: what the clusters are cut from."""

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

EXACT_UP_TO = 6_000  # ideas whose neighbours are found by comparing all pairs; beyond, by an inverted file
CELL = 256  # ideas in a cell of the inverted file
PROBED = 12  # cells looked into for each idea
AS_STEADY = 0.03  # less agreement than the best resolution has, by which another is still as good
SEARCHED = 128  # dimensions that the inverted file looks at
_ONE_AT_A_TIME = threading.Lock()  # igraph has one source of chance for the whole process
Edges = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]


def neighbours(unit: np.ndarray[Any, Any], k: int, random_state: int = 0) -> Edges:
    """The `k` nearest other rows of each row by cosine.

    :param unit: (n, d) rows of unit length or zero
    :return: places (n, k) and cosines (n, k), nearest first; place -1 where the search found fewer
    """
    if len(unit) <= EXACT_UP_TO:
        distances, places = NearestNeighbors(n_neighbors=k + 1, metric="cosine").fit(unit).kneighbors(unit)
        cosines = 1.0 - distances
    else:
        cosines, places = _inverted_file(unit, k, random_state)
    return _without_self(places, cosines, k)


def fuzzy_edges(places: np.ndarray[Any, Any], cosines: np.ndarray[Any, Any]) -> Edges:
    """Edges (n_edges, 2), each once, weighed 0..1 by how near the ends are as seen from where each of them stands.

    The weights of UMAP's graph (McInnes, Healy & Melville 2018) with the mean distance for its bandwidth: a dense
    subject and a thin one become alike.
    """
    n, k = places.shape
    distances = np.maximum(1.0 - cosines, 0.0)
    beyond = np.maximum(distances - distances[:, :1], 0.0)
    weights = np.exp(-beyond / (beyond.mean(axis=1, keepdims=True) + 1e-9))
    real = (places >= 0) & (cosines > 1e-6)
    heads = np.repeat(np.arange(n), k)[real.ravel()]
    one_way = sparse.csr_matrix((weights[real], (heads, places[real])), shape=(n, n))
    both = sparse.triu(one_way + one_way.T - one_way.multiply(one_way.T), k=1).tocoo()
    return np.column_stack([both.row, both.col]), both.data


def as_graph(n: int, edges: Edges) -> igraph.Graph:
    """The graph of `edges`, made once for all its cuts."""
    graph = igraph.Graph(n=n, edges=edges[0])
    graph.es["weight"] = edges[1].tolist()
    return graph


def communities(graph: igraph.Graph, resolution: float, seed: int, n_iterations: int = 3) -> np.ndarray[Any, Any]:
    """Labels (n,) of a cut by the Leiden algorithm (Traag, Waltman & van Eck 2019) of modularity at `resolution`."""
    with _ONE_AT_A_TIME:
        igraph.set_random_number_generator(random.Random(seed))  # noqa: S311  (repeatable, not secret)
        try:
            cut = graph.community_leiden(
                "modularity", weights="weight", resolution=resolution, n_iterations=n_iterations
            )
        finally:
            igraph.set_random_number_generator(random)
    return np.asarray(cut.membership)


def steadiest_resolution(
    n: int, edges: Edges, tried: np.ndarray[Any, Any], random_state: int, n_parts: int = 6
) -> float:
    """Of the resolutions tried, the one whose cuts of random 85 % parts of the graph agree most with each other.

    Agreement is the mean adjusted Rand index of ideas that two parts share, averaged over resolutions side by side
    (one lucky number is no steadiness); among those as good within `AS_STEADY` the finest, for a coarse cut is the
    easier one to repeat.
    """
    rng = np.random.default_rng(random_state)
    parts = [np.flatnonzero(rng.random(n) < 0.85) for _ in range(n_parts)]
    graphs = [as_graph(len(part), induced(n, edges, part)) for part in parts]
    agreement = np.array([_agreement(n, graphs, float(resolution), parts, random_state) for resolution in tried])
    padded = np.pad(agreement, 1, mode="edge")
    smooth = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4
    return float(tried[np.flatnonzero(smooth >= smooth.max() - AS_STEADY)[-1]])


def _agreement(
    n: int, graphs: list[igraph.Graph], resolution: float, parts: list[np.ndarray[Any, Any]], seed: int
) -> float:
    cuts = []
    for number, (part, graph) in enumerate(zip(parts, graphs, strict=True)):
        labels = np.full(n, -1)
        labels[part] = communities(graph, resolution, seed + number, n_iterations=2)
        cuts.append(labels)
    scores = []
    for one in range(len(cuts)):
        for other in range(one):
            shared = (cuts[one] >= 0) & (cuts[other] >= 0)
            scores.append(adjusted_rand_score(cuts[one][shared], cuts[other][shared]))
    return float(np.mean(scores))


def induced(n: int, edges: Edges, part: np.ndarray[Any, Any]) -> Edges:
    """The edges among the places `part`, numbered by their place in it."""
    new = np.full(n, -1)
    new[part] = np.arange(len(part))
    inside = (new[edges[0]] >= 0).all(axis=1)
    return new[edges[0][inside]], edges[1][inside]


def _inverted_file(unit: np.ndarray[Any, Any], k: int, random_state: int) -> Edges:
    """Approximate search by faiss: cells around seeded centres, of which the nearest are looked into."""
    import faiss  # only large corpora need it; like an encoder, it is loaded after any fork

    rows = _main_directions(unit, random_state)
    n_cells = max(1, len(rows) // CELL)
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(rows.shape[1]), rows.shape[1], n_cells, faiss.METRIC_INNER_PRODUCT)
    index.cp.seed = random_state + 1
    index.cp.niter = 6
    index.cp.min_points_per_centroid = 1
    index.cp.max_points_per_centroid = 64
    index.train(rows)
    index.add(rows)
    index.nprobe = min(PROBED, n_cells)
    cosines, places = index.search(rows, k + 1)
    return cosines, places


def _main_directions(unit: np.ndarray[Any, Any], random_state: int) -> np.ndarray[Any, Any]:
    """Unit rows along the `SEARCHED` directions in which a sample of them differs most: a search four times cheaper."""
    sample = unit[np.random.default_rng(random_state).permutation(len(unit))[: 4 * EXACT_UP_TO]]
    if unit.shape[1] > SEARCHED:
        _values, directions = np.linalg.eigh((sample.T @ sample).astype(np.float64))
        unit = unit @ directions[:, -SEARCHED:].astype(np.float32)
    return np.ascontiguousarray(normalize(unit), dtype=np.float32)


def _without_self(places: np.ndarray[Any, Any], cosines: np.ndarray[Any, Any], k: int) -> Edges:
    """Drop each row's own place (or, where twins hid it, its last neighbour)."""
    own = places == np.arange(len(places))[:, None]
    own[~own.any(axis=1), -1] = True
    return places[~own].reshape(len(places), k), cosines[~own].reshape(len(places), k)
