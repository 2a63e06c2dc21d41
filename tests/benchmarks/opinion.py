"""Opinion groups and scores on real and on planted votes: `python -m tests.benchmarks.opinion PART [--sets FOLDER]`.

`sets`: losses and stability of ours beside the published recipe, at 2 and 3 groups and at the own number, for each
folder of Polis exports in FOLDER; red-dwarf too where it is installed (extra `[bench]`). `halves`: how well the order
found from half of the people matches the other half. `number`: the number of groups and
the losses by bar of stability, with the number of all votes and with one chosen on the kept votes. `coverage`: how many
90 % intervals hold what was planted. `scale`: groups of 100,000 people × 1,000 ideas at 8 %; with `--scores` the whole
job, intervals and badges too.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import resource
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse
from scipy.stats import spearmanr
from sklearn.metrics import adjusted_rand_score

from nlp.opinion.cells import MIN_VOTES, Cells, cells_of, membership
from nlp.opinion.command import describe, score
from nlp.opinion.common_ground import common_ground, thirds
from nlp.opinion.groups import METHODS, OpinionGroups
from nlp.opinion.holdout import HIDDEN_SHARE, SEEDS, Grouping, holdout, loss_of
from nlp.opinion.number import MAX_GROUPS, Choice, choose_number, choose_number_from, fit_all
from nlp.opinion.polis import group_informed_consensus, polis_positions
from nlp.opinion.votes import VoteTable, read_votes
from tests.nlp.opinion.planted import planted

MIN_IDEA_VOTES = 30
N_SPLITS = 4
BARS = (0.80, 0.85, 0.88, 0.90, 0.92, 0.94, 0.95, 0.96)
KINDS = ((0, 1, 2), (0, 1))  # of votes: all, and those that agree or disagree
Floats = np.ndarray[Any, Any]
_OfNumbers = tuple[Choice, dict[int, Floats], dict[int, list[float | None]]]


def tables(folder: Path) -> dict[str, VoteTable]:
    paths = sorted(path for path in folder.iterdir() if (path / "participants-votes.csv").exists())
    return {path.name: read_votes(path / "participants-votes.csv", path / "comments.csv") for path in paths}


def sets(folder: Path) -> None:
    for method in METHODS:
        for n_groups in (2, 3, None):
            found = []
            for name, table in tables(folder).items():
                if _is_usable(table.cells):
                    said = describe(table, method, n_groups)
                    found.append(
                        [said[key] or 0.0 for key in ("holdout_logloss", "holdout_stance_logloss", "ari_self")]
                    )
                    found[-1].append(said["n_groups"])
                    if n_groups is None:
                        print(json.dumps({"set": name, **said}), flush=True)
            loss, stance, likeness, number = np.mean(found, axis=0).round(4).tolist()
            told = {"method": method, "groups": n_groups, "sets": len(found), "mean_groups": number}
            print(json.dumps({**told, "logloss": loss, "stance_logloss": stance, "ari_self": likeness}), flush=True)


def red_dwarf(n_groups: int | None) -> Grouping:
    """Return red-dwarf's grouping (the extra `[bench]`); none where it raises."""
    from reddwarf.implementations.polis import run_pipeline  # only where it is installed

    def group(cells: Cells) -> Any:
        rows = []
        for kind, vote in zip(cells.kinds, (1, -1, 0), strict=True):
            people = np.repeat(np.arange(kind.shape[0]), np.diff(kind.indptr)).tolist()
            rows += [
                {"participant_id": person, "statement_id": idea, "vote": vote}
                for person, idea in zip(people, kind.indices.tolist(), strict=True)
            ]
        labels = np.full(cells.shape[0], -1)
        found = run_pipeline(votes=rows, force_group_count=n_groups, random_state=0).participants_df["cluster_id"]
        known = found.dropna()
        labels[known.index.to_numpy(dtype=int)] = known.to_numpy(dtype=int)
        return labels

    return group


def sets_of_red_dwarf(folder: Path) -> None:
    for n_groups in (2, 3, None):
        found = []
        for table in tables(folder).values():
            if _is_usable(table.cells):
                labels = red_dwarf(n_groups)(table.cells)
                n_found = len(np.unique(labels[labels >= 0]))
                held = holdout(table.cells, red_dwarf(n_groups or n_found), labels)
                found.append([held.logloss or 0.0, held.stance_logloss or 0.0, held.ari_self or 0.0, n_found])
        loss, stance, likeness, number = np.mean(found, axis=0).round(4).tolist()
        told = {"method": "red-dwarf", "groups": n_groups, "sets": len(found), "mean_groups": number}
        print(json.dumps({**told, "logloss": loss, "stance_logloss": stance, "ari_self": likeness}), flush=True)


def halves(folder: Path, n_draws: int) -> None:
    """The rank match of a score with the other half's worst third (share shrunk by 8 votes), and with itself there."""
    by_set = []
    for table in tables(folder).values():
        cells = _usable(table.cells)
        if not cells.shape[1]:
            continue
        rows = []
        for seed in range(N_SPLITS):
            order = np.random.default_rng(seed).permutation(cells.shape[0])
            two = [cells.rows(np.sort(part)) for part in np.array_split(order, 2)]
            seen = np.all([half.totals().sum(axis=1) > 0 for half in two], axis=0)
            target = [_worst_third(half) for half in two]
            ours = [common_ground(half, np.zeros(half.shape[0], int), n_draws=n_draws).order_score for half in two]
            published = [_published(half) for half in two]
            rows.append([value for pair in (ours, published) for value in _match(pair, target, seen)])
        by_set.append(np.mean(rows, axis=0))
    ours_third, ours_itself, gic_third, gic_itself = np.mean(by_set, axis=0).round(3).tolist()
    print(json.dumps({"score": "ours", "sets": len(by_set), "worst_third": ours_third, "itself": ours_itself}))
    print(json.dumps({"score": "gic", "sets": len(by_set), "worst_third": gic_third, "itself": gic_itself}))


def number(folder: Path) -> None:
    """Losses and likeness with the number of all votes (`held`), chosen with that as the last run's, and anew."""
    kept = {name: _by_number(table.cells) for name, table in tables(folder).items() if _is_usable(table.cells)}
    for bar in BARS:
        by_set = []
        for (all_choice, all_labels, _losses), rows in kept.values():
            k = choose_number_from(all_choice.stability, all_choice.gain, None, bar)
            told = []
            for choice, labels, losses in rows:
                known, anew = (choose_number_from(choice.stability, choice.gain, last, bar) for last in (k, None))
                for chosen in (k if k in labels else 1, known, anew):
                    told.append([*losses[chosen], _likeness(all_labels[k], labels[chosen]), float(chosen != k)])
            by_set.append([[k] * 4, *np.mean(np.reshape(told, (len(rows), 3, 4)), axis=0).tolist()])
        (groups, *_same), *means = np.mean(by_set, axis=0).round(3).tolist()
        said = dict(zip(("held", "last_run_known", "anew"), means, strict=True))
        print(json.dumps({"bar": bar, "sets": len(kept), "mean_groups": groups, **said}), flush=True)


def _by_number(cells: Cells) -> tuple[_OfNumbers, list[_OfNumbers]]:
    """Return what holds of all votes, and of the votes that stay in each of the three draws of `holdout`."""
    rows = []
    for seed in SEEDS:
        stay, hidden = cells.split(np.random.default_rng(seed).random(cells.n_votes) < HIDDEN_SHARE)
        choice, labels = _fitted(stay)
        losses = {k: [loss_of(stay, hidden, found, kinds) for kinds in KINDS] for k, found in labels.items()}
        rows.append((choice, labels, losses))
    return (*_fitted(cells), {}), rows


def _fitted(cells: Cells) -> tuple[Choice, dict[int, Floats]]:
    """Return stability and gain, and the group of each person by number of groups, negative for none."""
    enters = cells.entering()
    inside = cells.rows(enters)
    fitted = fit_all(inside, range(2, MAX_GROUPS + 1), 0)
    labels = {1: np.where(enters, 0, -1)}
    for k, (memberships, _mixture) in fitted.items():
        labels[k] = np.full(cells.shape[0], -1)
        labels[k][enters] = memberships.argmax(axis=1)
    return choose_number(inside, fitted, 0), labels


def _likeness(first: Floats, second: Floats) -> float:
    both = (first >= 0) & (second >= 0)
    return float(adjusted_rand_score(first[both], second[both]))


def _is_usable(cells: Cells) -> bool:
    return bool((cells.totals().sum(axis=1) >= MIN_IDEA_VOTES).any())


def coverage(n_peoples: int, n_draws: int) -> None:
    """Of the groups as found, and of the groups as planted; the smallest share of the groups beside each."""
    held: dict[str, list[float]] = {key: [] for key in ("groups", "minimum", "known_groups", "known_minimum")}
    for seed in range(n_peoples):
        made = planted(400, 40, spread=1.8, seen=0.7, seed=seed)
        found = OpinionGroups(n_groups=3).fit(made.votes, made.groups).labels_
        for labels, prefix in ((found, ""), (made.groups, "known_")):
            ground = common_ground(made.votes, labels, n_draws=n_draws, random_state=seed)
            low, high, true = ground.group_low, ground.group_high, made.shares
            if len(low) == len(true):
                held[f"{prefix}groups"].append(float(((low <= true) & (true <= high)).mean()))
                lowest, bounds = true.min(axis=0), (low.min(axis=0), high.min(axis=0))
                held[f"{prefix}minimum"].append(float(((bounds[0] <= lowest) & (lowest <= bounds[1])).mean()))
    print(json.dumps({"peoples": n_peoples, **{key: round(float(np.mean(values)), 3) for key, values in held.items()}}))


def scale(n_people: int, n_ideas: int, spread: float, method: str, with_scores: bool) -> None:
    rng = np.random.default_rng(0)
    groups = rng.choice(4, n_people, p=[0.4, 0.3, 0.2, 0.1])
    leaning = rng.normal(0.5, 1, n_ideas) + rng.normal(0, spread, (4, n_ideas))
    passes = rng.beta(2, 8, n_ideas)
    ideas, values, ends = [], [], [0]
    for group in groups:
        seen = np.flatnonzero(rng.random(n_ideas) < 0.08).astype(np.int32)
        agrees = rng.random(len(seen)) < 1 / (1 + np.exp(-leaning[group, seen]))
        values.append(np.where(rng.random(len(seen)) < passes[seen], 0, np.where(agrees, 1, -1)).astype(np.float32))
        ideas.append(seen)
        ends.append(ends[-1] + len(seen))
    votes = sparse.csr_array((np.concatenate(values), np.concatenate(ideas), np.array(ends)), shape=(n_people, n_ideas))
    began, cpu = time.perf_counter(), time.process_time()
    found = OpinionGroups(method).fit(votes)
    said = {"method": method, "n_votes": votes.nnz, "n_groups": found.n_groups_}
    said["ari"] = round(float(adjusted_rand_score(groups, found.labels_)), 3)
    said |= {"seconds": round(time.perf_counter() - began, 1), "cpu_seconds": round(time.process_time() - cpu, 1)}
    said["groups_peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    if with_scores:
        said["badges"] = int(score(cells_of(votes), found.labels_).badges.badge.sum())
        said |= {"all_seconds": round(time.perf_counter() - began, 1), "all_cpu": round(time.process_time() - cpu, 1)}
    print(json.dumps({**said, "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)}))


def _usable(cells: Cells) -> Cells:
    """Return the people with 7 votes and the ideas with 30 of theirs."""
    cells = cells.rows(cells.entering())
    keep = np.flatnonzero(cells.totals().sum(axis=1) >= MIN_IDEA_VOTES)
    cells = Cells(*(sparse.csr_array(kind[:, keep]) for kind in cells.kinds))
    return cells.rows(cells.votes_per_person() >= min(MIN_VOTES, max(len(keep), 1)))


def _worst_third(cells: Cells) -> Floats:
    axis = polis_positions(cells, 0)[:, 0]
    counts = cells.counts(membership(thirds(axis, np.ones(len(axis))), range(3)))
    everybody = (counts[..., 0].sum(axis=0) + 0.5) / (counts.sum(axis=(0, 2)) + 1)
    return np.asarray(((counts[..., 0] + 8 * everybody) / (counts.sum(axis=-1) + 8)).min(axis=0))


def _published(cells: Cells) -> Floats:
    found = OpinionGroups("polis").fit_cells(cells)
    return group_informed_consensus(found.counts_)


def _match(scores: list[Floats], target: list[Floats], seen: Floats) -> list[float]:
    first, second = (score[seen] for score in scores)
    there = spearmanr(first, target[1][seen])[0], spearmanr(second, target[0][seen])[0]
    return [float(np.mean(there)), float(spearmanr(first, second)[0])]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("part", choices=["sets", "halves", "number", "coverage", "scale"])
    parser.add_argument("--sets", type=Path, default=Path("../shared/corpora/polis"))
    parser.add_argument("--method", choices=METHODS, default="forum")
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--ideas", type=int, default=1_000)
    parser.add_argument("--spread", type=float, default=0.5, help="how far groups lean apart, log odds")
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--peoples", type=int, default=20)
    parser.add_argument("--scores", action="store_true", help="with scale")
    options = parser.parse_args()
    if options.part == "sets":
        sets(options.sets)
        if importlib.util.find_spec("reddwarf"):
            sets_of_red_dwarf(options.sets)
    elif options.part == "halves":
        halves(options.sets, options.draws)
    elif options.part == "number":
        number(options.sets)
    elif options.part == "coverage":
        coverage(options.peoples, options.draws)
    else:
        scale(options.people, options.ideas, options.spread, options.method, options.scores)


if __name__ == "__main__":
    main()
