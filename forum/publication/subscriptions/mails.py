"""Mails to subscribers. Links are built from BASE_URL."""

from __future__ import annotations

from collections.abc import Sequence

from flask import render_template

from forum.core import clock
from forum.core.i18n import _
from forum.core.links import link_to
from forum.core.mail import SUBJECT_PREFIX
from forum.publication.digests.kinds import digest_title
from forum.publication.digests.models import Digest
from forum.publication.subscriptions.links import code_of, managing_link
from forum.publication.subscriptions.models import DigestSubscription
from forum.system.notices.services import queue_mail, queue_mail_to_leave

LEAVING_KIND = "digests"
FOLDER = "subscriptions/mail"


def leaving_of(subscription: DigestSubscription) -> str:
    return f"{LEAVING_KIND}:{code_of(subscription)}"


def ask_to_confirm(subscription: DigestSubscription) -> None:
    """Mail the link that confirms an address. The caller commits."""
    _send_once_an_hour(subscription, "confirm", _("정책 보고서 메일을 받으실 건가요?"))


def say_it_is_running(subscription: DigestSubscription) -> None:
    """Mail the link to the settings to somebody who gets the mail already. The caller commits."""
    _send_once_an_hour(subscription, "running", _("정책 보고서 메일을 이미 받고 있어요"))


def _send_once_an_hour(subscription: DigestSubscription, what: str, subject: str) -> None:
    """The key holds the hour, and the outbox takes a key once: nobody fills the mailbox of somebody else."""
    body = render_template(f"{FOLDER}/{what}.txt", subscription=subscription, url=managing_link(subscription))
    key = f"digest-mail-{what}:{code_of(subscription)}:{clock.now():%Y%m%d%H}"
    queue_mail(subscription.address, SUBJECT_PREFIX + subject, body, key)


def tell_of_digests(subscription: DigestSubscription, digests: Sequence[Digest]) -> None:
    """Mail which digests are new, the newest first. The caller commits."""
    campaign = subscription.campaign
    subject = SUBJECT_PREFIX + _("‘%(forum)s’의 새 정책 보고서", forum=campaign.title)
    links = {digest.id: link_to("digests.show", digest_id=digest.id) for digest in digests}
    body = render_template(
        f"{FOLDER}/new.txt",
        subscription=subscription,
        digests=digests,
        links=links,
        title_of=digest_title,
        listing=link_to("digests.listing", slug=campaign.slug),
    )
    key = f"digest-mail-new:{code_of(subscription)}:{digests[0].id}"
    queue_mail_to_leave(subscription.address, subject, body, key, leaving=leaving_of(subscription))
