from __future__ import annotations

from flask import Flask

from forum.core.access import Role
from forum.core.i18n import _l
from forum.people.follows.registry import register_follow_kind
from forum.voice.campaigns.follows import FollowedCampaign
from forum.voice.campaigns.queries import usual_slug
from forum.voice.campaigns.stages import strip_of
from forum.web.navigation import MenuEntry, Place, register_campaign_finder, register_menu_entry


def register(app: Flask) -> None:
    app.jinja_env.globals["strip_of"] = strip_of
    register_campaign_finder(usual_slug)
    register_follow_kind(FollowedCampaign())
    register_menu_entry(
        MenuEntry(
            Place.DESK,
            60,
            _l("포럼 관리"),
            "campaigns.admin_listing",
            frozenset({"campaigns.*"}),
            roles=frozenset({Role.ADMIN}),
        )
    )
