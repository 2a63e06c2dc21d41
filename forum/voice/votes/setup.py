from __future__ import annotations

from flask import Flask
from flask_login import current_user

from forum.voice.votes.queries import votes_beside
from forum.web.page_data import provide_page_data


def register(_app: Flask) -> None:
    provide_page_data("ideas/similar.html", "votes", lambda about: votes_beside(about[0], about[1], current_user))
