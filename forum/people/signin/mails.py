"""Mails about registration. Their texts are `forum/templates/security/email/*.txt`; Flask-Security sends the others.

Every link is built from BASE_URL, not from the Host header, which the client controls: a link with a token must not
lead to another site.
"""

from __future__ import annotations

from datetime import timedelta

from flask import render_template
from flask_security.confirmable import generate_confirmation_token

from forum.core import clock
from forum.core.i18n import _
from forum.core.links import link_to
from forum.core.mail import SUBJECT_PREFIX
from forum.people.accounts.models import Account
from forum.people.signin.first_act import waiting_in_account
from forum.system.notices.services import queue_mail

FOLDER = "security/email"
QUIET_AFTER_REGISTERING = timedelta(hours=1)


def mail_confirmation_link(account: Account, next_path: str = "") -> None:
    """Mail the link that confirms the address, at most once in a minute of the clock. The caller commits.

    :param next_path: the page of this site that the link leads to in the end
    """
    token = generate_confirmation_token(account)
    waiting = waiting_in_account(account)
    body = render_template(
        f"{FOLDER}/confirmation_instructions.txt",
        user=account,
        confirmation_token=token,
        next_path=next_path or None,
        button=waiting.button if waiting else None,
        link=link_to,
    )
    key = f"registered:{account.id}:{clock.now():%Y%m%d%H%M}"
    queue_mail(account.email, SUBJECT_PREFIX + _("이메일 주소를 확인해 주세요"), body, key)


def mail_already_registered(account: Account, next_path: str = "") -> None:
    """Mail an account's owner that somebody registered its address again, at most once an hour. The caller commits.

    Not in the first hour of an account: then its owner probably pressed the button twice, and has the first mail.

    :param next_path: the page of this site that they came from
    """
    now = clock.now()
    if now - account.created_at < QUIET_AFTER_REGISTERING:
        return
    body = render_template(f"{FOLDER}/welcome_existing.txt", user=account, next_path=next_path or None, link=link_to)
    key = f"already_registered:{account.id}:{now:%Y%m%d%H}"
    queue_mail(account.email, SUBJECT_PREFIX + _("이미 가입한 이메일이에요"), body, key)
