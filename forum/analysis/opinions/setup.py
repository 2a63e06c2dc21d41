from __future__ import annotations

from flask import Flask

from forum.analysis.opinions import polis_views, queue_views, sentences
from forum.analysis.opinions.both_ways import ground_both_ways
from forum.analysis.opinions.pages import on_picture, theme_ground
from forum.core.i18n import _l
from forum.web.navigation import MenuEntry, Place, register_menu_entry
from forum.web.page_data import provide_page_data

QUEUE_PAGES = frozenset({"queue.*", "votes.listing"})
GROUND_PAGES = frozenset({"opinions.show_number", "opinions.standing"})


def register(app: Flask) -> None:
    app.register_blueprint(polis_views.bp)
    app.jinja_env.globals.update(
        agreement_words=sentences.agreement_words,
        chance_words=sentences.chance_words,
        cost_words=sentences.cost_words,
        on_picture=on_picture,
        range_words=sentences.range_words,
        reweighted_words=sentences.reweighted_words,
    )
    app.register_blueprint(queue_views.bp)
    provide_page_data("themes/show.html", "ground", theme_ground)
    provide_page_data("integrity/record.html", "ground", ground_both_ways)
    register_menu_entry(
        MenuEntry(Place.MAIN, 35, _l("공감대"), "opinions.show", GROUND_PAGES, of_campaign=True),
    )
    register_menu_entry(
        MenuEntry(Place.TABS, 30, _l("투표"), "queue.ask", QUEUE_PAGES, of_campaign=True, icon="vote"),
    )
