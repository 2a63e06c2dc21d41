"""Mails to guardians. Links are built from BASE_URL."""

from __future__ import annotations

from flask import render_template

from forum.core.links import link_to
from forum.core.mail import SUBJECT_PREFIX
from forum.system.notices.services import queue_mail
from forum.voice.guardians.models import GuardianConsent
from forum.voice.guardians.queries import ANSWER_PURPOSE, MANAGE_PURPOSE, REQUEST_MAIL_PREFIX, consent_token

FOLDER = "guardians/mail"


def mail_consent_request(consent: GuardianConsent) -> None:
    """Mail the link to the consent page. The caller commits."""
    url = link_to("guardians.answer", token=consent_token(consent, ANSWER_PURPOSE))
    _send(consent, "어린이 회원의 보호자 동의를 부탁드려요", "ask.txt", url, f"{REQUEST_MAIL_PREFIX}{consent.id}")


def mail_consent_given(consent: GuardianConsent) -> None:
    """Mail what was consented to, and the link that revokes it. The caller commits."""
    url = link_to("guardians.manage", token=consent_token(consent, MANAGE_PURPOSE))
    _send(consent, "동의해 주셔서 고마워요", "given.txt", url, f"guardian-given:{consent.id}")


def mail_consent_revoked(consent: GuardianConsent) -> None:
    """Mail that the consent was revoked, and what happens next. The caller commits."""
    _send(consent, "동의를 거두셨어요", "revoked.txt", "", f"guardian-revoked:{consent.id}")


def _send(consent: GuardianConsent, subject: str, template: str, url: str, key: str) -> None:
    if consent.guardian_email is None:
        return
    body = render_template(f"{FOLDER}/{template}", consent=consent, child=consent.account, url=url)
    queue_mail(consent.guardian_email, SUBJECT_PREFIX + subject, body, key)
