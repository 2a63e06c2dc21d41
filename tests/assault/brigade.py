"""Coordinated people against the badge: `python -m tests.assault.brigade [--votes FILE --comments FILE] [--ideas N]`.

Copies of real people of every group join, all of them agreeing (or disagreeing) with one idea; then groups, scores and
badges are computed anew, as the next run of the service would, with the groups and badges of the last run known. With
one person fewer than printed nothing may be won or lost. One JSON line for each side; exit code 1 if a badge changed.
Without a file the votes are invented. Not part of the tests: each attack is a whole run.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from nlp.opinion.cells import cells_of
from nlp.opinion.command import Scored, score
from nlp.opinion.groups import OpinionGroups
from nlp.opinion.votes import read_votes
from tests.nlp.opinion.planted import planted

Floats = np.ndarray[Any, Any]


def attack(votes: Floats, labels: Floats, before: Scored, idea: int, n_people: int, vote: float, seed: int) -> bool:
    """Return whether the idea has the badge after that many people joined, shares of them copied from each group."""
    rng = np.random.default_rng(seed)
    inside = np.flatnonzero(labels >= 0)
    copied = inside[rng.permutation(len(inside))[np.arange(n_people) % len(inside)]]
    joined = votes[copied].copy()
    joined[:, idea] = vote
    crowd = np.vstack([votes, joined])
    last = np.concatenate([labels, np.full(n_people, -1)])
    found = OpinionGroups().fit(crowd, last).labels_
    return bool(score(cells_of(crowd), found, had=before.badges.badge).badges.badge[idea])


def main(arguments: list[str] | None = None) -> int:
    """:return: exit code"""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--votes", type=Path)
    parser.add_argument("--comments", type=Path)
    parser.add_argument("--ideas", type=int, default=5, help="ideas attacked on each side, the cheapest first")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    if options.votes is None:
        votes = planted(400, 40, sizes=(0.6, 0.4), spread=0.9, seed=options.seed).votes
        votes[:, :12] = np.where(
            np.isnan(votes[:, :12]) | (np.random.default_rng(1).random((400, 12)) < 0.35), votes[:, :12], 1.0
        )
    else:
        votes = read_votes(options.votes, options.comments).dense().astype(np.float64)
    labels = OpinionGroups().fit(votes).labels_
    before = score(cells_of(votes), labels)
    is_clean = True
    for side, costs, vote, has in (
        ("win", before.badges.cost_to_win, 1.0, False),
        ("lose", before.badges.cost_to_lose, -1.0, True),
    ):
        able = np.flatnonzero((before.badges.badge == has) & (costs > 1))
        chosen = able[np.argsort(costs[able], kind="stable")][: options.ideas]
        changed = []
        for idea in chosen.tolist():
            fewer = int(costs[idea]) - 1
            after = attack(votes, labels, before, idea, fewer, vote, options.seed)
            if after != has:
                changed.append({"idea": idea, "printed": int(costs[idea]), "people": fewer})
        is_clean = is_clean and not changed
        printed = [int(costs[idea]) for idea in chosen if not math.isnan(costs[idea])]
        say = {"side": side, "badges": int(before.badges.badge.sum()), "attacked": len(chosen)}
        print(json.dumps({**say, "printed": printed, "changed": changed}), flush=True)
    return 0 if is_clean else 1


if __name__ == "__main__":
    raise SystemExit(main())
