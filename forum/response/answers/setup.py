from __future__ import annotations

from flask import Flask

from forum.response.answers.queries import drafts_written_by
from forum.response.answers.search_kind import AnswerSearch
from forum.system.finding.registry import register_search_kind
from forum.web.page_data import provide_page_data


def register(_app: Flask) -> None:
    register_search_kind(AnswerSearch())
    provide_page_data("referrals/desk.html", "written", drafts_written_by)
