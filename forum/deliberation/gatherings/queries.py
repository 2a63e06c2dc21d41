from __future__ import annotations

import sqlalchemy as sa

from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.gatherings.models import Gathering, GatheringHelper


def get_gathering(gathering_id: int) -> Gathering:
    """:raise NotFound: no such gathering"""
    found = db.session.get(Gathering, gathering_id)
    if found is None:
        raise NotFound(_("그런 모임이 없어요."))
    return found


def lock_gathering(gathering: Gathering) -> None:
    """Lock the gathering until the end of the transaction, and reload it. It is locked before anything in its room."""
    db.session.refresh(gathering, with_for_update={"of": Gathering})


def helper_ids(gathering_id: int) -> frozenset[int]:
    """Return the accounts that help to run a gathering."""
    query = sa.select(GatheringHelper.account_id).where(GatheringHelper.gathering_id == gathering_id)
    return frozenset(db.session.scalars(query))
