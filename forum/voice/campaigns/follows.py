from __future__ import annotations

from forum.core.i18n import _l
from forum.core.links import path_for
from forum.people.follows.registry import FollowKind
from forum.voice.campaigns.models import Campaign


class FollowedCampaign(FollowKind):
    """Campaigns. Followers hear of the decisions and letters of all its themes, and of its shortlists."""

    code, path_name, label = Campaign.__tablename__, "campaigns", _l("포럼")
    model = Campaign

    def title(self, thing: Campaign) -> str:
        return thing.title

    def path(self, thing: Campaign) -> str:
        return path_for("thread.campaign", slug=thing.slug)
