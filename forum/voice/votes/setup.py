from __future__ import annotations

from collections.abc import Sequence

from flask import Flask
from flask_login import current_user

from forum.voice.campaigns.models import Campaign
from forum.voice.votes.queries import VotesBeside, votes_beside
from forum.web.page_data import provide_page_data


def register(_app: Flask) -> None:
    for template in ("ideas/listing.html", "ideas/similar.html"):
        provide_page_data(template, "votes", _votes_beside)


def _votes_beside(about: tuple[Campaign, Sequence[int]]) -> VotesBeside:
    return votes_beside(*about, current_user)
