"""Which idea a voter should see next: the one whose answer tells most, never the one that is liked most.

An answer tells most where the share of agreement is least certain in the group that has seen the idea least. A quarter
of the chances are the same for all ideas, so that each can be shown and the chances never become very small.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nlp.opinion.cells import AGREE, Floats

NO_OPINION = 0.5  # votes that agree and that do not, before anybody has voted (Jeffreys 1946)
UNIFORM_SHARE = 0.25  # of the chances, the same for all ideas


def narrowing(agree: Any, votes: Any) -> Floats:
    """Return by how much one more answer is expected to narrow a share's standard deviation.

    The share has the beta posterior of `agree` of `votes` after Jeffreys' prior. One more answer lowers its variance to
    (a + b) / (a + b + 1) of what it was, in the mean over both answers (law of total variance).

    :param agree: agreeing votes, any shape; `votes` all votes, the same shape
    """
    a = np.asarray(agree, dtype=np.float64) + NO_OPINION
    total = np.asarray(votes, dtype=np.float64) + 2 * NO_OPINION
    deviation = np.sqrt(a * (total - a) / (total**2 * (total + 1)))
    return np.asarray(deviation * (1 - np.sqrt(total / (total + 1))))


def gains(counts: Floats) -> Floats:
    """Return what one more answer on each idea tells, (n_ideas,), above 0.

    :param counts: (n_groups, n_ideas, 3) votes that agree, disagree and pass, by group; no group is as nobody's votes
    """
    if not counts.shape[0]:
        return np.full(counts.shape[1], float(narrowing(0, 0)))
    votes = counts.sum(axis=-1)
    least = votes.argmin(axis=0)
    ideas = np.arange(counts.shape[1])
    return narrowing(counts[least, ideas, AGREE], votes[least, ideas])


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
