"""Add, change and remove the photos of an idea. The files were read and stored before: `photos.part`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import current_app

from forum.core.access import Actor
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.system.blobs.services import Bytes, keep_blob
from forum.system.texts.limits import TooManyTexts, count_by_network, count_by_person, seconds_to_wait
from forum.voice.ideas.models import Idea
from forum.voice.photos.models import IdeaPhoto, PhotoState
from forum.voice.photos.queries import places_of

KIND = IdeaPhoto.__tablename__


@dataclass(frozen=True)
class SentPhoto:
    """What the form says of one place of an idea's photos.

    stored : the rebuilt photo, in the store; None where no file was chosen
    width, height : its pixels
    is_removed : the photo in that place is to go
    """

    position: int
    stored: Bytes | None
    width: int
    height: int
    caption: str
    is_removed: bool = False


def require_room_for(actor: Actor, n_photos: int) -> None:
    """Refuse photos of somebody who has sent too many, before they are stored. Nothing is counted.

    :raise TooManyTexts: the person's limit is reached
    """
    if not n_photos or actor.participant_id is None:
        return
    limits = current_app.config[f"{KIND.upper()}_LIMIT_PER_PERSON"]
    if wait := seconds_to_wait(KIND, f"participant:{actor.participant_id}", limits):
        message = _("짧은 시간에 사진을 너무 많이 보냈어요. %(n)s분 뒤에 다시 보낼 수 있어요.", n=-(-wait // 60))
        raise TooManyTexts(message, wait)


def count_photos_by_person(actor: Actor, photos: Sequence[SentPhoto]) -> None:
    """:raise TooManyTexts: the person has sent too many photos"""
    for _photo in _new(photos):
        count_by_person(KIND, actor)


def count_photos_by_network(address: str | None, photos: Sequence[SentPhoto]) -> None:
    """:raise TooManyTexts: the network has sent too many photos"""
    for _photo in _new(photos):
        count_by_network(KIND, address)


def add_photos(idea: Idea, photos: Sequence[SentPhoto]) -> None:
    """Add the photos of a new idea. The caller commits.

    :raise InvalidInput: words without a photo, which were to be chosen again
    """
    _refuse_lone_captions(photos, {})
    for photo in _new(photos):
        _add(idea, photo)
    db.session.flush()


def change_photos(idea: Idea, photos: Sequence[SentPhoto]) -> bool:
    """Add, replace and remove photos of a locked idea, and change what they show. The caller commits.

    :return: whether anything changed
    :raise WrongState: a photo in one of these places is hidden: its author can only appeal
    :raise InvalidInput: as `add_photos`
    """
    _refuse_lone_captions(photos, places_of(idea))
    now, changed = places_of(idea, to_change=True), False
    for sent in photos:
        photo = now.get(sent.position)
        if photo is None:
            changed |= _fill_place(idea, sent)
        elif photo.state is PhotoState.HIDDEN:
            if sent.stored is not None or sent.is_removed:
                raise WrongState(_("숨겨진 사진은 고치거나 지울 수 없어요. 사진의 자리도 그대로예요."))
        else:
            changed |= _change(idea, photo, sent)
    db.session.flush()
    return changed


def remove_photos(idea: Idea) -> None:
    """Remove all photos of an idea that its author withdraws; hidden ones lose their picture. The caller commits."""
    for photo in places_of(idea, to_change=True).values():
        take_away(photo)
    db.session.flush()


def take_away(photo: IdeaPhoto) -> None:
    """Take a photo's picture away for good. Its row stays for reports about it; a hidden one stays hidden."""
    photo.sha256 = None
    if photo.state is PhotoState.VISIBLE:
        photo.state = PhotoState.REMOVED


def _refuse_lone_captions(photos: Sequence[SentPhoto], now: Mapping[int, IdeaPhoto]) -> None:
    lone = [one for one in photos if one.caption and one.stored is None and one.position not in now]
    if lone:
        words = _("사진을 아직 고르지 않았어요. 사진을 골라 주세요. 사진 없이 올리려면 설명을 지워 주세요.")
        raise InvalidInput({f"photo_{one.position}": words for one in lone})


def _fill_place(idea: Idea, sent: SentPhoto) -> bool:
    if sent.stored is None:
        return False
    _add(idea, sent)
    return True


def _change(idea: Idea, photo: IdeaPhoto, sent: SentPhoto) -> bool:
    if sent.stored is not None or sent.is_removed:
        take_away(photo)
        db.session.flush()  # the place is free before another photo takes it
        if sent.stored is not None:
            _add(idea, sent)
        return True
    before = photo.caption
    photo.caption = sent.caption
    return photo.caption != before


def _add(idea: Idea, sent: SentPhoto) -> None:
    assert sent.stored is not None
    blob = keep_blob(sent.stored)
    db.session.add(
        IdeaPhoto(
            idea_id=idea.id,
            author_id=idea.author_id,
            position=sent.position,
            sha256=blob.sha256,
            width=sent.width,
            height=sent.height,
            caption=sent.caption,
        )
    )


def _new(photos: Sequence[SentPhoto]) -> list[SentPhoto]:
    return [photo for photo in photos if photo.stored is not None]
