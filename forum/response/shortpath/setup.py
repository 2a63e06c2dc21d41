from __future__ import annotations

from flask import Flask, url_for

from forum.core.access import Actor, Role
from forum.core.i18n import _, _l
from forum.response.answers.parts import register_answer_part
from forum.response.certificates.wording import register_wording
from forum.response.referrals.followups import register_after_forward
from forum.response.referrals.models import Referral
from forum.response.shortpath.answers import ShortAnswerPart, ShownShortAnswer, shown_short_answers
from forum.response.shortpath.queries import has_checks, n_waiting_checks
from forum.response.shortpath.services import end_checks_of_letter, start_check
from forum.response.shortpath.wording import certificate_words
from forum.voice.ideas.new_ideas import register_after_submission
from forum.web.navigation import MenuEntry, Place, register_menu_entry
from forum.web.page_data import provide_page_data
from forum.web.waiting import Waiting, register_waiting


def register(_app: Flask) -> None:
    """Start a check with each everyday idea, end it with its letter, and make the answers to such letters short."""
    register_after_submission(start_check)
    register_after_forward(end_checks_of_letter)
    register_answer_part(ShortAnswerPart())
    register_wording(certificate_words)
    provide_page_data("referrals/show.html", "short_answers", _short_answers)
    register_menu_entry(
        MenuEntry(
            Place.DESK,
            15,
            _l("일상 제안 확인"),
            "shortpath.listing",
            frozenset({"shortpath.*"}),
            roles=frozenset({Role.ANALYST}),
        )
    )
    register_waiting("shortpath.listing", 10, frozenset({Role.ANALYST}), checks_waiting)


def checks_waiting(_analyst: Actor) -> list[Waiting]:
    """Return how many checks wait for an analyst; the late ones are among them."""
    waiting, late = n_waiting_checks()
    at = url_for("shortpath.listing")
    return [
        Waiting(_("기다리는 확인"), waiting, at),
        Waiting(_("기한이 지난 확인"), late, url_for("shortpath.listing", show="late"), is_own=False),
    ]


def _short_answers(referral: Referral) -> dict[int, ShownShortAnswer]:
    """Return the published short answers of a letter, by the answer's id; no query for other campaigns."""
    if not has_checks(referral.theme.campaign):
        return {}
    return shown_short_answers([answer.id for answer in referral.answers if answer.published_at is not None])
