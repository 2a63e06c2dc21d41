from __future__ import annotations

from forum.core.access import Actor, Role
from forum.voice.ideas.models import IdeaState
from forum.voice.ideas.permissions import can_read_body, can_see_hidden
from forum.voice.photos.models import IdeaPhoto, PhotoState

MODERATORS = frozenset({Role.ANALYST, Role.ADMIN})


def can_see_photo(actor: Actor, photo: IdeaPhoto) -> bool:
    """See a photo, or hear that it is gone: who may read its idea; a hidden one its author and the moderators."""
    if photo.idea.state is IdeaState.HIDDEN and not can_see_hidden(actor, photo.idea):
        return False
    if not can_read_body(actor, photo.idea):
        return False
    is_own = actor.participant_id is not None and photo.author_id == actor.participant_id
    return photo.state is not PhotoState.HIDDEN or is_own or actor.role in MODERATORS
