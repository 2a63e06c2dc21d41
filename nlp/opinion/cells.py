"""The votes that were cast, and nothing for those that were not: three sparse matrices of people × ideas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

AGREE, DISAGREE, PASS = 0, 1, 2  # order of the last axis of every table of counts
MIN_VOTES = 7  # votes with which a person enters the groups, or as many as there are ideas if these are fewer
CHUNK = 4_096  # rows of a dense matrix read at a time
Floats = np.ndarray[Any, Any]
Labels = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Cells:
    """Cast votes as 0/1 (or weights) in three float32 CSR matrices of one shape (n_people, n_ideas)."""

    agree: Any
    disagree: Any
    passed: Any

    @property
    def shape(self) -> tuple[int, int]:
        n_people, n_ideas = self.agree.shape
        return int(n_people), int(n_ideas)

    @property
    def kinds(self) -> tuple[Any, Any, Any]:
        return self.agree, self.disagree, self.passed

    @property
    def n_votes(self) -> int:
        return int(sum(kind.nnz for kind in self.kinds))

    def votes_per_person(self) -> Floats:
        return np.asarray(sum(np.diff(kind.indptr) for kind in self.kinds))

    def entering(self) -> Floats:
        """Return who has enough votes for the groups, (n_people,) bool."""
        return self.votes_per_person() >= min(MIN_VOTES, max(self.shape[1], 1))

    def rows(self, index: Floats) -> Cells:
        """Return the votes of some people: their numbers, or a mask."""
        return Cells(*(kind[np.flatnonzero(index) if index.dtype == bool else index] for kind in self.kinds))

    def counts(self, membership: Floats) -> Floats:
        """Return the votes of each kind by group and idea, (n_groups, n_ideas, 3).

        :param membership: (n_people, n_groups) 0/1, shares or weights
        """
        weights = np.asarray(membership, dtype=np.float32)
        return np.stack([(kind.T @ weights).T for kind in self.kinds], axis=-1).astype(np.float64)

    def totals(self) -> Floats:
        """Return the votes of each kind by idea, (n_ideas, 3)."""
        return np.stack([kind.sum(axis=0) for kind in self.kinds], axis=-1).astype(np.float64)

    def split(self, is_hidden: Floats) -> tuple[Cells, Cells]:
        """Return the votes that stay and those that are hidden.

        :param is_hidden: (n_votes,) bool, in the order agreeing, disagreeing, passing votes, each by rows
        """
        stay, hidden, start = [], [], 0
        for kind in self.kinds:
            chosen = is_hidden[start : start + kind.nnz]
            start += kind.nnz
            stay.append(_some(kind, ~chosen))
            hidden.append(_some(kind, chosen))
        return Cells(*stay), Cells(*hidden)


def cells_of(votes: Any) -> Cells:
    """Return the cells of a dense matrix with NaN for gaps, or of a sparse one whose stored entries are the votes.

    Only the sign of a vote counts: above 0 agrees, below 0 disagrees, 0 passes.

    :raise ValueError: a sparse matrix that holds a vote twice
    """
    if isinstance(votes, Cells):
        return votes
    if sparse.issparse(votes):
        return _sparse_cells(sparse.csr_array(votes))
    rows = np.asarray(votes)
    parts: list[tuple[Any, Any, Any]] = []
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        parts.append((_ones(chunk > 0), _ones(chunk < 0), _ones(chunk == 0)))
    if not parts:
        empty = sparse.csr_array(rows.shape, dtype=np.float32)
        return Cells(empty, empty, empty)
    return Cells(*(sparse.csr_array(sparse.vstack(kind, format="csr")) for kind in zip(*parts, strict=True)))


def membership(labels: Labels, groups: Sequence[int] | Floats) -> Floats:
    """Return (n_people, n_groups) float32, 1 where a person is in the group; a label in no group gives a row of 0."""
    return (np.asarray(labels)[:, None] == np.asarray(groups)[None, :]).astype(np.float32)


def _sparse_cells(votes: Any) -> Cells:
    votes.sort_indices()
    if not votes.has_canonical_format:
        raise ValueError("a person has two votes on one idea")
    return Cells(*(_some(votes, chosen, ones=True) for chosen in (votes.data > 0, votes.data < 0, votes.data == 0)))


def _some(kind: Any, chosen: Floats, ones: bool = False) -> Any:
    """Return the stored entries of a CSR matrix that are chosen, (nnz,) bool; as 1 each, or as they are."""
    before = np.concatenate([[0], np.cumsum(chosen)])
    data = np.ones(int(before[-1]), dtype=np.float32) if ones else kind.data[chosen]
    indptr = before[kind.indptr].astype(np.int32)
    return sparse.csr_array((data, kind.indices[chosen].astype(np.int32), indptr), shape=kind.shape)


def _ones(mask: Floats) -> Any:
    people, ideas = np.nonzero(mask)
    indptr = np.searchsorted(people, np.arange(len(mask) + 1)).astype(np.int32)
    return sparse.csr_array((np.ones(len(ideas), dtype=np.float32), ideas.astype(np.int32), indptr), shape=mask.shape)
