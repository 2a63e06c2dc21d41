from __future__ import annotations

from forum.core.i18n import _l
from forum.core.links import path_for
from forum.people.follows.registry import FollowKind
from forum.people.ministries.models import Ministry


class FollowedMinistry(FollowKind):
    """Ministries. Their slice is below this one, so they are registered here."""

    code, path_name, label = Ministry.__tablename__, "ministries", _l("소관부처")
    model = Ministry

    def title(self, thing: Ministry) -> str:
        return thing.name

    def path(self, thing: Ministry) -> str:
        return path_for("referrals.ministry", code=thing.code)
