from __future__ import annotations

from flask import Flask

from forum.core.i18n import _l
from forum.voice.everyday.models import EverydayDetails, EverydayKind
from forum.voice.everyday.part import EverydayPart
from forum.voice.everyday.queries import details_in
from forum.voice.ideas.parts import IdeaFilter, register_idea_part
from forum.web.page_data import provide_page_data


def register(_app: Flask) -> None:
    part = EverydayPart()
    column, idea_id = EverydayDetails.kind, EverydayDetails.idea_id
    register_idea_part(part, IdeaFilter("kind", _l("분야"), EverydayKind, column, idea_id, part))
    provide_page_data("ideas/listing.html", "everyday", lambda shown: details_in(*shown))
