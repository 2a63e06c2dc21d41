from __future__ import annotations

from collections.abc import Sequence

from flask import Flask

from forum.analysis.opinions.firsts import register_first_ideas
from forum.analysis.shortlists.first import first_ideas
from forum.analysis.shortlists.models import Shortlist
from forum.analysis.shortlists.queries import shortlists_of
from forum.analysis.shortlists.services import note_told_of
from forum.voice.campaigns.models import Campaign
from forum.voice.votes.told import register_told
from forum.web.page_data import provide_page_data


def register(_app: Flask) -> None:
    register_first_ideas("shortlist", first_ideas)
    register_told("shortlist", note_told_of)
    provide_page_data("opinions/show.html", "shortlists", _of_campaign)


def _of_campaign(campaign: Campaign) -> Sequence[Shortlist]:
    return shortlists_of(campaign.id)
