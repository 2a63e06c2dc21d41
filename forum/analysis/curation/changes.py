"""What a new run says of the themes there are, as proposals. Pure: who stands where in, changes out.

What a person decided is never proposed against: ideas that a person put in or confirmed stay, ideas that a person took
out do not come back, ideas that are in another theme are not fetched from there unless the machine put them there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from forum.analysis.curation.models import ProposalKind

MAJORITY = 0.5
PIECE = 0.25  # as in nlp.cluster.align: a cluster that takes so much of a theme beside its heir has split it
LEAST_PIECE = 2  # ideas


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
class ThemeNow:
    """A live theme as it stands."""

    id: int
    by_machine: frozenset[int]
    by_hand: frozenset[int] = frozenset()
    kept_out: frozenset[int] = frozenset()
    is_sent: bool = False
    left_alone: frozenset[tuple[ProposalKind, int | None]] = frozenset()
    """Mergers and disappearances that an analyst has left, with the other theme: not proposed again."""

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
class _Scene:
    themes: Mapping[int, ThemeNow]
    clusters: Mapping[int, Collection[int]]
    read: Collection[int]
    links: Mapping[int, Sequence[Link]]
    heir: dict[int, int] = field(default_factory=dict)
    carried: dict[int, int] = field(default_factory=dict)
    """Cluster id -> the theme it carries on."""
    place: dict[int, int] = field(default_factory=dict)
    """Idea id -> cluster id."""
    housed: frozenset[int] = frozenset()


def changes(
    themes: Sequence[ThemeNow], clusters: Mapping[int, Collection[int]], links: Sequence[Link], read: Collection[int]
) -> list[Change]:
    """What is to be proposed, by theme.

    :param clusters: cluster id -> ideas, of the new run
    :param links: of `nlp.cluster.align.align(themes, clusters)`
    :param read: every idea that the new run has read
    """
    scene = _Scene({theme.id: theme for theme in themes}, clusters, frozenset(read), {})
    scene.links = {theme.id: [link for link in links if link.old == theme.id] for theme in themes}
    for link in links:
        if link.is_successor and link.old is not None and link.new is not None:
            scene.heir[link.old], scene.carried[link.new] = link.new, link.old
    scene.place = {idea_id: key for key, ideas in clusters.items() for idea_id in ideas}
    scene.housed = frozenset().union(*(theme.members for theme in themes))
    return [change for theme in themes for change in _of_theme(theme, scene)]


def _of_theme(theme: ThemeNow, scene: _Scene) -> Iterator[Change]:
    heir = scene.heir.get(theme.id)
    if heir is not None:
        yield from _new_ideas(theme, heir, scene)
    if theme.is_sent:  # its members stay as the letter named them
        return
    accounted: set[int] = set()
    for change in (*_splits(theme, scene), *_mergers(theme, scene)):
        accounted.update(change.idea_ids)
        yield change
    if heir is not None:
        yield from _drifts(theme, heir, scene, accounted)
    elif all(link.new is None for link in scene.links[theme.id]) and (ProposalKind.GONE, None) not in theme.left_alone:
        yield Change(ProposalKind.GONE, theme.id)


def _new_ideas(theme: ThemeNow, heir: int, scene: _Scene) -> Iterator[Change]:
    new = [key for key in scene.clusters[heir] if key not in scene.housed and key not in theme.kept_out]
    if new:
        yield Change(ProposalKind.NEW_IDEAS, theme.id, heir, None, tuple(new))


def _splits(theme: ThemeNow, scene: _Scene) -> Iterator[Change]:
    """Pieces of the theme that are clusters of their own now, which no other theme claims."""
    for link in scene.links[theme.id]:
        if link.new is None or link.is_successor or link.new in scene.carried or link.old_share < PIECE:
            continue
        piece = tuple(key for key in scene.clusters[link.new] if key in theme.by_machine)
        if LEAST_PIECE <= len(piece) < len(theme.members):
            yield Change(ProposalKind.SPLIT, theme.id, link.new, None, piece)


def _mergers(theme: ThemeNow, scene: _Scene) -> Iterator[Change]:
    """Most of the theme is in a cluster that carries another theme on."""
    for link in scene.links[theme.id]:
        other = scene.carried.get(link.new) if link.new is not None else None
        if link.new is None or other is None or other == theme.id or link.old_share <= MAJORITY:
            continue
        if scene.themes[other].is_sent or (ProposalKind.MERGED, other) in theme.left_alone:
            continue
        both = tuple(key for key in scene.clusters[link.new] if key in theme.members)
        yield Change(ProposalKind.MERGED, theme.id, link.new, other, both)


def _drifts(theme: ThemeNow, heir: int, scene: _Scene, accounted: set[int]) -> Iterator[Change]:
    """Machine-made members that the run no longer sees here, by where it sees them now."""
    gone = [key for key in sorted(theme.by_machine - accounted) if key in scene.read and scene.place.get(key) != heir]
    by_goal: dict[int | None, list[int]] = {}
    for key in gone:
        other = scene.carried.get(scene.place.get(key, -1))
        if other is not None and (scene.themes[other].is_sent or key in scene.themes[other].kept_out):
            other = None
        by_goal.setdefault(other, []).append(key)
    for other, keys in sorted(by_goal.items(), key=lambda item: (item[0] is None, item[0] or 0)):
        if len(keys) < len(theme.members):
            cluster = next((key for key, carried in scene.carried.items() if carried == other), None)
            yield Change(ProposalKind.DRIFT, theme.id, cluster if other is not None else None, other, tuple(keys))
