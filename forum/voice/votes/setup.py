from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Flask
from flask_login import current_user

from forum.people.passes.joining import register_handover
from forum.people.passes.links import PassSection, register_section
from forum.people.passes.withdrawing import register_withdrawal
from forum.voice.campaigns.models import Campaign
from forum.voice.votes.guests import hand_over_votes, n_votes_of, withdraw_votes
from forum.voice.votes.kept import kept_votes_key
from forum.voice.votes.queries import VotesBeside, votes_beside
from forum.web.page_data import provide_page_data


def register(app: Flask) -> None:
    app.context_processor(_kept_votes_key)
    register_handover("votes", hand_over_votes, order=10)  # it locks the ideas, which the texts' part changes
    register_withdrawal("votes", withdraw_votes, order=10)
    register_section(PassSection(20, "votes/_of_pass.html", n_votes_of))
    for template in ("ideas/listing.html", "ideas/similar.html"):
        provide_page_data(template, "votes", _votes_beside)


def _kept_votes_key() -> dict[str, Callable[[], str]]:
    return {"kept_votes_key": lambda: kept_votes_key(current_user)}


def _votes_beside(about: tuple[Campaign, Sequence[int]]) -> VotesBeside:
    return votes_beside(*about, current_user)
