from __future__ import annotations

from flask import Flask

from forum.publication.councilpapers.panels import has_paper, listed_papers, rounds_now
from forum.publication.digests.beside import KindBeside, register_reports
from forum.web.page_data import provide_page_data


def register(_app: Flask) -> None:
    """List papers beside digests, link them from their meeting, and say on home and campaign what round is running."""
    register_reports(KindBeside("councilpapers/_listed.html", listed_papers))
    provide_page_data("meetings/show.html", "has_paper", has_paper)
    for template in ("thread/home.html", "thread/campaign.html"):
        provide_page_data(template, "council_rounds", rounds_now)
