from __future__ import annotations

from collections.abc import Sequence

from flask import Flask, url_for

from forum.core.access import Actor, Role
from forum.core.i18n import _, _l
from forum.people.passes.joining import register_handover
from forum.voice.ideas.binding import register_binding
from forum.voice.integrity.queries import binding_by_exclusions, n_waiting
from forum.voice.integrity.services import hand_over_findings
from forum.web.navigation import MenuEntry, Place, register_menu_entry
from forum.web.waiting import Waiting, register_waiting

MODERATORS = frozenset({Role.ADMIN, Role.ANALYST})


def register(_app: Flask) -> None:
    register_menu_entry(
        MenuEntry(
            Place.DESK,
            41,
            _l("살펴볼 투표"),
            "integrity.listing",
            frozenset({"integrity.finding", "integrity.exclusion"}),
            roles=MODERATORS,
        )
    )
    register_binding(binding_by_exclusions)
    register_handover("findings", hand_over_findings, order=30)
    register_waiting("integrity.listing", 11, MODERATORS, _waiting)


def _waiting(_moderator: Actor) -> Sequence[Waiting]:
    return [Waiting(_("살펴볼 투표와 이의"), n_waiting(), url_for("integrity.listing"))]
