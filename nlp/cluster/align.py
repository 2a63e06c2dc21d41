"""Match clusters of a new run to the clusters of the last run, or to the analysts' themes.

Works on memberships alone: no texts, no vectors, no randomness. The links are proposals; they change nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from math import comb

import numpy as np
from scipy.optimize import linear_sum_assignment

MAJORITY = 0.5  # more than half of a group's weight: at most one other group can hold it
MIN_PIECE_SHARE = 0.25  # a group with this share of an old one, next to its successor, has split it
MIN_KNOWN_SHARE = 0.2  # a new group with a smaller share of ideas seen before is NEW, whatever those few say

Members = Mapping[int, float]
"""Idea key -> weight > 0: a member's score, or 1 for one that a person added."""


class LinkKind(StrEnum):
    """What a link between an old group and a new one says."""

    SAME = "same"
    """Most of each is in the other, and no other group took a large piece."""
    SPLIT = "split"
    """The new group was cut from the old one."""
    MERGED = "merged"
    """The old group went into the new one together with others, or as a small part of it."""
    NEW = "new"
    GONE = "gone"


@dataclass(frozen=True)
class Link:
    """A link between an old group and a new one.

    :param old: None for what is new
    :param new: None for what is gone
    :param score: 0..1, weighted Jaccard index of the two over the ideas that both runs read; 0 without a partner
    :param old_share: 0..1, share of the old group's weight that is in the new one
    :param new_share: 0..1, share of the new group's weight, of ideas seen before, that came from the old one
    :param n_shared: ideas that are in both
    :param is_successor: is `new` the one group that continues `old`? (the best one-to-one assignment; Kuhn 1955)
    """

    kind: LinkKind
    old: int | None
    new: int | None
    score: float = 0.0
    old_share: float = 0.0
    new_share: float = 0.0
    n_shared: int = 0
    is_successor: bool = False


Pair = tuple[int | None, int | None]


def align(
    old: Mapping[int, Members],
    new: Mapping[int, Members],
    old_idea_ids: Collection[int] | None = None,
    new_idea_ids: Collection[int] | None = None,
) -> tuple[Link, ...]:
    """Match new groups to old ones. An idea may be in several groups of one side.

    :param old_idea_ids: every idea the old side could have held, including those in no group; None: those of `old`
    :param new_idea_ids: the same of the new side. An idea that only one side read counts neither for nor against a
        match
    :return: the links of each old group, best first, in the order of `old`; then what is new, in the order of `new`.
        Each old and each new group has at least one link.
    :raise ValueError: a weight that is not a positive finite number
    """
    _check_weights(old, new)
    before = _keys(old) if old_idea_ids is None else set(old_idea_ids)
    after = _keys(new) if new_idea_ids is None else set(new_idea_ids)
    links = [_overlap(a, b, old[a], new[b], before & after) for a, b in _overlapping_pairs(old, new)]
    strong = [link for link in links if link is not None]
    return _complete(old, new, _classify(strong, _successors(strong)))


def pairs_kept(
    old: Mapping[int, Members], new: Mapping[int, Members], new_idea_ids: Collection[int] | None = None
) -> tuple[int, int]:
    """Count the pairs of ideas that shared an old group, and how many of them share a new one.

    :param new: each idea in one group at most
    :param new_idea_ids: every idea the new side has read; pairs with another one do not count. None: those of `new`
    :return: (pairs that stayed together, all pairs); an idea that is in no new group has left its fellows
    """
    after = _keys(new) if new_idea_ids is None else set(new_idea_ids)
    group_of = {key: name for name, members in new.items() for key in members}
    kept = total = 0
    for members in old.values():
        read = [key for key in members if key in after]
        total += comb(len(read), 2)
        kept += sum(comb(n, 2) for n in Counter(group_of[key] for key in read if key in group_of).values())
    return kept, total


def _check_weights(*sides: Mapping[int, Members]) -> None:
    """:raise ValueError: a weight that is not a positive finite number"""
    for side in sides:
        for name, members in side.items():
            if not all(0 < weight < float("inf") for weight in members.values()):
                raise ValueError(f"group {name!r} has a weight that is no positive finite number")


def _keys(side: Mapping[int, Members]) -> set[int]:
    return {key for members in side.values() for key in members}


def _overlapping_pairs(old: Mapping[int, Members], new: Mapping[int, Members]) -> list[tuple[int, int]]:
    """Return the pairs with an idea in common, in the order of both sides."""
    groups_of: dict[int, list[int]] = {}
    for name, members in new.items():
        for key in members:
            groups_of.setdefault(key, []).append(name)
    position = {name: number for number, name in enumerate(new)}
    pairs = []
    for before, members in old.items():
        met = {after for key in members for after in groups_of.get(key, ())}
        pairs += [(before, after) for after in sorted(met, key=position.__getitem__)]
    return pairs


def _overlap(before: int, after: int, had: Members, has: Members, both: set[int]) -> Link | None:
    """Measure how two groups overlap: SPLIT or MERGED by which one is inside the other, None where neither is."""
    left = {key: weight for key, weight in had.items() if key in both}
    right = {key: weight for key, weight in has.items() if key in both}
    shared = left.keys() & right.keys()
    if not shared:
        return None
    old_share = sum(left[key] for key in shared) / sum(left.values())
    new_share = sum(right[key] for key in shared) / sum(right.values())
    is_new = sum(right.values()) / sum(has.values()) < MIN_KNOWN_SHARE
    if old_share <= MAJORITY and (new_share <= MAJORITY or is_new):
        return None
    intersection = sum(min(left[key], right[key]) for key in shared)
    union = sum(left.values()) + sum(right.values()) - intersection
    kind = LinkKind.SPLIT if new_share >= old_share else LinkKind.MERGED
    shares = (intersection / union, old_share, new_share)
    score, old_share, new_share = (round(min(share, 1.0), 4) for share in shares)
    return Link(kind, before, after, score, old_share, new_share, len(shared))


def _successors(links: list[Link]) -> set[Pair]:
    """Return at most one new group for each old one and vice versa: the assignment of the highest total score."""
    olds = {name: row for row, name in enumerate(dict.fromkeys(link.old for link in links))}
    news = {name: column for column, name in enumerate(dict.fromkeys(link.new for link in links))}
    scores = np.zeros((len(olds), len(news)))
    for link in links:
        scores[olds[link.old], news[link.new]] = link.score
    chosen = set(zip(*linear_sum_assignment(scores, maximize=True), strict=True))
    return {(link.old, link.new) for link in links if (olds[link.old], news[link.new]) in chosen}


def _classify(links: list[Link], successors: set[Pair]) -> list[Link]:
    """Mark links that continue a group as SAME, unless a large piece went elsewhere or came from elsewhere."""
    by_end: dict[tuple[str, int | None], list[Link]] = {}
    for link in links:
        by_end.setdefault(("old", link.old), []).append(link)
        by_end.setdefault(("new", link.new), []).append(link)
    classified = []
    for link in links:
        is_successor = (link.old, link.new) in successors
        pieces = [other for other in by_end["old", link.old] if other.new != link.new]
        sources = [other for other in by_end["new", link.new] if other.old != link.old]
        was_split = any(other.old_share >= MIN_PIECE_SHARE and other.new_share > MAJORITY for other in pieces)
        was_merged = any(other.new_share >= MIN_PIECE_SHARE and other.old_share > MAJORITY for other in sources)
        kind = link.kind
        if link.old_share > MAJORITY and link.new_share > MAJORITY:
            if is_successor and not was_split and not was_merged:
                kind = LinkKind.SAME
            elif was_split != was_merged:
                kind = LinkKind.SPLIT if was_split else LinkKind.MERGED
        classified.append(replace(link, kind=kind, is_successor=is_successor))
    return classified


def _complete(old: Mapping[int, Members], new: Mapping[int, Members], links: list[Link]) -> tuple[Link, ...]:
    """Sort the links by old group, and add those of groups that are gone and of groups that are new."""
    position = {name: number for number, name in enumerate(new)}
    complete: list[Link] = []
    for before in old:
        own = [link for link in links if link.old == before]
        # the successor first, whatever another piece scores
        own.sort(
            key=lambda link: (not link.is_successor, -link.score, position[link.new] if link.new is not None else 0)
        )
        complete += own or [Link(LinkKind.GONE, before, None)]
    reached = {link.new for link in links}
    return (*complete, *(Link(LinkKind.NEW, None, after) for after in new if after not in reached))
