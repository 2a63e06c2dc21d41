from __future__ import annotations

from flask import Flask

from forum.analysis.themes.models import Theme
from forum.core.access import Role
from forum.core.i18n import _l
from forum.response.referrals.desk import corrections_waiting, ministry_waiting
from forum.response.referrals.interim import interims_of_theme, short_interim_words
from forum.response.referrals.models import Decision, ReferralEvent
from forum.response.referrals.promises import promise_words
from forum.response.referrals.queries import binding_by_letters, referrals_of
from forum.response.referrals.standings import standings_of
from forum.voice.ideas.binding import register_binding
from forum.web.navigation import MenuEntry, Place, register_menu_entry, register_start_page
from forum.web.page_data import provide_page_data
from forum.web.waiting import register_waiting


def register(app: Flask) -> None:
    """Add a theme's referrals to its page, and let letters bind the ideas they quote."""
    words = {"promise_words": promise_words, "interim_note": short_interim_words}
    app.jinja_env.globals.update(decisions=tuple(Decision), **words)
    register_binding(binding_by_letters)
    provide_page_data("themes/show.html", "referrals", lambda theme: referrals_of(theme.id))
    provide_page_data("themes/show.html", "interims", _interims)
    provide_page_data("themes/public_listing.html", "standings", standings_of)
    register_menu_entry(
        MenuEntry(
            Place.MAIN,
            50,
            _l("전달·답변"),
            "referrals.board",
            frozenset({"referrals.show", "referrals.ministry", "certificates.*", "deadlines.*", "pilots.*"}),
            of_campaign=True,
        )
    )
    register_menu_entry(
        MenuEntry(
            Place.DESK,
            20,
            _l("업무함"),
            "referrals.desk",
            frozenset({"answers.*", "delivery.*"}),
            roles=frozenset({Role.MINISTRY_OFFICER}),
        )
    )
    register_start_page(Role.MINISTRY_OFFICER, "referrals.desk")
    register_waiting("referrals.desk", 10, frozenset({Role.MINISTRY_OFFICER}), ministry_waiting)
    register_waiting("desk.home", 20, frozenset({Role.ANALYST}), corrections_waiting)


def _interims(theme: Theme) -> list[ReferralEvent]:
    """Nobody answers a theme that was never sent."""
    return interims_of_theme(theme.id) if theme.frozen_at is not None else []
