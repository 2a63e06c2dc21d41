from __future__ import annotations

import numpy as np

from nlp.opinion.cells import cells_of
from nlp.opinion.holdout import holdout
from tests.nlp.opinion.planted import planted


def test_the_planted_groups_foretell_better_than_none_and_come_back():
    made = planted(150, 30)
    cells = cells_of(made.votes)
    known = holdout(cells, lambda _stay: made.groups, made.groups)
    none = holdout(cells, lambda _stay: np.full(150, -1), np.full(150, -1))
    assert known.logloss < none.logloss - 0.05
    assert known.stance_logloss < none.stance_logloss - 0.05
    assert (known.ari_self, none.ari_self) == (1.0, None)


def test_no_votes_cannot_be_foretold():
    held = holdout(cells_of(np.full((3, 4), np.nan)), lambda _stay: np.full(3, -1), np.full(3, -1))
    assert (held.logloss, held.stance_logloss, held.ari_self) == (None, None, None)
