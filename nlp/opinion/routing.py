"""Which idea a voter should see next: the one whose answer tells most, never the one that is liked most.

An answer tells most where the share of agreement is least certain in the group that has seen the idea least. How many
have voted there decides, not how. A quarter of the chances are the same for all ideas, so that each can be shown and
the chances never become very small.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nlp.opinion.cells import Floats

PRIOR_VOTES = 1.0  # what is known before anybody has voted, as votes: half a vote on either side (Jeffreys 1946)
UNIFORM_SHARE = 0.25  # of the chances, the same for all ideas


def narrowing(votes: Any) -> Floats:
    """Return by how much one more answer narrows the standard deviation of a share, on the scale of arcsin √share.

    There the deviation is 1 / (2 √votes) whatever the share is (Anscombe 1948). On the scale of shares an idea that few
    or nearly all agree with would count as known sooner than a disputed one: how an idea is liked would decide how
    many are asked, and minority ideas would have a seventh fewer votes (`tests/benchmarks/queue.py`).

    :param votes: any shape, passes included
    """
    known = np.asarray(votes, dtype=np.float64) + PRIOR_VOTES
    return np.asarray((1 / np.sqrt(known) - 1 / np.sqrt(known + 1)) / 2)


def gains(counts: Floats) -> Floats:
    """Return what one more answer on each idea tells, (n_ideas,), above 0.

    :param counts: (n_groups, n_ideas, 3) votes that agree, disagree and pass, by group; no group is as nobody's votes
    """
    if not counts.shape[0]:
        return np.full(counts.shape[1], float(narrowing(0)))
    return narrowing(counts.sum(axis=-1).min(axis=0))


def chances(gain: Floats, uniform: float = UNIFORM_SHARE) -> Floats:
    """Return the probability with which each idea is shown next, (n_ideas,), adding up to 1.

    It is the softmax of the logarithm of the gain, so that only ratios of gains count, mixed with equal chances.

    :param gain: (n_ideas,) above 0, of the ideas that this person has not seen
    :param uniform: 0..1, the part of equal chances
    :raise ValueError: a gain that is not above 0
    """
    gain = np.asarray(gain, dtype=np.float64)
    if not bool((gain > 0).all()):
        raise ValueError("what an answer tells must be above 0")
    if not len(gain):
        return gain
    return np.asarray((1 - uniform) * gain / gain.sum() + uniform / len(gain))
