from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from nlp.opinion.cells import cells_of
from nlp.opinion.weights import effective_votes, weighted_cells

# One idea; 2 people who were surely shown it agree, 2 who had a chance of one half disagree.
VOTES = np.array([[1.0], [1.0], [-1.0], [-1.0]])
SHOWN = np.array([[1.0], [1.0], [0.5], [0.5]])


def test_a_vote_counts_as_one_over_its_probability():
    """Weights 1, 1, 2, 2: the share of agreement is 2 / 6; 36 / 10 votes of equal weight say as much."""
    cells = weighted_cells(cells_of(VOTES), SHOWN)
    totals = cells.totals()
    assert np.allclose(totals[0] / totals[0].sum(), [2 / 6, 4 / 6, 0])
    assert np.allclose(effective_votes(cells), [3.6])
    again = weighted_cells(cells_of(VOTES), sparse.csr_array(SHOWN)).totals()
    assert np.allclose(totals, again)


def test_no_vote_counts_for_more_than_twenty():
    shown = np.array([[1.0], [1.0], [1.0], [1e-6]])
    totals = weighted_cells(cells_of(VOTES), shown).totals()
    assert np.allclose(totals[0, 1] / totals[0].sum(), 21 / 23)


@pytest.mark.parametrize("shown", [0.0, -0.1, 1.1, np.nan])
def test_what_is_no_probability_is_refused(shown):
    with pytest.raises(ValueError, match="probability"):
        weighted_cells(cells_of(VOTES), np.full((4, 1), shown))
