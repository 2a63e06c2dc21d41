from __future__ import annotations

from flask import Flask

from forum.analysis.opinions import polis_views, sentences
from forum.analysis.opinions.pages import on_picture, theme_ground
from forum.core.i18n import _l
from forum.web.navigation import MenuEntry, Place, register_menu_entry
from forum.web.page_data import provide_page_data


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
    provide_page_data("themes/show.html", "ground", theme_ground)
    register_menu_entry(
        MenuEntry(
            Place.MAIN,
            35,
            _l("공감대"),
            "opinions.show",
            frozenset({"opinions.show_number", "opinions.standing"}),
            of_campaign=True,
        )
    )
