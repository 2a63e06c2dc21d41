"""The sample's policy themes: adopted from the analysis, decided, and sent, each on its day."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any

import sqlalchemy as sa

from forum.analysis.curation.membership import add_ideas, remove_ideas
from forum.analysis.curation.services import adopt_cluster, decide_theme
from forum.analysis.themes.models import Cluster, ClusterMember, Theme, ThemeState
from forum.analysis.themes.queries import current_run
from forum.core.extensions import db
from forum.core.reference import Sector
from forum.development.sample.letters import ANALYST, plan_letter
from forum.development.sample.stage import Stage
from forum.people.accounts.models import Account
from forum.voice.campaigns.models import Campaign

MARK = re.compile(r"\[([A-Z]+-\d+)\]")
DAYS_TO_DECIDE = 1


def plan_theme(stage: Stage, campaign: Campaign, plan: dict[str, Any], days_ago: float) -> None:
    """Plan to adopt the cluster with most of the theme's ideas, to decide on it a day later, and to send its letter.

    The loader has analysed the campaign when the time of the first act comes.
    """
    made: list[Theme] = []

    def adopt() -> None:
        found = _adopt(stage, campaign, plan)
        made.extend([found] if found else [])

    def if_made(act: Callable[[Theme], object]) -> Callable[[], object]:
        return lambda: act(made[0]) if made else None

    stage.plan(days_ago, adopt)
    stage.plan(days_ago - DAYS_TO_DECIDE, if_made(lambda theme: _decide(stage, theme, plan)))
    if plan.get("letter"):
        plan_letter(stage, plan, lambda: made[0] if made else None)


def _adopt(stage: Stage, campaign: Campaign, plan: dict[str, Any]) -> Theme | None:
    wanted = [stage.ideas[key] for key in plan["ideas"]]
    # `ideas` are what the theme is about; what else the analysis finds stays if it is one of `fits`.
    fitting = {idea.id for idea in wanted} | {stage.ideas[key].id for key in plan.get("fits", ()) if key in stage.ideas}
    cluster = _cluster_of(campaign, fitting)
    if cluster is None and "sector" in plan:  # another theme took it: use any of the same sector
        sector = Sector[plan["sector"]]
        cluster = _cluster_of(campaign, [idea.id for idea in stage.ideas.values() if idea.sector is sector])
    if cluster is None:
        return None
    analyst = stage.staff[ANALYST]
    theme = adopt_cluster(cluster, analyst, plan["title"], _with_numbers(plan["summary"], stage))
    present = {member.idea_id for member in theme.members}
    missing = [idea.id for idea in wanted if idea.id not in present]
    if missing:
        add_ideas(theme, missing, analyst, theme.version)
    _leave_out_strangers(theme, fitting, analyst)
    return theme


def _leave_out_strangers(theme: Theme, wanted: set[int], analyst: Account) -> None:
    """Remove ideas that do not belong to the theme, as an analyst would."""
    found = sorted({member.idea_id for member in theme.members} - wanted)
    if found:
        remove_ideas(theme, found, analyst, theme.version)


def _cluster_of(campaign: Campaign, wanted: Collection[int]) -> Cluster | None:
    """Return the cluster of the current run with the most of these ideas that no theme was made from."""
    run = current_run(campaign.id)
    assert run is not None
    taken = sa.select(Theme.cluster_id).where(Theme.cluster_id.is_not(None))
    query = (
        sa.select(Cluster)
        .join(ClusterMember, ClusterMember.cluster_id == Cluster.id)
        .where(Cluster.run_id == run.id, ClusterMember.idea_id.in_(wanted))
        .where(Cluster.id.not_in(taken))
        .group_by(Cluster.id)
        .order_by(sa.func.count().desc(), Cluster.id)
        .limit(1)
    )
    return db.session.scalar(query)


def _with_numbers(summary: str, stage: Stage) -> str:
    """Replace marks such as [TRANSPORT-03] by the idea's number in this forum, such as [#17]."""
    return MARK.sub(lambda found: f"[#{stage.ideas[found.group(1)].id}]", summary)


def _decide(stage: Stage, theme: Theme, plan: dict[str, Any]) -> None:
    if plan["decision"] in ThemeState.__members__:
        decision = ThemeState[plan["decision"]]
        decide_theme(
            theme, stage.staff[ANALYST], decision, _with_numbers(plan.get("reason") or "", stage), theme.version
        )
