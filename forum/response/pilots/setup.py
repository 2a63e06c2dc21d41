from __future__ import annotations

from collections.abc import Sequence

from flask import Flask
from flask_login import current_user

from forum.analysis.themes.models import Theme
from forum.core.access import Role
from forum.response.certificates.wording import register_wording
from forum.response.pilots.desk import OfficePilots, office_pilots, pilots_waiting
from forum.response.pilots.models import Pilot
from forum.response.pilots.pages import LetterPilots, letter_pilots
from forum.response.pilots.queries import pilots_of_theme
from forum.response.pilots.wording import certificate_words
from forum.response.referrals.models import Referral
from forum.voice.campaigns.models import CampaignKind
from forum.web.page_data import provide_page_data
from forum.web.waiting import register_waiting


def register(_app: Flask) -> None:
    """Add pilots to the officers' desk, to the pages of letters and themes, and their words to certificates."""
    provide_page_data("referrals/_desk_more.html", "office_pilots", _on_the_desk)
    provide_page_data("referrals/show.html", "letter_pilots", _of_letter)
    provide_page_data("themes/show.html", "pilots", _of_theme)
    register_waiting("referrals.desk", 20, frozenset({Role.MINISTRY_OFFICER}), pilots_waiting)
    register_wording(certificate_words)


def _on_the_desk(_officer: object) -> OfficePilots | None:
    return office_pilots(current_user)


def _of_letter(referral: Referral) -> LetterPilots | None:
    is_everyday = referral.theme.campaign.kind is CampaignKind.EVERYDAY
    return letter_pilots(referral, current_user) if is_everyday else None


def _of_theme(theme: Theme) -> Sequence[Pilot]:
    return pilots_of_theme(theme.id) if theme.campaign.kind is CampaignKind.EVERYDAY else ()
