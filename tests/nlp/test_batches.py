from __future__ import annotations

import sklearn.utils

from nlp.batches import gen_batches


def test_batches_are_those_of_scikit_learn():
    for n in (1, 9, 10, 11):
        assert list(gen_batches(n, 5)) == list(sklearn.utils.gen_batches(n, 5))


def test_nothing_has_no_batch():
    assert list(gen_batches(0, 5)) == []
