"""Mailed links that confirm an address: what a link is worth now, and what its button does.

Opening a link changes nothing, because programs that look for harmful mail open links too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from flask_security.confirmable import confirm_email_token_status, confirm_user

from forum.core import clock
from forum.people.accounts.models import Account
from forum.people.signin.first_act import Outcome, do_what_waits

REOPENS_FOR = timedelta(minutes=10)
"""So long after the confirmation the link still signs in: the button may be pressed twice, or its answer be lost."""


class LinkState(Enum):
    VALID = "VALID"
    JUST_USED = "JUST_USED"
    USED = "USED"
    EXPIRED = "EXPIRED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True)
class ConfirmationLink:
    """A link and the account it belongs to; without an account unless somebody may sign in with it."""

    state: LinkState
    account: Account | None = None


def read_link(token: str) -> ConfirmationLink:
    """Return what a link is worth now. In a request that may write, its account is locked."""
    expired, invalid, account = confirm_email_token_status(token)
    if expired:
        return ConfirmationLink(LinkState.EXPIRED)
    if invalid or account is None:
        return ConfirmationLink(LinkState.UNKNOWN)
    if account.confirmed_at is None:
        return ConfirmationLink(LinkState.VALID, account)
    if clock.now() - account.confirmed_at < REOPENS_FOR:
        return ConfirmationLink(LinkState.JUST_USED, account)
    return ConfirmationLink(LinkState.USED)


def confirm_address(account: Account, does_what_waits: bool, address: str | None) -> Outcome | None:
    """Confirm the account's address, and do what waits in it if its owner wants that. The caller commits.

    If new terms came since they registered, what waits stays a draft: they are asked for their agreement first.

    :param account: locked, by `read_link`
    :param address: IP address of the request, for the limits of its network
    """
    confirm_user(account)
    return do_what_waits(account, address) if does_what_waits and not account.must_agree else None
