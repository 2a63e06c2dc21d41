"""해 본 결과: what pledges, pilots and ratings of a theme came to, as sentences with the page that each leads to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from forum.analysis.themes.models import Theme, ThemeIdea, ThemeState
from forum.core.extensions import db
from forum.core.links import path_for
from forum.core.reference import Sector
from forum.response.delivery.queries import two_sides_of_themes
from forum.response.evidence.models import LetterEvidence
from forum.response.evidence.wording import pilot_words, pledge_words, sides_words
from forum.response.pilots.models import Pilot, PilotState
from forum.response.pledges.queries import figures_of_themes
from forum.response.referrals.models import Answer, Referral
from forum.voice.campaigns.models import Campaign, CampaignKind
from forum.voice.ideas.models import Idea

MAX_PILOTS = 5
"""Of one theme, the newest."""
MAX_SIMILAR = 5
MAX_EARLIER = 3
MAX_CANDIDATES = 60


@dataclass(frozen=True)
class Evidence:
    """One sentence about what came of a theme, and the page that shows it."""

    words: str
    path: str


@dataclass(frozen=True)
class ThemeEvidence:
    """A theme with what came of it."""

    theme: Theme
    lines: Sequence[Evidence]


def evidence_of_theme(theme_id: int) -> Sequence[Evidence]:
    """Return what came of a theme: promises with ratings, pilots, pledges. At most seven statements."""
    return evidence_of_themes([theme_id]).get(theme_id, ())


def evidence_of_themes(theme_ids: Sequence[int]) -> dict[int, list[Evidence]]:
    """Return the same of several themes; those without anything are missing. At most seven statements."""
    if not theme_ids:
        return {}
    sides, pledges, pilots = two_sides_of_themes(theme_ids), figures_of_themes(theme_ids), _pilots_of(theme_ids)
    found = {}
    for theme_id in theme_ids:
        path = path_for("themes.show", theme_id=theme_id)
        told = [
            Evidence(sides_words(sides[theme_id]), path),
            *(Evidence(pilot_words(one), path_for("pilots.show", pilot_id=one.id)) for one in pilots[theme_id]),
            Evidence(pledge_words(pledges[theme_id]), path),
        ]
        if lines := [one for one in told if one.words]:
            found[theme_id] = lines
    return found


def _pilots_of(theme_ids: Sequence[int]) -> Mapping[int, list[Pilot]]:
    """Return the newest pilots of each theme that were not given up, oldest first."""
    query = (
        sa.select(Pilot, Referral.theme_id)
        .join(Referral, Referral.id == Pilot.referral_id)
        .where(Referral.theme_id.in_(theme_ids), Pilot.state.in_((PilotState.RUNNING, PilotState.DECIDED)))
        .options(selectinload(Pilot.readings))
        .order_by(Pilot.id)
    )
    found: Mapping[int, list[Pilot]] = defaultdict(list)
    for pilot, theme_id in db.session.execute(query):
        found[theme_id].append(pilot)
        del found[theme_id][:-MAX_PILOTS]
    return found


def evidence_in_letter(referral_id: int) -> Sequence[Evidence]:
    """Return what a letter says of earlier results, as it was when it was sent. One statement."""
    content = db.session.scalar(sa.select(LetterEvidence.content).where(LetterEvidence.referral_id == referral_id))
    return [Evidence(one["words"], one["path"]) for one in content or ()]


def similar_results(theme: Theme) -> Sequence[ThemeEvidence]:
    """Return the newest themes of other campaigns of the same kind and sector of which something came, at most five.

    Everyday ideas have no sector: there all of the kind are offered. Sample campaigns and others never mix. Nine
    statements at most.
    """
    campaign = theme.campaign
    candidates = _answered_themes(campaign, Campaign.id != campaign.id)
    sectors = main_sectors([theme.id, *(one.id for one in candidates)])
    alike = [one for one in candidates if sectors.get(one.id) is sectors.get(theme.id)]
    return _with_evidence(alike, MAX_SIMILAR)


def earlier_results(campaign: Campaign) -> Sequence[ThemeEvidence]:
    """Return the newest themes of earlier campaigns of the same kind of which something came, at most three.

    An everyday campaign is open all year, so what came of its own themes counts too. Sample campaigns and others never
    mix. Eight statements at most.
    """
    is_earlier = Campaign.created_at < campaign.created_at
    if campaign.kind is CampaignKind.EVERYDAY:
        is_earlier = sa.or_(is_earlier, Campaign.id == campaign.id)
    return _with_evidence(_answered_themes(campaign, is_earlier), MAX_EARLIER)


def _answered_themes(campaign: Campaign, which: sa.ColumnElement[bool]) -> Sequence[Theme]:
    """Return the newest approved themes with an answer, of campaigns like this one."""
    answered = sa.exists().where(
        Referral.theme_id == Theme.id, Answer.referral_id == Referral.id, Answer.published_at.is_not(None)
    )
    query = (
        sa.select(Theme)
        .join(Campaign, Campaign.id == Theme.campaign_id)
        .where(
            Theme.state == ThemeState.APPROVED,
            Campaign.kind == campaign.kind,
            Campaign.is_sample == campaign.is_sample,
            which,
            answered,
        )
        .options(joinedload(Theme.campaign))
        .order_by(Theme.id.desc())
        .limit(MAX_CANDIDATES)
    )
    return db.session.scalars(query).all()


def _with_evidence(themes: Sequence[Theme], most: int) -> Sequence[ThemeEvidence]:
    found = evidence_of_themes([theme.id for theme in themes])
    return [ThemeEvidence(theme, found[theme.id]) for theme in themes if theme.id in found][:most]


def main_sectors(theme_ids: Collection[int]) -> dict[int, Sector]:
    """Return the sector that most ideas of a theme name; themes without one are missing. One statement."""
    query = (
        sa.select(ThemeIdea.theme_id, Idea.sector, sa.func.count())
        .join(Idea, Idea.id == ThemeIdea.idea_id)
        .where(ThemeIdea.theme_id.in_(theme_ids), Idea.sector.is_not(None))
        .group_by(ThemeIdea.theme_id, Idea.sector)
    )
    counts: Mapping[int, Counter[Sector]] = defaultdict(Counter)
    for theme_id, sector, n in db.session.execute(query):
        if sector is not None:
            counts[theme_id][sector] = n
    return {theme_id: max(found, key=lambda one: (found[one], one.name)) for theme_id, found in counts.items()}
