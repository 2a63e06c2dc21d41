"""Template filters and globals: dates, particles, enumerations."""

from __future__ import annotations

from flask import Flask, current_app
from flask_login import current_user

from forum.core import clock, korean
from forum.core.access import Role
from forum.core.i18n import template_gettext, template_ngettext
from forum.core.reference import Sector, regions
from forum.web import pictures
from forum.web.navigation import menu_for
from forum.web.waiting import waiting_counts


def register_template_globals(app: Flask) -> None:
    app.jinja_env.filters.update(
        josa=korean.josa,
        particle=korean.particle_after,
        citations=korean.citations,
        without_citations=korean.without_citations,
        day=korean.day,
        short_day=korean.short_day,
        moment=korean.moment,
        thousands=korean.thousands,
        percent_of=pictures.percent,
        share_of=pictures.share_words,
    )
    app.jinja_env.globals.update(
        _=template_gettext,
        ngettext=template_ngettext,
        has_endpoint=lambda name: name in current_app.view_functions,
        Role=Role,
        Sector=Sector,
        regions=regions,
        now=clock.now,
        today=clock.today,
        blocks=pictures.blocks,
        finding_of=pictures.finding_of,
        time_scale=pictures.time_scale,
        menu_for=lambda slug=None: menu_for(current_user, slug),
        waiting_counts=lambda: waiting_counts(current_user),
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
