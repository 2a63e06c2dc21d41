"""What the voting queue shows first: the ideas of an open shortlist."""

from __future__ import annotations

from forum.analysis.opinions.firsts import FirstIdeas
from forum.analysis.shortlists.queries import unseen_ideas
from forum.analysis.shortlists.services import note_told
from forum.core.access import Actor
from forum.core.i18n import _
from forum.voice.campaigns.models import Campaign


def first_ideas(campaign: Campaign, actor: Actor) -> FirstIdeas | None:
    """Return the ideas of the campaign's open shortlist on which the actor has no vote; None once it is seen enough."""
    number, idea_ids = unseen_ideas(campaign, actor)
    if not idea_ids:
        return None
    return FirstIdeas(
        idea_ids,
        name=_("후보 투표"),
        notice=_("이 투표는 이름 없이 검산표에 실려요."),
        endpoint="shortlists.show",
        values={"slug": campaign.slug, "number": number},
        note_told=note_told,
    )
