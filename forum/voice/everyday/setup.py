from __future__ import annotations

from flask import Blueprint, Flask

from forum.core.i18n import _l
from forum.voice.everyday.models import EverydayDetails, EverydayKind
from forum.voice.everyday.part import EverydayPart
from forum.voice.everyday.queries import details_in
from forum.voice.ideas.parts import IdeaFilter, register_idea_part
from forum.web.page_data import provide_page_data


def register(app: Flask) -> None:
    app.register_blueprint(Blueprint("everyday", __name__, template_folder="templates"))  # no pages of its own
    part = EverydayPart()
    column, idea_id = EverydayDetails.kind, EverydayDetails.idea_id
    register_idea_part(part, IdeaFilter("kind", _l("분야"), EverydayKind, column, idea_id, part))
    provide_page_data("ideas/listing.html", "everyday", lambda shown: details_in(*shown))
