"""Shares of votes by group, shrunk toward everybody's share as far as the votes themselves advise (empirical Bayes)."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import gammaln

STRENGTHS = np.geomspace(0.5, 1024, 23)  # numbers of votes that a prior share may be worth
Floats = np.ndarray[Any, Any]


def strength(counts: Floats, prior: Floats) -> float:
    """Return the number of votes the prior is worth: the likeliest of `STRENGTHS` (Dirichlet-multinomial).

    :param counts: (…, n_kinds) votes of each kind
    :param prior: the same shape, or one that can be spread to it; shares that add up to 1
    """
    total = counts.sum(axis=-1)
    seen = total > 0
    counts, total = counts[seen], total[seen]
    share = np.clip(np.broadcast_to(prior, (*seen.shape, prior.shape[-1]))[seen], 1e-9, 1.0)
    likelihood = [
        (gammaln(s) - gammaln(total + s) + (gammaln(counts + s * share) - gammaln(s * share)).sum(axis=-1)).sum()
        for s in STRENGTHS
    ]
    return float(STRENGTHS[int(np.argmax(likelihood))])


def everybodys_shares(totals: Floats) -> Floats:
    """Return the share of each kind by idea, (n_ideas, n_kinds), shrunk toward the share over all ideas.

    :param totals: (n_ideas, n_kinds) votes of each kind
    """
    n_kinds = totals.shape[-1]
    overall = (totals.sum(axis=0) + 1 / n_kinds) / (totals.sum() + 1)
    s = strength(totals, overall)
    return np.asarray((totals + s * overall) / (totals.sum(axis=-1, keepdims=True) + s))


def group_shares(counts: Floats, prior: Floats) -> Floats:
    """Return the share of each kind by group and idea, (n_groups, n_ideas, n_kinds), shrunk toward `prior`.

    :param counts: (n_groups, n_ideas, n_kinds)
    :param prior: (n_ideas, n_kinds)
    """
    s = strength(counts, prior)
    return np.asarray((counts + s * prior) / (counts.sum(axis=-1, keepdims=True) + s))
