"""How somebody is found to be a child's guardian. The way is a setting (`GUARDIAN_VERIFIER`), so that a phone, card or
document check by an identity provider can take the place of the one that comes with this program.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Protocol

from flask import current_app

from forum.core.errors import WrongState
from forum.voice.guardians.mails import ask_guardian
from forum.voice.guardians.models import GuardianConsent


class GuardianVerifier(Protocol):
    """A way to reach a guardian and to check that it is one."""

    name: str
    """Kept with each consent: by what it was checked."""
    proves_identity: bool
    """False: it shows no more than that somebody reads an address. The pages then say so."""
    explanation: str
    """One Korean sentence for the guardian and the child: how the check is done."""

    def begin(self, consent: GuardianConsent) -> None:
        """Send the guardian on the way to the consent page, inside the caller's transaction."""

    def check(self, consent: GuardianConsent, evidence: Mapping[str, str]) -> None:
        """Judge what the guardian sent with the consent.

        :param evidence: the fields of the form
        :raise InvalidInput: this is not shown to be the guardian
        """


class MailedLink:
    """For development: a link to the address that the child gave. Whoever reads that mail is taken for the guardian."""

    name = "mailed_link"
    proves_identity = False
    explanation = "보호자 이메일로 링크를 보내고, 그 메일을 읽는 사람을 보호자로 봅니다."

    def begin(self, consent: GuardianConsent) -> None:
        ask_guardian(consent)

    def check(self, consent: GuardianConsent, evidence: Mapping[str, str]) -> None:
        """Nothing more: the page's address was in the mail."""


def verifier() -> GuardianVerifier:
    """The one that the settings name.

    :raise WrongState: none is set up
    """
    chosen = str(current_app.config["GUARDIAN_VERIFIER"])
    if chosen == MailedLink.name:
        return MailedLink()
    if not chosen:
        raise WrongState("보호자를 확인하는 방법이 아직 준비되지 않았습니다.")
    module, _, name = chosen.partition(":")
    made: GuardianVerifier = getattr(import_module(module), name)()
    return made
