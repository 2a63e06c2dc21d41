"""Clusters that a run found to be nearly one (`nlp.cluster.nearly_equal`), and joining them by the edits that exist."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from forum.analysis.curation.membership import merge_themes
from forum.analysis.curation.models import EditKind
from forum.analysis.curation.queries import continued_themes
from forum.analysis.curation.rules import MAX_TITLE_CHARS, RULES, why_not
from forum.analysis.curation.services import adopt_cluster
from forum.analysis.themes.models import Cluster, Theme, ThemeRun
from forum.analysis.themes.permissions import can_make_themes
from forum.core.access import Actor, require
from forum.core.database import lock_name
from forum.core.errors import NotFound, WrongState
from forum.core.extensions import db
from forum.core.i18n import _


@dataclass(frozen=True)
class Side:
    """A cluster of a pair, and the theme it has become or continues, if any: after a merger the one it went into."""

    cluster: Cluster
    theme: Theme | None

    @property
    def seen(self) -> str:
        """Return what a page carries, so that an act on something else is refused: 12:3 for version 3 of theme 12."""
        return f"{self.theme.id}:{self.theme.version}" if self.theme else "0"


@dataclass(frozen=True)
class ClusterPair:
    """Two clusters that are nearly one.

    :param kept: the one whose title stays: the one with a theme, else the larger one
    :param likeness: 1: ideas of one are as like the other's as their own
    """

    kept: Side
    joined: Side
    likeness: float

    @property
    def is_one(self) -> bool:
        """Are both in one theme already?"""
        return self.kept.theme is not None and self.kept.theme is self.joined.theme

    @property
    def obstacle(self) -> str:
        """Return why they cannot be joined now, for the analyst; "" if they can."""
        for theme in (self.kept.theme, self.joined.theme):
            if theme is not None and not RULES[EditKind.MERGE].allows(theme):
                return why_not(theme, _("합칠"))
        return ""


def pairs_of(run: ThemeRun) -> list[ClusterPair]:
    """Return the pairs that a run found, the most alike first, in at most two statements.

    Runs of before this was found have none.
    """
    stored = run.quality.get("nearly_equal", [])
    clusters = {cluster.number: cluster for cluster in run.clusters}
    wanted = {clusters[number].id for pair in stored for number in pair[:2]}
    themes = _themes_of(run.id, wanted) if wanted else {}
    found = []
    for first, second, likeness in stored:
        one, other = (Side(cluster, themes.get(cluster.id)) for cluster in (clusters[first], clusters[second]))
        if one.theme is None and other.theme is not None:
            one, other = other, one
        found.append(ClusterPair(one, other, likeness))
    return found


def _themes_of(run_id: int, cluster_ids: set[int]) -> dict[int, Theme]:
    """Return the theme of each of these clusters, by cluster."""
    query = sa.select(Theme).where(Theme.cluster_id.in_(cluster_ids)).options(joinedload(Theme.merged_into))
    adopted = {theme.cluster_id: _after_mergers(theme) for theme in db.session.scalars(query) if theme.cluster_id}
    return continued_themes(run_id, cluster_ids) | adopted


def _after_mergers(theme: Theme) -> Theme:
    while theme.merged_into is not None:
        theme = theme.merged_into
    return theme


def join_clusters(run: ThemeRun, numbers: tuple[int, int], actor: Actor, seen: tuple[str, str]) -> Theme:
    """Make one draft of a pair: what is no theme yet becomes one, then the two are merged. The caller commits.

    Each edit stands in the list of edits by itself and can be undone.

    :param numbers: of the kept and of the joined cluster
    :param seen: `Side.seen` of both, as the page showed them
    :return: the theme that holds both
    :raise Forbidden: only analysts
    :raise NotFound: the run did not find this pair
    :raise WrongState: the page showed others, one of them is no draft, or the review is closed
    """
    require(can_make_themes(actor))
    lock_name(db.session, f"pairs of run {run.id}")  # a cluster without a theme has no row to lock
    pair = next((p for p in pairs_of(run) if {p.kept.cluster.number, p.joined.cluster.number} == set(numbers)), None)
    if pair is None:
        raise NotFound(_("그런 묶음 짝이 없어요."))
    is_as_seen = (pair.kept.cluster.number, pair.joined.cluster.number) == numbers
    if not is_as_seen or (pair.kept.seen, pair.joined.seen) != seen or pair.is_one:
        raise WrongState(
            _(
                "이 화면을 연 뒤에 다른 분석가가 이 묶음이나 주제를 고쳤어요. "
                "분석 회차 화면을 다시 열어 지금 모습을 보고 합쳐 주세요."
            )
        )
    kept, joined = (_theme_or_adopted(side, actor) for side in (pair.kept, pair.joined))
    merge_themes(joined, kept, actor, joined.version, kept.version)
    return kept


def _theme_or_adopted(side: Side, actor: Actor) -> Theme:
    return side.theme or adopt_cluster(side.cluster, actor, side.cluster.title[:MAX_TITLE_CHARS])
