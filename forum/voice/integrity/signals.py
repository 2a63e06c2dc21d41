"""Signals in a campaign's votes that a moderator should look at. Pure functions: votes in, figures and people out.

None of them is a proof, and all of them can be seen in honest votes; `models.INNOCENT` says when. The thresholds are
ours. They are set so that what classes and clubs do does not reach them (`tests/forum/voice/integrity/test_signals.py`
has such crowds) and so that they pass by whoever takes trouble to look like a person.

Who votes when is read from `Vote.cast_at`, not from when votes arrived: those that waited on a device arrive together.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

MINUTE, HOUR, DAY = 60, 3_600, 86_400

# A burst: at least so many like votes on one idea within the window, by people of whom most have voted on little else.
BURST_WINDOW = 10 * MINUTE
BURST_VOTES = 12
BURST_LOG_P = math.log(1e-6)  # for all ideas of the campaign together
FEW_VOTES = 3
MOSTLY = 0.8  # of the people

# The same pattern: at least so many people with the same votes on so many ideas, beyond what the ideas' shares explain.
PATTERN_PEOPLE = 5
PATTERN_IDEAS = 10
PATTERN_LOG_P = math.log(1e-6)
NEAR_SHARE = 0.25  # of the people with the pattern
MAX_PATTERNS = 50  # the most common ones are looked at

# Too fast: so many votes in a row in less time than their texts take.
RUN_VOTES = 20
CHARS_PER_SECOND = 50.0
"""Three times the 238 words a minute at which adults read (Brysbaert 2019), at four characters to a Korean word."""
MAX_CHARS_READ = 100  # of a text; who reads no further has not read nothing
FAST_PEOPLE = 3

# One hour: at least so many voters whose accounts were made within it, who vote alike beyond what all others do.
HOUR_PEOPLE = 10
HOUR_LOG_P = math.log(1e-6)
LIKENESS = 0.4
SHARED_BY = 5  # of these people, and of all others, on an idea

KINDS = BURST, SAME_PATTERN, TOO_FAST, SAME_HOUR = "BURST", "SAME_PATTERN", "TOO_FAST", "SAME_HOUR"


@dataclass(frozen=True)
class CastVotes:
    """A campaign's votes that count, a row for each, and what is known of their people and ideas.

    :param participant_ids: (n_people,) ascending; `account_made` seconds since 1970 beside, NaN where unknown
    :param idea_ids: (n_ideas,) ascending; `n_chars` of title and text beside
    :param person: (n_votes,) position among the people; `idea` among the ideas
    :param value: (n_votes,) 1, 0 or -1; `cast_at` seconds since 1970 beside
    """

    participant_ids: np.ndarray[Any, Any]
    account_made: np.ndarray[Any, Any]
    idea_ids: np.ndarray[Any, Any]
    n_chars: np.ndarray[Any, Any]
    person: np.ndarray[Any, Any]
    idea: np.ndarray[Any, Any]
    value: np.ndarray[Any, Any]
    cast_at: np.ndarray[Any, Any]


@dataclass(frozen=True)
class Signal:
    """Something found.

    :param key: tells it from others of its kind, and is the same when it is measured again: at most 64 characters
    :param people: participant id -> how many of the person's votes it is about
    :param measured: figures by name, as `models.VoteFinding.measured` keeps them
    """

    kind: str
    key: str
    people: Mapping[int, int]
    measured: Mapping[str, Any] = field(default_factory=dict)


def find_signals(votes: CastVotes) -> list[Signal]:
    """Return all that is found, in a fixed order."""
    if not len(votes.value):
        return []
    return [*bursts(votes), *same_patterns(votes), *too_fast(votes), *same_hours(votes)]


def log_tail_bound(n: float, expected: float) -> float:
    """Return an upper bound of ln P(X ≥ n) for a Poisson number X: Chernoff's, n − λ + n ln(λ/n); 0 where n ≤ λ.

    Mitzenmacher & Upfal, Probability and Computing (2005), theorem 5.4.
    """
    if n <= expected:
        return 0.0
    return n - expected + n * math.log(expected / n)


def bursts(votes: CastVotes) -> Iterator[Signal]:
    """Find like votes on one idea within `BURST_WINDOW`, at most one burst for each idea: its densest.

    An idea's burst has n ≥ `BURST_VOTES` votes of one value, and P(X ≥ n) · n_ideas ≤ 1e-6 for a Poisson X of mean
    λ = max(1, W · share, R · `BURST_WINDOW`): W votes on all other ideas in the window, times the idea's share of all
    votes outside the window; R is the idea's own rate outside it, votes a second. A busy hour raises W, so that ideas
    on which a whole class votes are none. And at least `MOSTLY` of its people have at most `FEW_VOTES` votes in all:
    who comes for one idea alone.
    """
    times = np.sort(votes.cast_at)
    n_of_person = np.bincount(votes.person, minlength=len(votes.participant_ids))
    order = np.lexsort((votes.cast_at, votes.value, votes.idea))
    idea, value, cast_at = votes.idea[order], votes.value[order], votes.cast_at[order]
    edges = np.flatnonzero(np.diff(idea) != 0) + 1
    for rows in np.split(np.arange(len(order)), edges):
        if len(rows) < BURST_VOTES:
            continue
        found = _densest(cast_at[rows], value[rows])
        if found is None:
            continue
        inside = rows[found]
        n, start = len(inside), float(cast_at[inside[0]])
        end = start + BURST_WINDOW
        of_idea = cast_at[rows]
        n_own_inside = int(((of_idea >= start) & (of_idea <= end)).sum())
        n_inside = int(np.searchsorted(times, end, side="right") - np.searchsorted(times, start, side="left"))
        n_own_outside, n_outside = len(rows) - n_own_inside, len(times) - n_inside
        share = (n_own_outside + 1) / (n_outside + len(votes.idea_ids))
        span = max(float(times[-1] - times[0]) - BURST_WINDOW, HOUR)
        expected = max(1.0, (n_inside - n_own_inside) * share, n_own_outside / span * BURST_WINDOW)
        if log_tail_bound(n, expected) + math.log(len(votes.idea_ids)) > BURST_LOG_P:
            continue
        people = votes.person[order[inside]]
        n_only = int((n_of_person[people] <= FEW_VOTES).sum())
        if n_only < MOSTLY * n:
            continue
        idea_id = int(votes.idea_ids[idea[rows[0]]])
        yield Signal(
            BURST,
            f"{idea_id}:{int(start // DAY)}",
            {int(votes.participant_ids[one]): 1 for one in people},
            {
                "ideas": [idea_id],
                "votes": n,
                "expected": round(expected, 1),
                "only_few": n_only,
                "from": start,
                "until": float(cast_at[inside[-1]]),
            },
        )


def _densest(cast_at: Any, value: Any) -> Any:
    """Return the positions of the most votes of one value within the window; None if they are too few."""
    best = None
    for one in (1, -1, 0):
        own = np.flatnonzero(value == one)  # ascending in time
        if len(own) < BURST_VOTES:
            continue
        ends = np.searchsorted(cast_at[own], cast_at[own] + BURST_WINDOW, side="right")
        counts = ends - np.arange(len(own))
        first = int(counts.argmax())
        if counts[first] >= BURST_VOTES and (best is None or counts[first] > len(best)):
            best = own[first : ends[first]]
    return best


def same_patterns(votes: CastVotes) -> Iterator[Signal]:
    """Find people with the same votes on the same ideas.

    A pattern is all votes of somebody with at least `PATTERN_IDEAS` of them, if `PATTERN_PEOPLE` people share them
    whole; who has cast others beside is added. It counts if

    - it is no matter of course: P(X ≥ n_with_it) ≤ 1e-6 for a Poisson X of mean n_people · 2^−bits, where bits is the
      sum over its ideas of −log2 q, and q the share of its vote among people without it, (n_same + 1) / (n + 3). Ideas
      with which nearly everybody agrees add next to nothing to bits.
    - it has no neighbours: at most `NEAR_SHARE` as many people differ from it in one vote. People of one mind, a camp
      or a class, differ here and there: with 5 % of such slips on ten ideas there are half as many of them as there
      are exact copies. Copies made by a program have none.
    """
    groups: dict[bytes, list[int]] = {}
    order = np.lexsort((votes.idea, votes.person))
    person = votes.person[order]
    pairs = (votes.idea[order].astype(np.int64) * 3 + (votes.value[order] + 1)).astype(np.int64)
    for rows in np.split(np.arange(len(order)), np.flatnonzero(np.diff(person)) + 1):
        if len(rows) >= PATTERN_IDEAS:
            groups.setdefault(pairs[rows].tobytes(), []).append(int(person[rows[0]]))
    common = sorted(
        (group for group in groups.items() if len(group[1]) >= PATTERN_PEOPLE), key=lambda g: (-len(g[1]), g[0])
    )
    taken: set[int] = set()
    for pattern, exact in common[:MAX_PATTERNS]:
        found = _pattern(votes, np.frombuffer(pattern, dtype=np.int64), exact)
        if found is not None and not taken >= set(found.people):
            taken |= set(found.people)
            yield found


def _pattern(votes: CastVotes, pairs: Any, exact: Sequence[int]) -> Signal | None:
    ideas, values = pairs // 3, pairs % 3 - 1
    wanted = np.full(len(votes.idea_ids), 2, dtype=np.int8)
    wanted[ideas] = values
    is_on_it, is_same = wanted[votes.idea] != 2, wanted[votes.idea] == votes.value
    n_people = len(votes.participant_ids)
    n_same = np.bincount(votes.person[is_same], minlength=n_people)
    members, near = n_same == len(ideas), n_same == len(ideas) - 1
    n_members, n_near = int(members.sum()), int(near.sum())
    others = is_on_it & ~members[votes.person]
    n_votes = np.bincount(votes.idea[others], minlength=len(votes.idea_ids))[ideas]
    n_agreeing = np.bincount(votes.idea[others & is_same], minlength=len(votes.idea_ids))[ideas]
    bits = float(-np.log2((n_agreeing + 1) / (n_votes + 3)).sum())
    if (
        log_tail_bound(n_members, n_people * 2.0 ** -min(bits, 1_000)) > PATTERN_LOG_P
        or n_near > NEAR_SHARE * n_members
    ):
        return None
    cast_at = votes.cast_at[is_same & members[votes.person]]
    return Signal(
        SAME_PATTERN,
        hashlib.sha256(repr([votes.idea_ids[ideas].tolist(), values.tolist()]).encode()).hexdigest()[:32],
        {int(votes.participant_ids[one]): len(ideas) for one in np.flatnonzero(members)},
        {
            "ideas": votes.idea_ids[ideas].tolist(),
            "exact": len(exact),
            "near": n_near,
            "bits": round(bits, 1),
            "from": float(cast_at.min()),
            "until": float(cast_at.max()),
        },
    )


def too_fast(votes: CastVotes) -> Iterator[Signal]:
    """Find people who vote faster than anybody reads, by the day (in UTC) on which they did.

    A run is `RUN_VOTES` votes of a person in a row, in the order of `cast_at`, that took less time than their texts do
    at `CHARS_PER_SECOND`, of each no more than `MAX_CHARS_READ` characters. The first one's text does not count: when
    somebody began to read is not known. Votes of the same moment were sent together, from a list say, and tell nothing
    about reading: such a moment ends a run. A day is named if `FAST_PEOPLE` people have a run.
    """
    order = np.lexsort((votes.cast_at, votes.person))
    person, cast_at = votes.person[order], votes.cast_at[order]
    needed = np.minimum(votes.n_chars[votes.idea[order]], MAX_CHARS_READ) / CHARS_PER_SECOND
    passed = np.concatenate([[0.0], np.cumsum(needed)])
    breaks = np.concatenate([[0], np.cumsum((np.diff(person) != 0) | (np.diff(cast_at) <= 0))])
    n = len(order) - RUN_VOTES + 1
    if n < 1:
        return
    first, last = np.arange(n), np.arange(n) + RUN_VOTES - 1
    is_run = breaks[first] == breaks[last]
    took, takes = cast_at[last] - cast_at[first], passed[last + 1] - passed[first + 1]
    days: dict[int, dict[int, tuple[int, float, float]]] = {}
    for place in np.flatnonzero(is_run & (took < takes)).tolist():
        who, day = int(person[place]), int(cast_at[place] // DAY)
        seen = days.setdefault(day, {}).get(who)
        if seen is None or took[place] < seen[1]:
            days[day][who] = int(order[place]), float(took[place]), float(takes[place])
    for day, people in sorted(days.items()):
        if len(people) >= FAST_PEOPLE:
            yield Signal(
                TOO_FAST,
                str(day),
                {int(votes.participant_ids[one]): RUN_VOTES for one in sorted(people)},
                {
                    "votes": RUN_VOTES,
                    "took": round(float(np.median([took for _row, took, _takes in people.values()])), 1),
                    "takes": round(float(np.median([takes for _row, _took, takes in people.values()])), 1),
                    "from": float(min(votes.cast_at[row] for row, _took, _takes in people.values())),
                    "until": float(max(votes.cast_at[row] + took for row, took, _takes in people.values())),
                },
            )


def same_hours(votes: CastVotes) -> Iterator[Signal]:
    """Find voters whose accounts were made within an hour and who vote alike.

    There are n ≥ `HOUR_PEOPLE` of them, with P(X ≥ n) ≤ 1e-6 for a Poisson X whose mean is the number of the other
    voters' accounts by the hour, over the time in which they were made, at least 1. They vote alike if the mean over
    the ideas on which `SHARED_BY` of them and of the others voted, weighted by their votes, of

        (share of pairs of them with the same vote) − (the same for two independent votes of all others, Σ q²)

    is at least `LIKENESS`; q = (n_value + 1) / (n + 3). A class votes alike by about 0.1, on ideas that everybody likes
    by less, and by 0.3 where nine of ten always think the same; copies of one person, on ideas that divide, by 0.5.
    Named are those who vote as most of them do on at least `MOSTLY` of these ideas, if they still are `HOUR_PEOPLE`:
    others who came in the same hour have no part in it.
    """
    known = np.flatnonzero(~np.isnan(votes.account_made))
    by_time = known[np.argsort(votes.account_made[known], kind="stable")]
    made = votes.account_made[by_time]
    place = 0
    while place < len(made):
        end = int(np.searchsorted(made, made[place] + HOUR, side="right"))
        n = end - place
        if n < HOUR_PEOPLE or not _is_dense(made, n):
            place += 1
            continue
        members = np.zeros(len(votes.participant_ids), dtype=bool)
        members[by_time[place:end]] = True
        likeness, shared = _likeness(votes, members)
        people = _with_the_most(votes, members, shared) if likeness >= LIKENESS else {}
        if len(people) < HOUR_PEOPLE:
            place += 1
            continue
        own = votes.account_made[sorted(people)]
        yield Signal(
            SAME_HOUR,
            str(int(made[place] // HOUR)),
            {int(votes.participant_ids[one]): n for one, n in sorted(people.items())},
            {
                "ideas": votes.idea_ids[shared].tolist(),
                "likeness": round(likeness, 2),
                "least": LIKENESS,
                "from": float(own.min()),
                "until": float(own.max()),
            },
        )
        place = end


def _is_dense(made: Any, n: int) -> bool:
    hours = max(float(made[-1] - made[0]) / HOUR, 1.0)
    return log_tail_bound(n, max(1.0, (len(made) - n) / hours)) <= HOUR_LOG_P


def _likeness(votes: CastVotes, members: Any) -> tuple[float, Any]:
    """Return how alike these people vote, and the positions of the ideas that tells about."""
    theirs, others = _counts(votes, members[votes.person]), _counts(votes, ~members[votes.person])
    n = theirs.sum(axis=1)
    shared = np.flatnonzero((n >= SHARED_BY) & (others.sum(axis=1) >= SHARED_BY))
    if not len(shared):
        return 0.0, shared
    pairs = (theirs * (theirs - 1)).sum(axis=1)[shared] / (n * (n - 1))[shared]
    q = (others[shared] + 1) / (others[shared].sum(axis=1, keepdims=True) + 3)
    return float(((pairs - (q**2).sum(axis=1)) * n[shared]).sum() / n[shared].sum()), shared


def _with_the_most(votes: CastVotes, members: Any, shared: Any) -> dict[int, int]:
    """Return who of these people mostly votes as most of them do, by position, with their votes on these ideas."""
    is_theirs = members[votes.person] & np.isin(votes.idea, shared)
    most = _counts(votes, is_theirs).argmax(axis=1) - 1
    n = np.bincount(votes.person[is_theirs], minlength=len(members))
    n_same = np.bincount(votes.person[is_theirs & (most[votes.idea] == votes.value)], minlength=len(members))
    return {one: int(n[one]) for one in np.flatnonzero((n > 0) & (n_same >= MOSTLY * n)).tolist()}


def _counts(votes: CastVotes, which: Any) -> Any:
    """Return (n_ideas, 3): how many of these votes are -1, 0 and 1."""
    shape = len(votes.idea_ids), 3
    return np.bincount((votes.idea * 3 + (votes.value + 1))[which], minlength=shape[0] * 3).reshape(shape)
