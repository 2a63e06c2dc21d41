"""Mails to guardians. Links are built from BASE_URL, as all of ours are."""

from __future__ import annotations

from flask import render_template

from forum.people.signin.mails import SUBJECT_PREFIX, link
from forum.system.notices.services import queue_mail
from forum.voice.guardians.models import GuardianConsent
from forum.voice.guardians.queries import ASKING, ASKING_MAIL, MANAGING, token

FOLDER = "guardians/mail"


def ask_guardian(consent: GuardianConsent) -> None:
    """The link to the consent page. The caller commits."""
    url = link("guardians.answer", token=token(consent, ASKING))
    _send(consent, "어린이 회원의 보호자 동의를 부탁드립니다", "ask.txt", url, f"{ASKING_MAIL}{consent.id}")


def thank_guardian(consent: GuardianConsent) -> None:
    """What was consented to, and the link that takes it back. The caller commits."""
    url = link("guardians.manage", token=token(consent, MANAGING))
    _send(consent, "동의해 주셔서 고맙습니다", "given.txt", url, f"guardian-given:{consent.id}")


def confirm_revocation(consent: GuardianConsent) -> None:
    """That it was taken back, and what happens now. The caller commits."""
    _send(consent, "동의를 거두셨습니다", "revoked.txt", "", f"guardian-revoked:{consent.id}")


def _send(consent: GuardianConsent, subject: str, template: str, url: str, key: str) -> None:
    if consent.guardian_email is None:
        return
    body = render_template(f"{FOLDER}/{template}", consent=consent, child=consent.account, url=url)
    queue_mail(consent.guardian_email, SUBJECT_PREFIX + subject, body, key)
