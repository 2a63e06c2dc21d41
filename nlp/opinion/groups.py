"""Opinion groups: people who vote alike."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils.validation import validate_data

from nlp.opinion.cells import Cells, Floats, Labels, cells_of, membership
from nlp.opinion.lowrank import fit_positions
from nlp.opinion.mixture import fit_mixture, softmax
from nlp.opinion.number import MAX_GROUPS, RANK, Choice, choose_number, fit_all
from nlp.opinion.polis import polis_labels, polis_positions

OUTSIDE = -1  # label of people with too few votes
METHODS = ("forum", "polis")
SAMPLE = 20_000  # people on whom the number is chosen and the first guess is made
LAST_ROUNDS = 20  # rounds over all people, from what the sample says
MIN_SHARED = 0.3  # a group carries an old number on if this share of all that are in either is in both


class OpinionGroups(ClusterMixin, BaseEstimator):
    """Group people by their votes; a matrix of people × ideas with gaps.

    `forum`: a mixture fitted on cast votes only (`nlp.opinion.mixture`), started from positions on four axes. The
    number of groups is the largest up to five whose groups come back when a tenth of the votes is hidden; one where no
    cut foretells the hidden votes. `polis`: the published recipe (`nlp.opinion.polis`).

    Parameters
    ----------
    method : "forum" or "polis"
    n_groups : int or None, number of groups; None: chosen. Fewer are found where the people cannot be told apart.
    random_state : int, the same votes and state give the same groups

    Attributes
    ----------
    labels_ : int array of shape (n_people,); 0 is the largest group of a first run, OUTSIDE (-1) has too few votes.
        With `y`, a group that goes on keeps its number and a new one gets a number that was never used in `y`.
    groups_ : int array of shape (n_groups,), the numbers of the groups, ascending
    n_groups_ : int, 0 where nobody has enough votes
    counts_ : float array of shape (n_groups, n_ideas, 3), votes that agree, disagree and pass, by `groups_`
    positions_ : float array of shape (n_people, 2), for a picture; NaN for people outside
    stability_ : dict, number of groups -> mean adjusted Rand index under resampling; empty where none was chosen
    gain_ : dict, number of groups -> smallest gain in log likelihood per hidden vote over one group
    """

    def __init__(self, method: str = "forum", n_groups: int | None = None, random_state: int = 0) -> None:
        self.method = method
        self.n_groups = n_groups
        self.random_state = random_state

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.sparse = True
        return tags

    def fit(self, X: Any, y: Any = None) -> OpinionGroups:  # noqa: N803  (scikit-learn's name)
        """Find the groups of the rows of `X`.

        :param X: (n_people, n_ideas), above 0 agrees, below 0 disagrees, 0 passes, NaN is no vote; or a sparse matrix
            whose stored entries, zeros too, are the votes
        :param y: (n_people,) each person's group in the last run, -1 for none; None: this is the first run
        :raise ValueError: an unknown method, no positive number of groups, infinite values, a vote that stands there
            twice, a `y` of another length
        """
        if self.method not in METHODS:
            raise ValueError(f"method must be one of {', '.join(METHODS)}, not {self.method!r}")
        if self.n_groups is not None and not self.n_groups >= 1:
            raise ValueError(f"n_groups must be 1 or more, not {self.n_groups}")
        dtypes = [np.float32, np.float64]
        votes = validate_data(self, X, accept_sparse="csr", dtype=dtypes, ensure_all_finite="allow-nan")
        return self._fit_cells(cells_of(votes), y)

    def fit_cells(self, cells: Cells, y: Any = None) -> OpinionGroups:
        """Find the groups from votes already in sparse form; as `fit`, but nobody at all is an answer too."""
        self.n_features_in_ = cells.shape[1]
        return self._fit_cells(cells, y)

    def _fit_cells(self, cells: Cells, y: Any) -> OpinionGroups:
        n_people = cells.shape[0]
        last = _last_labels(y, n_people)
        enters = cells.entering()
        inside = cells.rows(enters)
        self._choice = Choice(0)
        labels = np.full(n_people, OUTSIDE, dtype=np.int64)
        self.positions_ = np.full((n_people, 2), np.nan)
        if inside.shape[0]:
            is_forum = self.method == "forum"
            found, positions = (self._forum if is_forum else self._polis)(inside, last[enters])
            labels[enters] = _carried_over(_by_size(found), last[enters])
            self.positions_[enters, : positions.shape[1]] = positions
        self.labels_ = labels
        self.groups_ = np.unique(labels[labels != OUTSIDE])
        self.n_groups_ = len(self.groups_)
        self.counts_ = cells.counts(membership(labels, self.groups_))
        self.stability_, self.gain_ = self._choice.stability, self._choice.gain
        return self

    def _polis(self, cells: Cells, _last: Labels) -> tuple[Labels, Floats]:
        positions = polis_positions(cells, self.random_state)
        return polis_labels(positions, self.n_groups, self.random_state), positions

    def _forum(self, cells: Cells, last: Labels) -> tuple[Labels, Floats]:
        n_people = cells.shape[0]
        rng = np.random.default_rng(self.random_state)
        sample = cells
        if n_people > SAMPLE:
            sample = cells.rows(np.sort(rng.choice(n_people, SAMPLE, replace=False)))
        numbers = [self.n_groups] if self.n_groups is not None else list(range(2, MAX_GROUPS + 1))
        positions = fit_positions(sample, RANK, np.random.default_rng(self.random_state))
        fitted = fit_all(sample, numbers, self.random_state, positions)
        chosen = self.n_groups
        if chosen is None:
            last_number = len(np.unique(last[last != OUTSIDE])) or None
            self._choice = choose_number(sample, fitted, self.random_state, last_number)
            chosen = self._choice.n_groups
        placed = positions.people if sample is cells else positions.place(cells)
        if chosen not in fitted:
            return np.zeros(n_people, dtype=np.int64), placed[:, :2]
        memberships, mixture = fitted[chosen]
        if sample is not cells:
            start = softmax(mixture.log_weights(cells))
            memberships, mixture = fit_mixture(cells, start, max_iter=LAST_ROUNDS)
        return memberships.argmax(axis=1), placed[:, :2]


def _by_size(labels: Labels) -> Labels:
    """Number the groups 0, 1, … by size, the largest first; ties by the first person."""
    names, first, sizes = np.unique(labels, return_index=True, return_counts=True)
    order = np.lexsort((first, -sizes))
    rank = np.empty(len(names), dtype=np.int64)
    rank[order] = np.arange(len(names))
    return np.asarray(rank[np.searchsorted(names, labels)])


def _carried_over(labels: Labels, last: Labels) -> Labels:
    """Give each group the number of the old one that most of its people were in.

    The pairs are the best one-to-one assignment by Jaccard index over people whose old group is known.
    """
    known = last != OUTSIDE
    if not known.any():
        return labels
    old_names, names = np.unique(last[known]), np.unique(labels)
    old, new = membership(last[known], old_names), membership(labels[known], names)
    both = (old.T @ new).astype(np.float64)
    either = old.sum(axis=0)[:, None] + new.sum(axis=0)[None, :] - both
    score = both / np.maximum(either, 1)
    number = {
        int(names[b]): int(old_names[a])
        for a, b in zip(*linear_sum_assignment(-score), strict=True)
        if score[a, b] >= MIN_SHARED
    }
    free = int(old_names.max()) + 1
    for name in names.tolist():
        if name not in number:
            number[name] = free
            free += 1
    return np.array([number[int(name)] for name in names])[np.searchsorted(names, labels)]


def _last_labels(y: Any, n_people: int) -> Labels:
    """:raise ValueError: not one group per person"""
    if y is None:
        return np.full(n_people, OUTSIDE, dtype=np.int64)
    last = np.asarray(y)
    if last.shape != (n_people,):
        raise ValueError(f"y must have one group per person: {n_people}, not {last.shape}")
    if last.dtype.kind not in "iuf":
        return np.full(n_people, OUTSIDE, dtype=np.int64)
    return np.where(last >= 0, last, OUTSIDE).astype(np.int64)
