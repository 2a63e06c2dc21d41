"""Adapters between Flask-Security and the forum: our accounts, passwords, tokens and mails behind its views.

This file commits where the library's views cannot: a failed attempt must count although the sign-in is refused, and the
library's views for links by mail and for sign-out do not commit.
"""

from __future__ import annotations

import uuid
from hmac import compare_digest
from typing import Any

from flask import Flask, Response, after_this_request, has_request_context, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import AnonymousUserMixin
from flask_security import MailUtil, PasswordUtil, RoleMixin
from flask_security.datastore import SQLAlchemyDatastore, UserDatastore
from flask_wtf import FlaskForm
from itsdangerous import BadSignature, URLSafeTimedSerializer

from forum.core import clock
from forum.core.access import Role
from forum.core.errors import InvalidInput
from forum.core.extensions import db
from forum.people.accounts.identity import email_address, email_key
from forum.people.accounts.models import Account
from forum.people.accounts.passwords import min_chars, new_password, normal_form
from forum.people.accounts.queries import account_by_email
from forum.people.accounts.services import end_sessions, store_account
from forum.people.signin.attempts import begin_attempt, record_success
from forum.people.signin.devices import device_for, remember_device
from forum.people.signin.queries import account_by_session
from forum.people.signin.services import account_for_sign_in, request_password_reset, reset_fingerprint
from forum.system.notices.services import queue_mail

HTTP_BAD_REQUEST = 400


class AccountDatastore(SQLAlchemyDatastore, UserDatastore):
    """Flask-Security's access to our accounts."""

    def __init__(self) -> None:
        SQLAlchemyDatastore.__init__(self, db)
        UserDatastore.__init__(self, Account, RoleMixin)

    def put(self, model: Any) -> Any:
        """Add and flush, so that a violated constraint raises while the request can respond, not at the commit."""
        db.session.add(model)
        db.session.flush()
        return model

    def find_user(self, case_insensitive: bool = False, **values: Any) -> Account | None:
        """Find an account by `email` or `fs_uniquifier`, in one statement with participant and role.

        :raise TypeError: any other criterion
        """
        match values:
            case {"email": email}:
                return account_by_email(str(email))
            case {"fs_uniquifier": uniquifier}:
                return account_by_session(str(uniquifier))
        raise TypeError(f"accounts are not looked up by {', '.join(values)}")

    def create_user(self, **values: Any) -> Account:
        """Create an account with its participant; the library's roles are dropped, because grants replace them."""
        return store_account(**{name: value for name, value in values.items() if name != "roles"})

    def find_role(self, role: str) -> None:
        """Return None: the library does not know our roles."""


class ForumPasswordUtil(PasswordUtil):
    """Applies our password rules in the library's reset and change forms."""

    def normalize(self, password: str) -> str:
        return normal_form(password)

    def validate(self, password: str, is_register: bool, **values: Any) -> tuple[list[str] | None, str]:
        account: Account = values["user"]
        try:
            return None, new_password(password, min_chars(account.role), (account.email, account.display_name))
        except InvalidInput as error:
            return list(error.errors.values()), password


class OutboxMailUtil(MailUtil):
    """Writes Flask-Security's mails to the outbox, and validates addresses by our rules."""

    def send_mail(
        self,
        template: str,
        subject: str,
        recipient: str | tuple[str, str],
        sender: str | tuple[str, str],
        body: str | None,
        html: str | None,
        **context: Any,
    ) -> None:
        """Queue the mail, and commit after the request, which the library's views do not do."""
        account: Account = context["user"]
        if account.active:  # else its owner has left while this was asked
            queue_mail(account.email, subject, body or "", _message_key(template, account))
        if has_request_context():
            after_this_request(_commit)

    def normalize(self, email: str) -> str:
        return email_key(email)

    def validate(self, email: str) -> str:
        """:raise ValueError: not an address"""
        try:
            return email_address(email)
        except InvalidInput as error:
            raise ValueError(error.message) from error


class Visitor(AnonymousUserMixin):
    """The actor of a request without sign-in."""

    id = None
    role = Role.ANONYMOUS
    ministry_id = None
    participant_id = None
    is_confirmed = False
    waits_for_consent = False
    fs_uniquifier = None


class ConfirmationSerializer(URLSafeTimedSerializer):
    """Confirmation tokens that name the account by its id.

    Flask-Security names it by its uniquifier, which we renew at every sign-out: signing out before opening the mail
    would invalidate the link.
    """

    def dumps(self, obj: Any, salt: Any = None) -> Any:
        uniquifier, email_hash = obj
        account = account_by_session(uniquifier)
        return super().dumps([account.id if account else None, email_hash], salt)

    def loads(self, *args: Any, **options: Any) -> Any:
        """:raise BadSignature: forged, expired, or of an account that is gone"""
        account_id, email_hash = super().loads(*args, **options)
        # Locked, so that one's own leaving and the confirmation wait for each other; opening the link only reads.
        lock = {"of": Account} if request.method == "POST" else None
        account = db.session.get(Account, account_id, populate_existing=True, with_for_update=lock)
        if account is None or not account.active:
            raise BadSignature("no such account")
        return [account.fs_uniquifier, email_hash]


class ResetSerializer(URLSafeTimedSerializer):
    """Tokens for a new password, valid once, and only until a newer one, a new address or a new password.

    Flask-Security's are valid until they expire or the uniquifier changes, so the link of an older mail would work too.
    """

    def dumps(self, obj: Any, salt: Any = None) -> Any:
        uniquifier, _password_hash = obj
        account = account_by_session(uniquifier)
        return super().dumps([account.id, request_password_reset(account)] if account else [None, ""], salt)

    def loads(self, *args: Any, **options: Any) -> Any:
        """:raise BadSignature: forged, expired, used, or outdated"""
        account_id, fingerprint = super().loads(*args, **options)
        # Concurrent uses of one link wait for each other, so that only one succeeds.
        lock = {"of": Account} if request.method == "POST" else None
        account = db.session.get(Account, account_id, populate_existing=True, with_for_update=lock)
        if account is None or not account.active or not compare_digest(str(fingerprint), reset_fingerprint(account)):
            raise BadSignature("used or outdated")
        return [account.fs_uniquifier, None]


def render_page(template: str, **context: Any) -> ResponseReturnValue:
    """Render a page of Flask-Security, with status 400 if its form was refused (the library's is 200), or a mail."""
    text = render_template(template, **context)
    forms = [value for value in context.values() if isinstance(value, FlaskForm)]
    if any(form.is_submitted() and form.errors for form in forms):
        return make_response(text, HTTP_BAD_REQUEST)
    return text


def check_credentials(email: str, password: str) -> Account | None:
    """Store the attempt, then check the password; a right one makes the device a known one. Commits the attempt.

    :return: the account to sign in to, or None
    :raise SignInSlowed: too soon after too many failures
    """
    attempt_id = begin_attempt(email, request.remote_addr, device_for(email)).id
    db.session.commit()  # before the slow part, so that concurrent attempts count it
    account = account_for_sign_in(email, password)
    db.session.rollback()  # ends the reading transaction
    if account is not None:
        record_success(attempt_id)  # the view commits
        remember_device(email)
    return account


def remember_device_after_reset(_app: Flask, user: object = None, **_details: object) -> None:
    """Make the device a known one: somebody who used the mailed link owns the account and need not wait any more."""
    if isinstance(user, Account):
        remember_device(user.email)


def end_sessions_at_sign_out(_app: Flask, user: object = None, **_details: object) -> None:
    """Invalidate the account's cookies at sign-out, copied ones included. Commits."""
    if isinstance(user, Account):
        end_sessions(user)
        db.session.commit()


def _message_key(template: str, account: Account) -> str:
    """Return the outbox key: a link is mailed to an account at most once per minute of the clock, a warning always."""
    name = template.rpartition("/")[2]
    when = f"{clock.now():%Y%m%d%H%M}" if name.endswith("_instructions") else uuid.uuid4().hex
    return f"{name}:{account.id}:{when}"


def _commit(response: Response) -> Response:
    db.session.commit()
    return response
