from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Flask
from flask_login import current_user

from forum.voice.campaigns.models import Campaign
from forum.voice.votes.kept import kept_votes_key
from forum.voice.votes.queries import VotesBeside, votes_beside
from forum.web.page_data import provide_page_data


def register(app: Flask) -> None:
    app.context_processor(_kept_votes_key)
    for template in ("ideas/listing.html", "ideas/similar.html"):
        provide_page_data(template, "votes", _votes_beside)


def _kept_votes_key() -> dict[str, Callable[[], str]]:
    return {"kept_votes_key": lambda: kept_votes_key(current_user)}


def _votes_beside(about: tuple[Campaign, Sequence[int]]) -> VotesBeside:
    return votes_beside(*about, current_user)
