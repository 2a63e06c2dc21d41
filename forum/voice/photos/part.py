"""Photos as a part of the ideas of everyday campaigns: up to three places, each with a photo and what it shows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from forum.core.access import Actor, Role
from forum.core.errors import Mistakes
from forum.core.i18n import _
from forum.core.text import clean_line, refuse_resident_numbers
from forum.system.blobs.services import Bytes, store_bytes
from forum.voice.campaigns.models import Campaign, CampaignKind
from forum.voice.ideas.models import Idea
from forum.voice.ideas.parts import IdeaPart, Sent
from forum.voice.photos.forms import photo_fields
from forum.voice.photos.models import MAX_CAPTION_CHARS, MAX_PHOTOS
from forum.voice.photos.queries import places_of
from forum.voice.photos.services import (
    SentPhoto,
    add_photos,
    change_photos,
    count_photos_by_network,
    count_photos_by_person,
    remove_photos,
    require_room_for,
)
from forum.web.photos import RebuiltPhoto, read_photos

PLACES = range(1, MAX_PHOTOS + 1)


@dataclass(frozen=True)
class ReadPhoto:
    """One place of the form as it was read; `picture` is rebuilt and not stored yet, None where no file was chosen."""

    position: int
    picture: RebuiltPhoto | None
    caption: str
    is_removed: bool


class PhotosPart(IdeaPart):
    """Photos. A draft keeps what they show; files are chosen again. Their kind of text leaves them behind."""

    name, form_template = "photos", "photos/_form.html"
    draft_fields = tuple(f"caption_{place}" for place in PLACES)

    def is_of(self, campaign: Campaign) -> bool:
        return campaign.kind is CampaignKind.EVERYDAY

    def fields(self) -> dict[str, Any]:
        return photo_fields()

    def filled(self, idea: Idea) -> dict[str, Any]:
        return {f"caption_{place}": photo.caption for place, photo in places_of(idea).items()}

    def read(self, actor: Actor, sent: Sent) -> list[ReadPhoto]:
        """:raise InvalidInput: a photo or its caption is refused, or a guest sends one: nobody answers for it later"""
        mistakes, places = Mistakes(), []
        for place in PLACES:
            with mistakes.noted():
                places.append(_read_place(actor, sent, place))
        mistakes.raise_if_any()
        return places

    def keep(self, actor: Actor, value: list[ReadPhoto]) -> list[SentPhoto]:
        require_room_for(actor, sum(one.picture is not None for one in value))
        return [_kept(one) for one in value]

    def count_by_person(self, actor: Actor, value: list[SentPhoto]) -> None:
        count_photos_by_person(actor, value)

    def count_by_network(self, address: str | None, value: list[SentPhoto]) -> None:
        count_photos_by_network(address, value)

    def store(self, idea: Idea, value: list[SentPhoto]) -> None:
        add_photos(idea, value)

    def change(self, idea: Idea, value: list[SentPhoto]) -> bool:
        return change_photos(idea, value)

    def withdraw(self, idea: Idea) -> None:
        remove_photos(idea)


def _read_place(actor: Actor, sent: Sent, place: int) -> ReadPhoto:
    field, caption_field = f"photo_{place}", f"caption_{place}"
    mistakes, caption, pictures = Mistakes(), "", []
    with mistakes.noted():
        caption = clean_line(
            sent.get(caption_field), caption_field, _("사진 설명"), max_chars=MAX_CAPTION_CHARS, min_chars=0
        )
        refuse_resident_numbers(caption, caption_field)
    files = [file for file in sent.get(field) or () if getattr(file, "filename", "")]
    if files and actor.role is Role.GUEST:
        mistakes.add(field, _("참여권으로는 사진을 보낼 수 없어요. 계정으로 로그인하면 보낼 수 있어요."))
    elif files and actor.participant_id is not None:  # a visitor chooses them again, with an account
        with mistakes.noted():
            pictures = read_photos(files, field, 1)
    mistakes.raise_if_any()
    return ReadPhoto(place, pictures[0] if pictures else None, caption, bool(sent.get(f"remove_{place}")))


def _kept(one: ReadPhoto) -> SentPhoto:
    empty = SentPhoto(one.position, None, 0, 0, one.caption, one.is_removed)
    if one.picture is None:
        return empty
    stored: Bytes = store_bytes(one.picture.data, one.picture.media_type)
    return replace(empty, stored=stored, width=one.picture.width, height=one.picture.height)
