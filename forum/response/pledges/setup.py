from __future__ import annotations

from flask import Flask
from flask_login import current_user

from forum.analysis.themes.models import Theme
from forum.core.access import Actor
from forum.response.pilots.models import Pilot
from forum.response.pledges.mails import tell_of_answer, words_of
from forum.response.pledges.models import CheckInOutcome
from forum.response.pledges.pages import BothKeep, both_keep, period_words, pledge_sentence
from forum.response.pledges.permissions import can_pledge
from forum.response.pledges.queries import PLEDGED_WITH, takes_pledges
from forum.response.pledges.texts import PledgeKind
from forum.response.referrals.followups import register_after_publication
from forum.response.referrals.models import Answer
from forum.system.texts.registry import register_text_kind
from forum.web.page_data import provide_page_data


def register(app: Flask) -> None:
    """Add pledges to the pages of themes and pilots, and tell their makers when a ministry takes its word back."""
    app.jinja_env.globals.update(
        check_in_outcomes=tuple(CheckInOutcome),
        period_words=period_words,
        pledge_sentence=pledge_sentence,
        pledge_words=words_of,
    )
    register_text_kind(PledgeKind())
    register_after_publication(follow_answer)
    provide_page_data("themes/show.html", "both_keep", _of_theme)
    provide_page_data("pilots/show.html", "may_pledge_with", _with_pilot)


def follow_answer(answer: Answer, _approver: Actor) -> None:
    """Tell those who pledged something when an earlier answer accepted the theme and none does any more."""
    if answer.version == 1 or answer.decision in PLEDGED_WITH:
        return
    before = (one for one in answer.referral.answers if one.published_at and one.version < answer.version)
    if any(one.decision in PLEDGED_WITH for one in before) and not takes_pledges(answer.referral.theme):
        tell_of_answer(answer)


def _of_theme(theme: Theme) -> BothKeep | None:
    return both_keep(theme, current_user) if theme.frozen_at is not None else None


def _with_pilot(pilot: Pilot) -> bool:
    """Return whether the reader can pledge something that goes with the pilot."""
    return can_pledge(current_user) and takes_pledges(pilot.referral.theme)
