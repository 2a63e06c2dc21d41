"""`python -m nlp opinion`: groups and scores of votes in Polis' export format, one JSON line."""

from __future__ import annotations

import argparse
import csv
import json
import math
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import adjusted_rand_score

from nlp.evaluation.files import InputError
from nlp.opinion.badge import Badges, badges
from nlp.opinion.cells import Cells, Labels, membership
from nlp.opinion.common_ground import CommonGround, common_ground
from nlp.opinion.groups import METHODS, OpinionGroups
from nlp.opinion.holdout import holdout
from nlp.opinion.polis import group_informed_consensus
from nlp.opinion.slate import slate
from nlp.opinion.votes import VoteTable, read_votes

SCORE_COLUMNS = (
    "statement",
    "gic",
    "order_score",
    "common_ground",
    "low",
    "high",
    "badge",
    "cost_to_win",
    "cost_to_lose",
)


@dataclass(frozen=True)
class Scored:
    """Scores of ideas and which of them have the badge."""

    ground: CommonGround
    badges: Badges


def add_command(commands: Any) -> None:
    """Add `opinion` to the commands of `python -m nlp`."""
    command = commands.add_parser("opinion")
    command.add_argument("--votes", type=Path, required=True, metavar="participants-votes.csv")
    command.add_argument("--comments", type=Path, metavar="comments.csv", help="leaves rejected statements out")
    command.add_argument("--method", choices=METHODS, default="forum")
    command.add_argument("--groups", type=_positive, metavar="K", help="number of groups; default: found")
    command.add_argument("--scores", type=Path, metavar="OUT.csv", help="write the scores of each statement there")
    command.add_argument("--slate", type=_positive, metavar="N", help="choose N statements that represent everybody")
    command.add_argument("--seed", type=int, default=0)


def run_command(options: argparse.Namespace) -> int:
    """Run `opinion`.

    :return: exit status, 0 or 1
    """
    try:
        table = read_votes(options.votes, options.comments)
        report, labels = _described(table, options.method, options.groups, options.seed)
        if options.scores is not None:
            write_scores(options.scores, table.ideas, score(table.cells, labels, options.seed))
        if options.slate is not None:
            report["slate"] = _slate(table, labels, options.slate, options.seed)
        report["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        print(json.dumps(report, ensure_ascii=False))
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def describe(table: VoteTable, method: str = "forum", n_groups: int | None = None, seed: int = 0) -> dict[str, Any]:
    """Return what the command prints, without `peak_mb`.

    :return: `method`; `n_people` and `n_ideas` of the file; `n_groups`, 0 where nobody has enough votes;
        `ari_with_file`, adjusted Rand index with the file's groups; `ari_self`, `holdout_logloss` and
        `holdout_stance_logloss`, see `Holdout`, with the number of groups found from all votes; `gic_max_error`,
        largest gap to the file's consensus column with the file's own groups; `seconds` it took to find the groups of
        all votes. What cannot be told is None.
    """
    report, _labels = _described(table, method, n_groups, seed)
    return report


def _described(table: VoteTable, method: str, n_groups: int | None, seed: int) -> tuple[dict[str, Any], Labels]:
    """Return what `describe` does, and the group of each person, negative for none."""
    group = _grouping(method, n_groups, seed)
    began = time.perf_counter()
    labels = group(table.cells)
    seconds = time.perf_counter() - began
    n_found = len(np.unique(labels[labels >= 0]))
    held = holdout(table.cells, _grouping(method, n_groups or max(n_found, 1), seed), labels)
    report = {
        "method": method,
        "n_people": len(table.people),
        "n_ideas": len(table.ideas),
        "n_groups": n_found,
        "ari_with_file": _rounded(_ari_with_file(table, labels)),
        "ari_self": _rounded(held.ari_self),
        "gic_max_error": gic_max_error(table),
        "holdout_logloss": _rounded(held.logloss),
        "holdout_stance_logloss": _rounded(held.stance_logloss),
        "seconds": round(seconds, 3),
    }
    return report, labels


def score(cells: Cells, labels: Labels, seed: int = 0, had: Any = None) -> Scored:
    """Score ideas and give badges.

    :param had: (n_ideas,) bool, which ideas have the badge already; None: none
    """
    ground = common_ground(cells, labels, random_state=seed)
    groups = np.unique(labels[labels >= 0])
    sizes = membership(labels, groups).sum(axis=0)
    return Scored(ground, badges(ground.group_counts, sizes, ground.group_low, ground.worth, had))


def gic_max_error(table: VoteTable) -> float | None:
    """Return the largest gap between our group-informed consensus and the file's, None where the file has none."""
    known = np.isfinite(table.file_consensus)
    groups = np.unique(table.file_groups[table.file_groups >= 0])
    if not known.any() or not len(groups):
        return None
    ours = group_informed_consensus(table.cells.counts(membership(table.file_groups, groups)))
    return float(np.abs(ours - table.file_consensus)[known].max())


def write_scores(path: Path, ideas: tuple[str, ...], scored: Scored) -> None:
    """Write the scores as CSV, the first idea of the order first; an empty cell is what cannot be told.

    :raise InputError: the file cannot be written
    """
    ground, given = scored.ground, scored.badges
    order = sorted(range(len(ideas)), key=lambda n: (-_or_last(float(ground.order_score[n])), n))
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(SCORE_COLUMNS)
            for n in order:
                shown = (ground.order_score[n], ground.score[n], ground.low[n], ground.high[n])
                costs = (_whole(given.cost_to_win[n]), _whole(given.cost_to_lose[n]))
                badge = int(given.badge[n])
                writer.writerow([ideas[n], repr(float(ground.gic[n])), *map(_text, shown), badge, *costs])
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error}") from error


def _grouping(method: str, n_groups: int | None, seed: int) -> Callable[[Cells], Labels]:
    def group(cells: Cells) -> Labels:
        labels: Labels = OpinionGroups(method, n_groups, seed).fit_cells(cells).labels_
        return labels

    return group


def _slate(table: VoteTable, labels: Labels, size: int, seed: int) -> dict[str, Any]:
    """:raise InputError: more statements wanted than there are"""
    if size > len(table.ideas):
        raise InputError(f"a slate of {size} cannot be chosen from {len(table.ideas)} statements")
    return slate(table.dense().astype(np.float64), size, seed=seed, keys=table.ideas, groups=labels).proof()


def _ari_with_file(table: VoteTable, labels: Labels) -> float | None:
    both = (table.file_groups >= 0) & (labels >= 0)
    return float(adjusted_rand_score(table.file_groups[both], labels[both])) if both.any() else None


def _positive(text: str) -> int:
    """:raise ArgumentTypeError: no whole number of 1 or more"""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is no whole number of 1 or more")
    return number


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _or_last(value: float) -> float:
    return -math.inf if math.isnan(value) else value


def _text(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.4f}"


def _whole(value: float) -> str:
    return "" if math.isnan(value) else str(int(value))
