"""Fairness and cost of slates: `python -m tests.benchmarks.slate [--profiles N] [--only polarised|gaps|cost|oracle]`.

One JSON line for each part. `polarised`: planted camps of which the largest has half of the people, ours beside the
most approved ideas; every proof goes through `verify_slate.py`. `gaps`: the same with 29 % of the votes hidden, judged
by all votes. `cost`: seconds for 10,000 people and 60 ideas. `oracle`: equal to abcvoting's answer, for which one runs
this with a Python that has numpy and abcvoting.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from nlp.opinion.slate import slate
from nlp.opinion.slate_gaps import missing_support
from nlp.opinion.slate_rules import Ballots, choose, order_by_approvals, seed_order
from nlp.opinion.verify_slate import faults

SIZE, IDEAS, PEOPLE = 7, 60, 300
CAMPS = ([0.5, 0.25, 0.25], [0.5, 0.2, 0.15, 0.15])  # shares of the people, in turn
Array = np.ndarray[Any, Any]


def planted(random: np.random.Generator, people: int, ideas: int, shares: list[float]) -> tuple[Array, Array]:
    """Return votes and camps: people approve most ideas of their camp, and up to a tenth of them any other."""
    camp, origin = random.choice(len(shares), people, p=shares), random.integers(0, len(shares), ideas)
    liking = np.where(camp[:, None] == origin, random.beta(4, 2, ideas), 0.1 * random.random(ideas))
    return np.where(random.random((people, ideas)) < liking, 1.0, -1.0), camp


def most_approved(votes: Array) -> list[int]:
    approvals = (votes > 0).sum(axis=0)
    return order_by_approvals(approvals, seed_order(0, range(len(approvals))))[:SIZE].tolist()


def is_fair(votes: Array, ideas: list[int]) -> bool:
    return bool(missing_support((votes > 0).astype(float), np.ones(len(votes)), ideas, SIZE).min() > 0)


def worst_tenth(votes: Array, ideas: list[int]) -> float:
    served = np.sort((votes[:, ideas] > 0).sum(axis=1))
    return float(served[: -(-len(served) // 10)].mean())


def compared(chosen: list[tuple[Array, list[int], list[int]]]) -> dict[str, float]:
    """Return share of fair slates and mean of the worst-served tenth, by all votes."""
    ours = [(is_fair(votes, ideas), worst_tenth(votes, ideas)) for votes, ideas, _top in chosen]
    tops = [(is_fair(votes, top), worst_tenth(votes, top)) for votes, _ideas, top in chosen]
    fair, tenth = np.mean(ours, axis=0).tolist()
    top_fair, top_tenth = np.mean(tops, axis=0).tolist()
    return {"ejr_plus": fair, "ejr_plus_top": top_fair, "worst_tenth": tenth, "worst_tenth_top": top_tenth}


def polarised(profiles: int) -> dict[str, Any]:
    random, chosen, verified, completed = np.random.default_rng(0), [], 0, 0
    for number in range(profiles):
        votes, _camp = planted(random, PEOPLE, IDEAS, CAMPS[number % len(CAMPS)])
        one = slate(votes, SIZE, seed=number)
        verified += not list(faults(json.loads(json.dumps(one.proof()))))
        completed += sum(choice.part == "completion" for choice in one.choices)
        chosen.append((votes, list(one.ideas), most_approved(votes)))
    return compared(chosen) | {"verified": verified / profiles, "completion": completed / profiles / SIZE}


def gaps(profiles: int) -> dict[str, Any]:
    random, chosen, fair, same = np.random.default_rng(1), [], [], []
    for number in range(profiles):
        votes, camp = planted(random, PEOPLE, IDEAS, CAMPS[number % len(CAMPS)])
        seen = np.where(random.random(votes.shape) < 0.29, np.nan, votes)
        one = slate(seen, SIZE, seed=number, groups=camp, draws=20)
        if one.draws is not None:
            fair.append(one.draws.fair / one.draws.drawn)
            same.append(one.draws.same / one.draws.drawn)
        chosen.append((votes, list(one.ideas), most_approved(seen)))
    return compared(chosen) | {"draws_fair": float(np.mean(fair)), "draws_same": float(np.mean(same))}


def cost(_profiles: int) -> dict[str, Any]:
    random = np.random.default_rng(2)
    votes, camp = planted(random, 10_000, IDEAS, CAMPS[1])
    loose = np.where(random.random((10_000, IDEAS)) < random.uniform(0.2, 0.7, IDEAS), 1.0, -1.0)
    found: dict[str, Any] = {}
    for name, table in (("camps", votes), ("loose", loose)):
        found[f"{name}_slate_and_proof_s"], proof = timed(lambda table=table: slate(table, SIZE).proof())
        found[f"{name}_proof_mb"] = len(json.dumps(proof)) / 1e6
        found[f"{name}_verify_s"], wrong = timed(lambda proof=proof: list(faults(proof)))
        found[f"{name}_wrong"] = len(wrong)
        hidden = np.where(random.random(table.shape) < 0.29, np.nan, table)
        found[f"{name}_1000_draws_s"], _one = timed(lambda hidden=hidden: slate(hidden, SIZE, groups=camp))
    return found


def oracle(profiles: int) -> dict[str, Any]:
    """Compare with all committees that abcvoting finds, whichever way ties are broken."""
    from abcvoting import abcrules, properties
    from abcvoting.preferences import Profile

    random, equal, fair, done = np.random.default_rng(3), 0, 0, 0
    for number in range(profiles):
        people, ideas = int(random.integers(5, 80)), int(random.integers(4, 20))
        size = int(random.integers(1, min(ideas, 8) + 1))
        approves = random.random((people, ideas)) < random.uniform(0.05, 0.8, ideas)
        chosen = choose(Ballots(approves, np.ones(people, dtype=int)), size, seed_order(number, range(ideas)))
        if len(chosen) < size:  # too few ideas are approved at all; abcvoting fills up with others
            continue
        profile = Profile(ideas)
        profile.add_voters([set(np.flatnonzero(row).tolist()) for row in approves])
        ours = tuple(sorted(choice.idea for choice in chosen))
        theirs = abcrules.compute_equal_shares(profile, size, algorithm="standard-fractions", resolute=False)
        equal += ours in {tuple(sorted(one)) for one in theirs}
        fair += bool(properties.check_EJR_plus(profile, ours))
        done += 1
    return {"compared": done, "equal": equal, "ejr_plus_by_abcvoting": fair}


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    answer = call()
    return time.perf_counter() - began, answer


PARTS = {"polarised": polarised, "gaps": gaps, "cost": cost, "oracle": oracle}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.slate", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--profiles", type=int, default=1_000)
    parser.add_argument("--only", choices=tuple(PARTS))
    options = parser.parse_args(arguments)
    for name, part in PARTS.items():
        if options.only in {None, name}:
            seconds, found = timed(lambda part=part: part(options.profiles))
            figures = {key: round(value, 4) for key, value in found.items()}
            print(json.dumps({"part": name} | figures | {"seconds": round(seconds, 1)}), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
