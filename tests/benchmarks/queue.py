"""How fair the voting queue is, by simulation: `python -m tests.benchmarks.queue [--runs N] [--found]`.

People of planted groups come one after the other, in random order, and vote on about 20 ideas each. A tenth of the
ideas are planted minority ideas: a tenth of the people support them, all of the smallest group as far as it is large
enough. Another tenth of the ideas come late. Beside our routing stand: the order by agreement, as lists have it; the
published routing of Polis (`importance-metric` and `priority-metric` in math/src/polismath/math/conversation.clj,
drawn in proportion as in server/src/nextComment.ts, both github.com/compdemocracy/polis); and equal chances.

Each routing knows what its last snapshot knew; one is made whenever the job would make one. Ours uses the groups as
planted or, with `--found`, as `OpinionGroups` finds them in each snapshot. No routing knows the group of who votes.

Two moments are told: when the median idea has 60 votes in all, and when it has 60 of each group. What a draw costs in
the database is measured by `queue_cost.py`, a whole vote in the queue by `votes.py`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import sparse

from nlp.opinion.cells import AGREE, DISAGREE, PASS, Cells, membership
from nlp.opinion.groups import OpinionGroups
from nlp.opinion.routing import chances, gains

Array = np.ndarray[Any, Any]
N_IDEAS, VOTES_EACH = 200, 20
SHARE_MINORITY, SHARE_LATE, SUPPORT = 0.1, 0.1, 0.1
SNAPSHOT_VOTES, SNAPSHOT_SHARE = 200, 0.02  # as OPINION_SNAPSHOT_VOTES and opinions.queries.NEW_VOTES_SHARE
ENOUGH, MEDIAN = 30, 60  # votes
LATE_ENOUGH = 10  # votes
PEOPLES = {"50/50": (0.5, 0.5), "33/33/33": (1 / 3, 1 / 3, 1 / 3), "60/30/10": (0.6, 0.3, 0.1)}
VALUE_OF = {AGREE: 1, DISAGREE: -1, PASS: 0}


@dataclass
class World:
    """Planted groups and ideas.

    :param agrees: (n_groups, n_ideas) chance to agree of those who do not pass; `passes` (n_ideas,) chance to pass
    :param arrives: (n_ideas,) the number of votes in the forum at which it is there
    """

    sizes: tuple[float, ...]
    agrees: Array
    passes: Array
    is_minority: Array
    arrives: Array


@dataclass
class Votes:
    """What was cast so far.

    :param counts: (n_groups, n_ideas, 3)
    :param rows: (person, group, idea, kind) of each vote
    """

    counts: Array
    rows: list[tuple[int, int, int, int]] = field(default_factory=list)

    @property
    def by_group(self) -> Array:
        return np.asarray(self.counts.sum(axis=-1))


def planted(sizes: tuple[float, ...], n_planned: int, rng: np.random.Generator) -> World:
    n_groups = len(sizes)
    leaning = rng.normal(0.5, 1, N_IDEAS) + rng.normal(0, 1, (n_groups, N_IDEAS))
    agrees = 1 / (1 + np.exp(-leaning))
    order = rng.permutation(N_IDEAS)
    minority, late = np.array_split(order, (round(SHARE_MINORITY * N_IDEAS), round(2 * SHARE_LATE * N_IDEAS)))[:2]
    inside = min(0.95, SUPPORT / sizes[-1])
    agrees[:, minority] = max(0.0, SUPPORT - inside * sizes[-1]) / (1 - sizes[-1])
    agrees[-1, minority] = inside
    arrives = np.zeros(N_IDEAS)
    arrives[late] = rng.uniform(0.3, 0.8, len(late)) * n_planned
    return World(sizes, agrees, rng.beta(2, 10, N_IDEAS), np.isin(np.arange(N_IDEAS), minority), arrives)


Weights = Callable[[Votes, Array], Array]
"""Votes and which ideas a snapshot knows -> the weight of each idea until the next one."""


def ours(votes: Votes, _known: Array) -> Array:
    return gains(votes.counts)


def ours_found(votes: Votes, _known: Array) -> Array:
    cells = cells_of_rows(votes)
    if not cells.entering().any():
        return gains(np.zeros((0, N_IDEAS, 3)))
    found = OpinionGroups(random_state=0).fit_cells(cells)
    return gains(cells.counts(membership(found.labels_, found.groups_)))


def published(votes: Votes, known: Array) -> Array:
    """Return Polis' priorities: ((1 - p) (E + 1) a (1 + 8 · 2^(-S/5)))², 1 for what no computation has seen yet."""
    n = votes.counts.sum(axis=0)
    cast = n.sum(axis=-1)
    agree, passed = (n[:, AGREE] + 1) / (cast + 2), (n[:, PASS] + 1) / (cast + 2)
    importance = (1 - passed) * (extremity(votes) + 1) * agree
    return np.where(known, (importance * (1 + 8 * 2 ** (-cast / 5))) ** 2, 1.0)


def extremity(votes: Votes) -> Array:
    """Return how far from the middle a person stands on Polis' map who has agreed with this idea alone."""
    if not votes.rows:
        return np.zeros(N_IDEAS)
    table = np.array(votes.rows)
    people, row = np.unique(table[:, 0], return_inverse=True)
    matrix = np.full((len(people), N_IDEAS), np.nan)
    matrix[row, table[:, 2]] = np.array([VALUE_OF[kind] for kind in range(3)])[table[:, 3]]
    n_seen = np.maximum((~np.isnan(matrix)).sum(axis=0), 1)
    mean = np.nansum(matrix, axis=0) / n_seen
    centred = np.where(np.isnan(matrix), 0.0, matrix - mean)
    _values, axes = np.linalg.eigh(centred.T @ centred)
    return np.asarray(np.sqrt(N_IDEAS) * (1 - mean) * np.linalg.norm(axes[:, -2:], axis=1))


def by_agreement(votes: Votes, _known: Array) -> Array:
    return votes.counts[..., AGREE].sum(axis=0)


def equal(_votes: Votes, _known: Array) -> Array:
    return np.ones(N_IDEAS)


def drawn_by_chances(weights: Array, rng: np.random.Generator) -> int:
    return int(np.searchsorted(np.cumsum(chances(weights)), rng.random()))


def drawn_in_proportion(weights: Array, rng: np.random.Generator) -> int:
    return int(np.searchsorted(np.cumsum(weights / weights.sum()), rng.random()))


def first(weights: Array, _rng: np.random.Generator) -> int:
    return int(weights.argmax())


ROUTINGS: dict[str, tuple[Weights, Callable[[Array, np.random.Generator], int]]] = {
    "ours": (ours, drawn_by_chances),
    "equal chances": (equal, drawn_in_proportion),
    "Polis": (published, drawn_in_proportion),
    "most agreed first": (by_agreement, first),
}


def cells_of_rows(votes: Votes) -> Cells:
    table = np.array(votes.rows).reshape(-1, 4)
    shape = int(table[:, 0].max(initial=-1)) + 1, N_IDEAS
    kinds = []
    for kind in (AGREE, DISAGREE, PASS):
        rows = table[table[:, 3] == kind]
        ones = np.ones(len(rows), dtype=np.float32)
        matrix = sparse.csr_array((ones, (rows[:, 0], rows[:, 2])), shape=shape)
        matrix.sort_indices()
        kinds.append(matrix)
    return Cells(*kinds)


@dataclass
class Seen:
    """What a run came to.

    :param at: by reading, votes of each group on each idea when the median idea had its 60 votes; none if it never had
    :param waited: votes in the forum from the arrival of each late idea until it had `LATE_ENOUGH`, of those that had
    """

    at: dict[str, Array | None]
    end: Array
    waited: list[float]
    n_late: int


def run(world: World, routing: str, found: bool, cap: int, rng: np.random.Generator) -> Seen:
    """Let people come until the median idea has 60 votes from each group, or the forum `cap` votes."""
    weigh, draw = ROUTINGS[routing]
    if found and routing == "ours":
        weigh = ours_found
    votes = Votes(np.zeros((len(world.sizes), N_IDEAS, 3)))
    known = world.arrives <= 0
    weights, new_weight = weigh(votes, known), weigh(votes, np.zeros(N_IDEAS, bool))
    at: dict[str, Array | None] = {"in all": None, "of each group": None}
    waited: dict[int, float] = {}
    n_votes, person, last = 0, 0, 0
    while n_votes < cap:
        group = int(rng.choice(len(world.sizes), p=world.sizes))
        left = world.arrives <= n_votes
        for _ in range(max(1, int(rng.poisson(VOTES_EACH)))):
            options = np.flatnonzero(left)
            if not len(options):
                break
            shown = np.where(known, weights, new_weight)[options]
            idea = int(options[min(draw(shown, rng), len(options) - 1)])
            left[idea] = False
            kind = PASS
            if rng.random() >= world.passes[idea]:
                kind = AGREE if rng.random() < world.agrees[group, idea] else DISAGREE
            votes.counts[group, idea, kind] += 1
            votes.rows.append((person, group, idea, kind))
            n_votes += 1
            if world.arrives[idea] > 0 and idea not in waited and votes.counts[:, idea].sum() >= LATE_ENOUGH:
                waited[idea] = n_votes - world.arrives[idea]
        person += 1
        if n_votes - last >= max(SNAPSHOT_VOTES, SNAPSHOT_SHARE * n_votes):
            last, known = n_votes, world.arrives <= n_votes
            weights = weigh(votes, known)
        by_group = votes.by_group
        for reading, value in (("in all", by_group.sum(axis=0)), ("of each group", by_group.min(axis=0))):
            if at[reading] is None and np.median(value) >= MEDIAN:
                at[reading] = by_group.copy()
        if at["of each group"] is not None:
            break
    return Seen(at, votes.by_group, list(waited.values()), int((world.arrives > 0).sum()))


def told(people: str, routing: str, seen: list[tuple[World, Seen]]) -> dict[str, Any]:
    """Return the figures of some runs; for what never came about, those of the end.

    `minority_30`: share of the minority ideas with 30 votes of each group. `least`: votes of the group that has voted
    on an idea least, [smallest, median] over minority ideas and over all.
    """
    line: dict[str, Any] = {"people": people, "routing": routing}
    for reading in ("in all", "of each group"):
        came = all(one.at[reading] is not None for _world, one in seen)
        tables = [(world, one.at[reading] if came else one.end) for world, one in seen]
        minority = np.concatenate([table.min(axis=0)[world.is_minority] for world, table in tables])
        every = np.concatenate([table.min(axis=0) for _world, table in tables])
        line[f"median 60 {reading}" + ("" if came else ": never")] = {
            "votes": round(float(np.mean([table.sum() for _world, table in tables]))),
            "minority_30": round(float((minority >= ENOUGH).mean()), 3),
            "least_minority": [int(minority.min()), float(np.median(minority))],
            "least_all": [int(every.min()), float(np.median(every))],
        }
    waited = [value for _world, one in seen for value in one.waited]
    line["late_votes_until_10"] = round(float(np.median(waited))) if waited else None
    line["late_with_10"] = round(len(waited) / sum(one.n_late for _world, one in seen), 2)
    return line


def fairness(options: argparse.Namespace) -> None:
    for people, sizes in PEOPLES.items():
        cap = round(1.5 * MEDIAN * N_IDEAS / min(sizes))
        for routing in ["ours"] if options.found else ROUTINGS:
            seen = []
            for seed in range(options.runs):
                world = planted(sizes, MEDIAN * N_IDEAS, np.random.default_rng(seed))
                rng = np.random.default_rng(1_000 + seed)
                seen.append((world, run(world, routing, options.found, cap, rng)))
            print(json.dumps(told(people, routing, seen)), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.queue", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--found", action="store_true", help="ours alone, with the groups that each snapshot finds")
    fairness(parser.parse_args())


if __name__ == "__main__":
    main()
