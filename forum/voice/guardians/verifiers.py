"""How it is verified that somebody is a child's guardian.

The verifier is a setting (`GUARDIAN_VERIFIER`), so that a phone, card or document check by an identity provider can
replace the one for development that is included here.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Protocol

from flask import current_app

from forum.core.errors import WrongState
from forum.voice.guardians.mails import mail_consent_request
from forum.voice.guardians.models import GuardianConsent


class GuardianVerifier(Protocol):
    """Contacts a guardian and verifies that the person is one."""

    name: str
    """Stored with each consent: how it was verified."""
    proves_identity: bool
    """False if it only shows that somebody reads an address; the pages then say so."""
    explanation: str
    """How the verification works: one Korean sentence for the guardian and the child."""

    def begin(self, consent: GuardianConsent) -> None:
        """Send the guardian the way to the consent page, in the caller's transaction."""

    def check(self, consent: GuardianConsent, evidence: Mapping[str, str]) -> None:
        """Verify the guardian by what came with the consent.

        :param evidence: the fields of the form
        :raise InvalidInput: the evidence does not show that this is the guardian
        """


class MailedLink:
    """For development: mails a link to the address that the child gave, and takes its reader for the guardian."""

    name = "mailed_link"
    proves_identity = False
    explanation = "보호자 이메일로 링크를 보내고, 그 메일을 읽는 사람을 보호자로 봐요."

    def begin(self, consent: GuardianConsent) -> None:
        mail_consent_request(consent)

    def check(self, consent: GuardianConsent, evidence: Mapping[str, str]) -> None:
        """Accept: the address of the page was in the mail."""


def verifier() -> GuardianVerifier:
    """Return the verifier that the settings name.

    :raise WrongState: none is configured
    """
    chosen = str(current_app.config["GUARDIAN_VERIFIER"])
    if chosen == MailedLink.name:
        return MailedLink()
    if not chosen:
        raise WrongState("보호자를 확인하는 방법이 아직 준비되지 않았어요.")
    module, _, name = chosen.partition(":")
    made: GuardianVerifier = getattr(import_module(module), name)()
    return made
