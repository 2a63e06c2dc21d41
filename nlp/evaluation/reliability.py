"""Scores of suggestions: how often the right one comes first, and whether they are right as often as they say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

SHARE_EDGES = (0.0, 0.5, 0.7, 0.85, 0.95, 1.0)  # of the bins; narrow where most first suggestions are
FREQUENT_SHARE = 0.1  # a code of fewer of the labelled texts is rare


def routing_scores(
    shares: np.ndarray[Any, Any], codes: Sequence[str], wanted: Sequence[str], edges: Sequence[float] = SHARE_EDGES
) -> dict[str, Any]:
    """Return how good suggestions are.

    :param shares: (n_texts, n_codes), 0..1, of each code for each text
    :param codes: of the columns
    :param wanted: the right code of each text
    :return: `top1` and `top3`, 0..1; `n`; `log_loss`, the mean of -ln(share of the right code); `reliability` of all
        first suggestions and `rare_reliability` of those of a code that few texts want, see `reliability`
    """
    order = np.argsort(-shares, axis=1, kind="stable")
    right = np.array(codes)[order] == np.array(wanted)[:, None]
    first = np.take_along_axis(shares, order[:, :1], axis=1).ravel()
    names, counts = np.unique(wanted, return_counts=True)
    frequent = names[counts >= FREQUENT_SHARE * len(wanted)]
    is_rare = ~np.isin(np.array(codes)[order[:, 0]], frequent)
    of_right = (shares * (np.array(codes) == np.array(wanted)[:, None])).sum(axis=1)
    return {
        "top1": round(float(right[:, 0].mean()), 4),
        "top3": round(float(right[:, :3].any(axis=1).mean()), 4),
        "n": len(wanted),
        "log_loss": round(float(-np.log(np.maximum(of_right, 1e-9)).mean()), 4),
        "reliability": reliability(first, right[:, 0], edges),
        "rare_reliability": reliability(first[is_rare], right[is_rare, 0], edges),
    }


def reliability(
    shares: np.ndarray[Any, Any], right: np.ndarray[Any, Any], edges: Sequence[float] = SHARE_EDGES
) -> list[dict[str, Any]]:
    """Return a reliability table: for each bin of shares that has suggestions, what they say and what is true.

    :param shares: (n,), 0..1
    :param right: (n,) bool
    :return: rows of `from`, `to`, `n`, `says` (mean share) and `right`, 0..1
    """
    bins = np.digitize(shares, edges[1:-1])
    rows = []
    for number in np.unique(bins):
        of_bin = bins == number
        says, true = float(shares[of_bin].mean()), float(right[of_bin].mean())
        low, high = edges[number], edges[number + 1]
        rows.append({"from": low, "to": high, "n": int(of_bin.sum()), "says": round(says, 3), "right": round(true, 3)})
    return rows
