"""Where one more person stands, from what is kept of the groups and the map. It needs no scikit-learn.

A web process places a person on request; scikit-learn would cost each of them 100 MB and nearly two seconds.
"""

from __future__ import annotations

import numpy as np

from nlp.opinion.cells import Cells, Floats
from nlp.opinion.lowrank import Positions
from nlp.opinion.mixture import mixture_of_counts


def group_chances(cells: Cells, counts: Floats, sizes: Floats) -> Floats:
    """Return how likely each person is in each group, (n_people, n_groups), from what is kept of the groups.

    :param cells: the votes of these people, on the ideas of `counts`
    :param counts: (n_groups, n_ideas, 3); `sizes` (n_groups,)
    """
    weights = mixture_of_counts(counts, sizes).log_weights(cells).astype(np.float64)
    raised = np.exp(weights - weights.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def place_on_map(positions: Positions, edges: Floats, cells: Cells) -> Floats:
    """Return where these people stand on the map, (n_people, 2), 0..1.

    :param positions: axes with the loadings of the ideas of `cells`
    :param edges: (2, 2) lowest and highest value drawn of each axis
    """
    return drawn_within(positions.place(cells), edges)


def drawn_within(places: Floats, edges: Floats) -> Floats:
    """Return places as parts of the way from one edge to the other, 0..1; what lies outside stands at the edge."""
    span = np.maximum(edges[1] - edges[0], 1e-9)
    return np.asarray(np.clip((places - edges[0]) / span, 0.0, 1.0), dtype=np.float64)
