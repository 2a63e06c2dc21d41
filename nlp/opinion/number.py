"""How many groups there are: as many as come back when votes are hidden, and foretell the hidden votes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from sklearn.metrics import adjusted_rand_score

from nlp.opinion.cells import Cells, Floats, Labels
from nlp.opinion.lowrank import Positions, fit_positions
from nlp.opinion.mixture import PASS_SAYS, Mixture, fit_mixture, learn, start_from_positions, with_habits

MAX_GROUPS = 5
RANK = 4  # axes that the first guess is made on: enough to keep five groups apart
N_RESAMPLES, N_RESAMPLES_OF_MANY = 6, 2
MANY = 5_000  # people above whom fewer resamples are enough
CLEAR = 0.8  # membership from which a person's group is clear; stability is that of clear people
HIDDEN_SHARE = 0.1
MIN_STABILITY = 0.88  # mean adjusted Rand index with the groups of all votes
HYSTERESIS = 0.1  # the number of the last run stays until its groups come back this much worse than that
GAIN_HYSTERESIS = 0.005  # gain per hidden vote by which one group, or the number of the last run, stays
SMALLEST_SHARE, SMALLEST_COUNT = 0.02, 3  # a cut with a smaller group is not considered


@dataclass(frozen=True)
class Choice:
    """The number chosen, and by number what speaks for it.

    :param stability: mean adjusted Rand index, 0 unlike … 1 the same people together
    :param gain: smallest gain in log likelihood per hidden vote, natural log, over one group
    """

    n_groups: int
    stability: dict[int, float] = field(default_factory=dict)
    gain: dict[int, float] = field(default_factory=dict)


def fit_all(
    cells: Cells, numbers: Sequence[int], seed: int, positions: Positions | None = None
) -> dict[int, tuple[Floats, Mixture]]:
    """Return memberships and what the groups say for each number of groups that these people can be cut into.

    :param positions: of these people, where they are known already
    """
    known = fit_positions(cells, RANK, np.random.default_rng(seed)) if positions is None else positions
    placed = with_habits(known.people, cells)
    n_different = len(np.unique(placed.round(5), axis=0))
    fitted = {}
    for k in numbers:
        if 1 < k <= n_different:
            fitted[k] = fit_mixture(cells, start_from_positions(placed, k, seed))
    return fitted


def choose_number(
    cells: Cells, fitted: Mapping[int, tuple[Floats, Mixture]], seed: int, last_number: int | None = None
) -> Choice:
    """Choose among the numbers fitted; one group where no cut foretells hidden votes.

    :param last_number: groups of the last run, which stay while they nearly come back
    """
    labels = {k: memberships.argmax(axis=1) for k, (memberships, _mixture) in fitted.items()}
    labels = {k: found for k, found in labels.items() if _is_cut(found, k)}
    if not labels:
        return Choice(1)
    likeness: dict[int, list[float]] = {k: [] for k in labels}
    gains: dict[int, list[float]] = {k: [] for k in labels}
    rng = np.random.default_rng(seed)
    clear = {k: fitted[k][0].max(axis=1) >= CLEAR for k in labels}
    is_many = cells.shape[0] > MANY
    for _resample in range(N_RESAMPLES_OF_MANY if is_many else N_RESAMPLES):
        stay, hidden = cells.split(rng.random(cells.n_votes) < HIDDEN_SHARE)
        alone = learn(stay, np.ones((stay.shape[0], 1), dtype=np.float32))
        base = _log_likelihood(alone, hidden, np.ones((stay.shape[0], 1), dtype=np.float32))
        again = fit_all(stay, list(labels), seed)
        for k, found in labels.items():
            if k not in again:
                likeness[k].append(0.0)
                gains[k].append(0.0)
                continue
            memberships, mixture = again[k]
            other = memberships.argmax(axis=1)
            likeness[k].append(float(adjusted_rand_score(found[clear[k]], other[clear[k]])))
            gains[k].append(_log_likelihood(mixture, hidden, memberships) - base)
    stability = {k: float(np.mean(values)) for k, values in likeness.items()}
    gain = {k: float(np.min(values)) / max(cells.n_votes * HIDDEN_SHARE, 1) for k, values in gains.items()}
    return Choice(choose_number_from(stability, gain, last_number), stability, gain)


def choose_number_from(
    stability: Mapping[int, float],
    gain: Mapping[int, float],
    last_number: int | None,
    min_stability: float = MIN_STABILITY,
) -> int:
    """Return the number that stability and gain speak for; that of the last run has the benefit of the doubt."""
    if last_number is not None and last_number in stability:
        is_back = stability[last_number] >= min_stability - HYSTERESIS
        if is_back and gain[last_number] > -GAIN_HYSTERESIS:
            return last_number
    telling = [k for k in stability if gain[k] > (GAIN_HYSTERESIS if last_number == 1 else 0)]
    if not telling:
        return 1
    stable = [k for k in telling if stability[k] >= min_stability]
    return max(stable) if stable else min(telling)


def _is_cut(labels: Labels, k: int) -> bool:
    sizes = np.bincount(labels, minlength=k)
    return bool(sizes.min() >= max(SMALLEST_COUNT, SMALLEST_SHARE * len(labels)))


def _log_likelihood(mixture: Mixture, hidden: Cells, memberships: Floats) -> float:
    """Return the log likelihood of hidden votes, passing or not weighing less than what is said.

    Each vote is told by all groups, as far as its person belongs to them.
    """
    total = 0.0
    for kind, agrees, passes in zip(hidden.kinds, (True, False, None), (False, False, True), strict=True):
        person = np.repeat(np.arange(kind.shape[0]), np.diff(kind.indptr))
        own = memberships[person]
        passing = (own * mixture.passing.T[kind.indices]).sum(axis=1)
        total += PASS_SAYS * float(np.log(passing if passes else 1 - passing).sum())
        if agrees is not None:
            agreement = (own * mixture.agreement.T[kind.indices]).sum(axis=1)
            total += float(np.log(agreement if agrees else 1 - agreement).sum())
    return total
