from __future__ import annotations

from flask import Flask

from forum.system.texts.registry import register_text_kind
from forum.voice.ideas.parts import register_idea_part
from forum.voice.photos.part import PhotosPart
from forum.voice.photos.queries import first_photos, places_of
from forum.voice.photos.texts import IdeaPhotoKind
from forum.web.page_data import provide_page_data


def register(_app: Flask) -> None:
    register_idea_part(PhotosPart())
    register_text_kind(IdeaPhotoKind())
    provide_page_data("ideas/listing.html", "photos", lambda shown: first_photos(*shown))
    provide_page_data("ideas/edit.html", "photos", lambda idea: places_of(idea) if idea is not None else {})
