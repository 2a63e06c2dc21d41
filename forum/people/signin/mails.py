"""Mails about accounts. Their texts are `forum/templates/security/email/*.txt`; Flask-Security sends some of them.

Every link is built from BASE_URL: the Host header is whatever the client says it is, and a link with a token in it
must not lead to somebody else's site.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import current_app, render_template
from flask_security.confirmable import generate_confirmation_token

from forum.core import clock
from forum.people.accounts.models import Account
from forum.system.notices.services import queue_mail

SUBJECT_PREFIX = "[탄소중립 국민포럼] "
FOLDER = "security/email"
QUIET_AFTER_REGISTERING = timedelta(hours=1)


def link(endpoint: str, **values: Any) -> str:
    """The full address of a page, also where there is no request (a command)."""
    return str(current_app.config["BASE_URL"]) + current_app.url_map.bind("localhost").build(endpoint, values)


def mail_confirmation_link(account: Account) -> None:
    """Send the link that confirms the address. The caller commits."""
    token = generate_confirmation_token(account)
    body = render_template(f"{FOLDER}/confirmation_instructions.txt", user=account, confirmation_token=token, link=link)
    queue_mail(account.email, SUBJECT_PREFIX + "이메일 주소를 확인해 주세요", body, f"registered:{account.id}")


def mail_already_registered(account: Account) -> None:
    """Somebody registered an address that has an account; only its owner hears of that, at most once an hour.

    Silent in the first hour of an account: its owner pressed the button twice, and has just got the first mail.
    """
    now = clock.now()
    if now - account.created_at < QUIET_AFTER_REGISTERING:
        return
    body = render_template(f"{FOLDER}/welcome_existing.txt", user=account, link=link)
    key = f"already_registered:{account.id}:{now:%Y%m%d%H}"
    queue_mail(account.email, SUBJECT_PREFIX + "이미 가입된 이메일입니다", body, key)
