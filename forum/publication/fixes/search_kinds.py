from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from forum.analysis.themes.models import Theme
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.core.links import path_for
from forum.core.reference import regions
from forum.response.pilots.models import Pilot
from forum.response.referrals.models import Referral
from forum.system.finding.few_rows import rank_rows
from forum.system.finding.registry import Found, SearchKind
from forum.system.finding.search import Hit, SearchWords
from forum.voice.everyday.models import EverydayDetails
from forum.voice.ideas.models import Idea, IdeaState


class PilotSearch(SearchKind):
    """Finds pilots by their title, what is done and measured, and where."""

    code = "pilots"
    label = _l("시범")

    def rank(self, words: SearchWords, campaign_id: int | None) -> list[Hit]:
        text = Pilot.summary + " " + Pilot.measure + " " + Pilot.place
        query = sa.select(Pilot.id.label("id"), Pilot.title.label("title"), text.label("text"))
        if campaign_id is not None:
            query = query.join(Pilot.referral).join(Referral.theme).where(Theme.campaign_id == campaign_id)
        return rank_rows(words, query)

    def show(self, ids: Sequence[int]) -> list[Found]:
        campaign = joinedload(Pilot.referral).joinedload(Referral.theme).joinedload(Theme.campaign)
        query = sa.select(Pilot).where(Pilot.id.in_(ids)).options(joinedload(Pilot.ministry), campaign)
        pilots = {pilot.id: pilot for pilot in db.session.scalars(query)}
        return [_found_pilot(pilots[pilot_id]) for pilot_id in ids if pilot_id in pilots]


class PlaceSearch(SearchKind):
    """Finds open ideas of everyday campaigns by where they are about. `IdeaSearch` finds them by their words."""

    code = "places"
    label = _l("제안이 말하는 곳")

    def rank(self, words: SearchWords, campaign_id: int | None) -> list[Hit]:
        names = {code: f"{region.name} {region.short_name} " for code, region in regions().items()}
        region = sa.case(names, value=Idea.region_code, else_="")
        where = region + EverydayDetails.district + " " + EverydayDetails.place
        query = (
            sa.select(Idea.id.label("id"), sa.literal("").label("title"), where.label("text"))
            .join(EverydayDetails, EverydayDetails.idea_id == Idea.id)
            .where(Idea.state == IdeaState.OPEN)
        )
        return rank_rows(words, query if campaign_id is None else query.where(Idea.campaign_id == campaign_id))

    def show(self, ids: Sequence[int]) -> list[Found]:
        query = (
            sa.select(Idea, EverydayDetails)
            .join(EverydayDetails, EverydayDetails.idea_id == Idea.id)
            .where(Idea.id.in_(ids), Idea.state == IdeaState.OPEN)
            .options(joinedload(Idea.campaign))
        )
        found = {idea.id: (idea, details) for idea, details in db.session.execute(query)}
        return [_found_place(*found[idea_id]) for idea_id in ids if idea_id in found]


def _found_pilot(pilot: Pilot) -> Found:
    title = _("%(office)s의 시범: %(title)s", office=pilot.ministry.name, title=pilot.title)
    text = "\n".join(filter(None, (pilot.summary, pilot.measure, pilot.place)))
    path, at = path_for("pilots.show", pilot_id=pilot.id), pilot.decided_at or pilot.created_at
    state = pilot.decision.label if pilot.decision else pilot.state.label
    return Found(title, text, path, pilot.referral.theme.campaign, at, str(state))


def _found_place(idea: Idea, details: EverydayDetails) -> Found:
    where = " ".join(filter(None, (idea.region.name if idea.region else "", details.where)))
    path = path_for("thread.idea", idea_id=idea.id)
    return Found(idea.title, where, path, idea.campaign, idea.created_at, str(details.kind.label))
