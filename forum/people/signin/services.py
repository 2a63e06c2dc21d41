"""Register accounts, check passwords, and make the links that set new ones."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

from flask import current_app
from flask_security.utils import hash_password, verify_password
from sqlalchemy.exc import IntegrityError

from forum.core import clock
from forum.core.access import Role
from forum.core.database import reading
from forum.core.errors import ForumError, InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.network import keyed_hash
from forum.people.accounts import identity
from forum.people.accounts.models import Account
from forum.people.accounts.passwords import min_chars, new_password, normal_form
from forum.people.accounts.queries import account_by_email, account_of_mailbox
from forum.people.accounts.services import (
    clear_password,
    lock_account,
    record_reset_request,
    refuse_ministry_name,
    store_account,
)
from forum.people.policies.models import PolicyKind
from forum.people.policies.services import SeenVersions, record_agreements, require_agreement
from forum.people.signin.first_act import keep_for
from forum.people.signin.mails import mail_already_registered, mail_confirmation_link
from forum.web.form_recovery import SavedForm


@dataclass(frozen=True)
class Origin:
    """What a visitor was doing when they registered.

    :param form: what they had typed before they were asked to register
    :param next_path: the page of this site they came from, to return to; empty if none
    :param address: IP address of the request, for the limits of its network
    """

    form: SavedForm | None = None
    next_path: str = ""
    address: str | None = None


NOWHERE = Origin()
QUIET_AFTER_REGISTERING = timedelta(minutes=1)


def register_account(
    email: str | None,
    display_name: str | None,
    password: str | None,
    birth_year: int | None,
    region_code: str | None = None,
    birth_date: date | None = None,
    agree_consent: int | None = None,
    agree_terms: int | None = None,
    agree_region: bool = False,
    origin: Origin = NOWHERE,
) -> None:
    """Create an account and mail the link that confirms its address. The caller commits.

    Somebody under 14 waits for a guardian (`forum.voice.guardians`); until then no more is stored than that needs.

    The caller cannot tell a new address from a known one: the owner of a known one gets a mail instead. An address of
    a known mailbox (+tags, dots at Gmail) is a known one: one person, one account.

    :param agree_consent: the version of the consent whose box was ticked; None if it was not
    :param agree_terms: likewise of the terms
    :param agree_region: whether the region, which nobody has to give, may be stored
    :param origin: what the visitor was doing, to go on with it
    :raise InvalidInput: one message per field
    """
    agreed = {PolicyKind.CONSENT: agree_consent, PolicyKind.TERMS: agree_terms}
    checked = identity.validate_fields(
        email=lambda: identity.email_address(email),
        display_name=lambda: identity.unreserved_name(display_name),
        password=lambda: new_password(password, min_chars(Role.CITIZEN), (email, display_name)),
        birth=lambda: identity.birth(birth_year, birth_date),
        region_code=lambda: _agreed_region(region_code, agree_region),
        agreed=lambda: require_agreement(agreed),
    )
    del checked["agreed"]  # no column
    values = identity.birth_columns(checked)
    if values["waits_for_consent"]:
        _refuse_without_guardian_check()
        values["region_code"] = None
    # Hashed before the first statement, from which on a request holds SQLite's only write lock; and for a known address
    # too, so that the response takes as long.
    typed, values["password"] = values["password"], hash_password(values["password"])
    refuse_ministry_name(values["display_name"])
    known = account_of_mailbox(values["email"])
    if known is not None and not known.is_confirmed:
        _register_again(known, typed, origin)
        return
    hash_password(typed)  # as long as it takes to compare an unconfirmed account's
    if known is None:
        _register_new(values, agreed, origin)
    else:
        mail_already_registered(known, origin.next_path)


def account_for_sign_in(email: str, password: str) -> Account | None:
    """Return the account with this address and password, or None. Takes as long for an address without an account.

    Read-only, so that the slow password check holds no write lock on SQLite.
    """
    normal = normal_form(password)
    with reading():
        account = account_by_email(email)
    if account is None or account.password is None or not account.active:
        hash_password(normal)
        return None
    return account if verify_password(normal, account.password) else None


def request_password_reset(account: Account) -> str:
    """Record a request for a new password, which invalidates links of earlier minutes. The caller commits.

    Links of this minute stay valid, since no second mail is sent in it.

    :return: the fingerprint that the link must contain; of no use for somebody who has left meanwhile
    """
    with suppress(WrongState):  # the answer must not say which addresses have accounts
        record_reset_request(account)
    return reset_fingerprint(account)


def reset_fingerprint(account: Account) -> str:
    """Return a hash that changes with everything that invalidates a reset link: address, password, a newer request."""
    return keyed_hash("reset", f"{account.email_key}\n{account.password}\n{account.reset_asked_at}")


def _register_new(values: dict[str, object], agreed: SeenVersions, origin: Origin) -> None:
    try:
        with db.session.begin_nested():
            account = store_account(**values)
    except IntegrityError:
        if account_of_mailbox(str(values["email"])) is None:
            raise
        return  # a concurrent request registered this mailbox, and mails the link
    record_agreements(account, agreed)
    if origin.form is not None and not account.waits_for_consent:
        # A refused text must not tell new addresses from known ones. It stays in the browser, where it was typed.
        with suppress(ForumError), db.session.begin_nested():
            keep_for(account, origin.form, origin.address)
    mail_confirmation_link(account, origin.next_path)


def _register_again(account: Account, password: str, origin: Origin) -> None:
    """Mail the link of an unconfirmed account again. If the passwords differ, neither is valid.

    Whoever registered first may not own the address. Its owner confirms it by the mail, and must not enter an account
    that somebody else has the password of.
    """
    lock_account(account)
    if account.is_confirmed:
        return
    if account.password is None:
        hash_password(password)  # takes as long
    elif not verify_password(password, account.password):
        clear_password(account)
    if clock.now() - account.created_at >= QUIET_AFTER_REGISTERING:  # else the button was pressed twice
        mail_confirmation_link(account, origin.next_path)


def _agreed_region(region_code: str | None, is_agreed: bool) -> str | None:
    """Return the region, which is stored only if its own box is ticked: nobody has to give it.

    :raise InvalidInput: not a region, or the box is not ticked
    """
    code = identity.region(region_code)
    if code and not is_agreed:
        message = _("사는 지역을 남기려면 여기에 표시해 주세요. 아니면 지역을 고르지 마세요.")
        raise InvalidInput({"agree_region": message})
    return code


def _refuse_without_guardian_check() -> None:
    if not current_app.config["GUARDIAN_VERIFIER"]:
        raise InvalidInput(
            {
                "birth_date": "만 14세 미만은 보호자(법정대리인)의 동의가 있어야 참여할 수 있어요. "
                "보호자를 확인하는 방법이 준비되면 가입할 수 있어요."
            }
        )
