"""What a new run changes about the existing themes, as proposals. Pure: memberships in, changes out.

What a person decided is never proposed against: ideas that a person added or confirmed stay, ideas that a person
removed do not come back, and ideas of another theme are proposed only where the machine put them there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from forum.analysis.curation.models import ProposalKind

MAJORITY = 0.5
MIN_SPLIT_SHARE = 0.25  # a cluster with this share of a theme, next to its successor, splits it (nlp.cluster.align)
MIN_SPLIT_IDEAS = 2


class Link(Protocol):
    """What of `nlp.cluster.align.Link` is needed here: theme id to cluster id."""

    @property
    def old(self) -> int | None: ...
    @property
    def new(self) -> int | None: ...
    @property
    def old_share(self) -> float: ...
    @property
    def is_successor(self) -> bool: ...


@dataclass(frozen=True)
class ThemeSnapshot:
    """A live theme at the moment of the comparison."""

    id: int
    by_machine: frozenset[int]
    by_hand: frozenset[int] = frozenset()
    excluded: frozenset[int] = frozenset()
    is_sent: bool = False
    dismissed: frozenset[tuple[ProposalKind, int | None]] = frozenset()
    """Mergers and disappearances that an analyst has dismissed, with the other theme: not proposed again."""

    @property
    def members(self) -> frozenset[int]:
        return self.by_machine | self.by_hand


@dataclass(frozen=True)
class Change:
    kind: ProposalKind
    theme_id: int
    cluster_id: int | None = None
    other_theme_id: int | None = None
    idea_ids: tuple[int, ...] = ()


@dataclass
class _Context:
    themes: Mapping[int, ThemeSnapshot]
    clusters: Mapping[int, Collection[int]]
    read_ids: Collection[int]
    links: Mapping[int, Sequence[Link]]
    successor: dict[int, int] = field(default_factory=dict)
    """Theme id -> the cluster that continues it."""
    continued: dict[int, int] = field(default_factory=dict)
    """Cluster id -> the theme that it continues."""
    cluster_of: dict[int, int] = field(default_factory=dict)
    """Idea id -> cluster id."""
    assigned_ids: frozenset[int] = frozenset()
    """Ideas that are in a theme."""


def changes(
    themes: Sequence[ThemeSnapshot],
    clusters: Mapping[int, Collection[int]],
    links: Sequence[Link],
    read_ids: Collection[int],
) -> list[Change]:
    """Return what is to be proposed, by theme.

    :param clusters: cluster id -> ideas, of the new run
    :param links: of `nlp.cluster.align.align(themes, clusters)`
    :param read_ids: every idea that the new run has read
    """
    context = _Context({theme.id: theme for theme in themes}, clusters, frozenset(read_ids), {})
    context.links = {theme.id: [link for link in links if link.old == theme.id] for theme in themes}
    for link in links:
        if link.is_successor and link.old is not None and link.new is not None:
            context.successor[link.old], context.continued[link.new] = link.new, link.old
    context.cluster_of = {idea_id: key for key, ideas in clusters.items() for idea_id in ideas}
    context.assigned_ids = frozenset().union(*(theme.members for theme in themes))
    return [change for theme in themes for change in _of_theme(theme, context)]


def _of_theme(theme: ThemeSnapshot, context: _Context) -> Iterator[Change]:
    successor = context.successor.get(theme.id)
    if successor is not None:
        yield from _new_ideas(theme, successor, context)
    if theme.is_sent:  # its members stay as the letter named them
        return
    accounted: set[int] = set()
    for change in (*_splits(theme, context), *_mergers(theme, context)):
        accounted.update(change.idea_ids)
        yield change
    if successor is not None:
        yield from _drifts(theme, successor, context, accounted)
    elif all(link.new is None for link in context.links[theme.id]) and (ProposalKind.GONE, None) not in theme.dismissed:
        yield Change(ProposalKind.GONE, theme.id)


def _new_ideas(theme: ThemeSnapshot, successor: int, context: _Context) -> Iterator[Change]:
    """Ideas of the theme's cluster that are in no theme yet."""
    ideas = context.clusters[successor]
    new = [key for key in ideas if key not in context.assigned_ids and key not in theme.excluded]
    if new:
        yield Change(ProposalKind.NEW_IDEAS, theme.id, successor, None, tuple(new))


def _splits(theme: ThemeSnapshot, context: _Context) -> Iterator[Change]:
    """Parts of the theme that are clusters of their own now and continue no other theme."""
    for link in context.links[theme.id]:
        if link.new is None or link.is_successor or link.new in context.continued or link.old_share < MIN_SPLIT_SHARE:
            continue
        part = tuple(key for key in context.clusters[link.new] if key in theme.by_machine)
        if MIN_SPLIT_IDEAS <= len(part) < len(theme.members):
            yield Change(ProposalKind.SPLIT, theme.id, link.new, None, part)


def _mergers(theme: ThemeSnapshot, context: _Context) -> Iterator[Change]:
    """Other themes whose successor holds most of this theme."""
    for link in context.links[theme.id]:
        other = context.continued.get(link.new) if link.new is not None else None
        if link.new is None or other is None or other == theme.id or link.old_share <= MAJORITY:
            continue
        if context.themes[other].is_sent or (ProposalKind.MERGED, other) in theme.dismissed:
            continue
        shared = tuple(key for key in context.clusters[link.new] if key in theme.members)
        yield Change(ProposalKind.MERGED, theme.id, link.new, other, shared)


def _drifts(theme: ThemeSnapshot, successor: int, context: _Context, accounted: set[int]) -> Iterator[Change]:
    """Members put in by the machine that the run assigns elsewhere, by the theme they belong to now.

    :param accounted: ideas that a split or a merger explains
    """
    by_other: dict[int | None, list[int]] = {}
    for key in sorted(theme.by_machine - accounted):
        if key not in context.read_ids or context.cluster_of.get(key) == successor:
            continue
        other = context.continued.get(context.cluster_of.get(key, -1))
        if other is not None and (context.themes[other].is_sent or key in context.themes[other].excluded):
            other = None
        by_other.setdefault(other, []).append(key)
    for other, keys in sorted(by_other.items(), key=lambda item: (item[0] is None, item[0] or 0)):
        if len(keys) < len(theme.members):
            cluster = context.successor[other] if other is not None else None
            yield Change(ProposalKind.DRIFT, theme.id, cluster, other, tuple(keys))
