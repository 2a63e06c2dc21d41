"""What became of yesterday's groups: clusters of a new run matched to the last run's, or to the analysts' themes.

Pure bookkeeping over who stands where: no texts, no vectors, no randomness. It proposes and decides nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from scipy.optimize import linear_sum_assignment

MAJORITY = 0.5  # more than half of a group's weight: at most one other group can hold it
PIECE = 0.25  # a group that takes so much of an old one beside its heir has split it
KNOWN = 0.2  # a new group with less than this of its weight from ideas seen before is news, whoever those few were

Members = Mapping[int, float]
"""Idea key -> weight > 0: a member's score, or 1 for one that a person put there."""


class Fate(StrEnum):
    """What a link between an old group and a new one says."""

    SAME = "same"
    """Most of each is in the other, and no other group took a large piece."""
    SPLIT = "split"
    """The new group was cut from the old one."""
    MERGED = "merged"
    """The old group went into the new one beside others, or as a small part of it."""
    NEW = "new"
    GONE = "gone"


@dataclass(frozen=True)
class Link:
    """One step of a lineage.

    :param old: None for what is new
    :param new: None for what is gone
    :param score: 0..1, weighted Jaccard index of the two over the ideas that both runs read; 0 without a partner
    :param of_old: 0..1, share of the old group's weight that is in the new one
    :param of_new: 0..1, share of the new group's weight, of ideas seen before, that came from the old one
    :param n_shared: ideas that stand in both
    :param is_heir: the one new group that carries the old one on (of all pairs at once the best; Kuhn 1955)
    """

    fate: Fate
    old: int | None
    new: int | None
    score: float = 0.0
    of_old: float = 0.0
    of_new: float = 0.0
    n_shared: int = 0
    is_heir: bool = False


def align(
    old: Mapping[int, Members],
    new: Mapping[int, Members],
    old_read: Collection[int] | None = None,
    new_read: Collection[int] | None = None,
) -> tuple[Link, ...]:
    """Match new groups to old ones. An idea may stand in several groups of one side.

    :param old_read: every idea the old side could have held, those in no group too; of `old` where not given
    :param new_read: the same of the new side. An idea that only one side read speaks neither for nor against a match
    :return: the links of each old group, best first, in the order of `old`; then what is new, in the order of `new`.
        Each old and each new group has one link at least.
    :raise ValueError: a weight that is not a positive finite number
    """
    _check(old, new)
    were = _keys(old) if old_read is None else set(old_read)
    are = _keys(new) if new_read is None else set(new_read)
    links = [_measured(before, after, old[before], new[after], were & are) for before, after in _meeting(old, new)]
    strong = [link for link in links if link is not None]
    return _told(old, new, _named(strong, _heirs(strong)))


def _check(*sides: Mapping[int, Members]) -> None:
    for side in sides:
        for name, members in side.items():
            if not all(0 < weight < float("inf") for weight in members.values()):
                raise ValueError(f"group {name!r} has a weight that is no positive finite number")


def _keys(side: Mapping[int, Members]) -> set[int]:
    return {key for members in side.values() for key in members}


def _meeting(old: Mapping[int, Members], new: Mapping[int, Members]) -> list[tuple[int, int]]:
    """Pairs with an idea in common, in the order of both sides."""
    homes: dict[int, list[int]] = {}
    for name, members in new.items():
        for key in members:
            homes.setdefault(key, []).append(name)
    place = {name: number for number, name in enumerate(new)}
    pairs = []
    for before, members in old.items():
        met = {after for key in members for after in homes.get(key, ())}
        pairs += [(before, after) for after in sorted(met, key=place.__getitem__)]
    return pairs


def _measured(before: int, after: int, had: Members, has: Members, both: set[int]) -> Link | None:
    """How two groups overlap, SPLIT or MERGED by which one is inside the other; None where neither is."""
    left = {key: weight for key, weight in had.items() if key in both}
    right = {key: weight for key, weight in has.items() if key in both}
    shared = left.keys() & right.keys()
    if not shared:
        return None
    of_old = sum(left[key] for key in shared) / sum(left.values())
    of_new = sum(right[key] for key in shared) / sum(right.values())
    is_news = sum(right.values()) / sum(has.values()) < KNOWN
    if of_old <= MAJORITY and (of_new <= MAJORITY or is_news):
        return None
    least = sum(min(left[key], right[key]) for key in shared)
    most = sum(left.values()) + sum(right.values()) - least
    fate = Fate.SPLIT if of_new >= of_old else Fate.MERGED
    score, of_old, of_new = (round(min(share, 1.0), 4) for share in (least / most, of_old, of_new))
    return Link(fate, before, after, score, of_old, of_new, len(shared))


def _heirs(links: list[Link]) -> set[tuple[int | None, int | None]]:
    """One new group at most for each old one, and one old for each new: the assignment of the highest total score."""
    olds = {name: row for row, name in enumerate(dict.fromkeys(link.old for link in links))}
    news = {name: column for column, name in enumerate(dict.fromkeys(link.new for link in links))}
    scores = np.zeros((len(olds), len(news)))
    for link in links:
        scores[olds[link.old], news[link.new]] = link.score
    chosen = set(zip(*linear_sum_assignment(scores, maximize=True), strict=True))
    return {(link.old, link.new) for link in links if (olds[link.old], news[link.new]) in chosen}


def _named(links: list[Link], heirs: set[tuple[int | None, int | None]]) -> list[Link]:
    """Call the links that carry a group on SAME, unless a large piece went elsewhere or came from elsewhere."""
    beside: dict[tuple[str, int | None], list[Link]] = {}
    for link in links:
        beside.setdefault(("old", link.old), []).append(link)
        beside.setdefault(("new", link.new), []).append(link)
    named = []
    for link in links:
        is_heir = (link.old, link.new) in heirs
        pieces = [other for other in beside["old", link.old] if other.new != link.new]
        sources = [other for other in beside["new", link.new] if other.old != link.old]
        was_cut = any(other.of_old >= PIECE and other.of_new > MAJORITY for other in pieces)
        was_joined = any(other.of_new >= PIECE and other.of_old > MAJORITY for other in sources)
        fate = link.fate
        if link.of_old > MAJORITY and link.of_new > MAJORITY:
            if is_heir and not was_cut and not was_joined:
                fate = Fate.SAME
            elif was_cut != was_joined:
                fate = Fate.SPLIT if was_cut else Fate.MERGED
        named.append(replace(link, fate=fate, is_heir=is_heir))
    return named


def _told(old: Mapping[int, Members], new: Mapping[int, Members], links: list[Link]) -> tuple[Link, ...]:
    place = {name: number for number, name in enumerate(new)}
    told: list[Link] = []
    for before in old:
        own = [link for link in links if link.old == before]
        # the heir first, whatever else a piece scores
        own.sort(key=lambda link: (not link.is_heir, -link.score, place[link.new] if link.new is not None else 0))
        told += own or [Link(Fate.GONE, before, None)]
    reached = {link.new for link in links}
    return (*told, *(Link(Fate.NEW, None, after) for after in new if after not in reached))
