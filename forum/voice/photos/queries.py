from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from forum.core.access import Actor
from forum.core.errors import Gone, NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.voice.campaigns.models import Campaign, CampaignKind
from forum.voice.ideas.models import Idea
from forum.voice.photos.models import IdeaPhoto, PhotoState
from forum.voice.photos.permissions import can_see_photo


def get_photo(photo_id: int, actor: Actor) -> IdeaPhoto:
    """Return a photo, loaded with its idea and blob.

    :raise NotFound: no such photo, or not for this actor
    :raise Gone: its author took it back, or left
    """
    with_blob = (joinedload(IdeaPhoto.idea), joinedload(IdeaPhoto.blob))
    photo = db.session.scalar(sa.select(IdeaPhoto).where(IdeaPhoto.id == photo_id).options(*with_blob))
    if photo is None or not can_see_photo(actor, photo):
        raise NotFound(_("그런 사진이 없어요."))
    if photo.blob is None:
        raise Gone(_("올린 사람이 지운 사진이에요."))
    return photo


def places_of(idea: Idea, to_change: bool = False) -> dict[int, IdeaPhoto]:
    """Return the photos that take one of the idea's places, hidden ones too, by place.

    :param to_change: lock them, and read them as they are now
    """
    query = sa.select(IdeaPhoto).where(IdeaPhoto.idea_id == idea.id, IdeaPhoto.state != PhotoState.REMOVED)
    query = query.order_by(IdeaPhoto.position)
    if to_change:
        query = query.with_for_update(of=IdeaPhoto).execution_options(populate_existing=True)
    return {photo.position: photo for photo in db.session.scalars(query)}


def photos_of(idea: Idea, actor: Actor) -> list[IdeaPhoto]:
    """Return the photos that this actor sees on the idea's page, in order; no query in other campaigns."""
    if idea.campaign.kind is not CampaignKind.EVERYDAY:
        return []
    return [photo for photo in places_of(idea).values() if photo.sha256 and can_see_photo(actor, photo)]


def first_photos(campaign: Campaign, idea_ids: Sequence[int]) -> dict[int, IdeaPhoto]:
    """Return the first photo that everybody sees of each of these ideas of one campaign, by idea id.

    With one query; with none in campaigns whose ideas have no photos.
    """
    if campaign.kind is not CampaignKind.EVERYDAY or not idea_ids:
        return {}
    shown = sa.select(IdeaPhoto).where(IdeaPhoto.idea_id.in_(idea_ids), IdeaPhoto.state == PhotoState.VISIBLE)
    first: dict[int, IdeaPhoto] = {}
    for photo in db.session.scalars(shown.order_by(IdeaPhoto.idea_id, IdeaPhoto.position)):
        first.setdefault(photo.idea_id, photo)
    return first
