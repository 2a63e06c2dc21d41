"""How Flask-Security is fitted to the forum: our accounts behind its views, our rules behind its forms."""

from __future__ import annotations

from hmac import compare_digest
from typing import Any

from flask import Flask, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import AnonymousUserMixin
from flask_security import PasswordUtil, RoleMixin
from flask_security.datastore import SQLAlchemyDatastore, UserDatastore
from flask_wtf import FlaskForm
from itsdangerous import BadSignature, URLSafeTimedSerializer

from forum.core.access import Role
from forum.core.errors import InvalidInput
from forum.core.extensions import db
from forum.people.accounts.devices import remember_device
from forum.people.accounts.models import Account
from forum.people.accounts.passwords import min_chars, new_password, normal_form
from forum.people.accounts.queries import account_by_email, account_by_session
from forum.people.accounts.services import ask_for_reset, end_sessions, reset_mark, store_account

HTTP_BAD_REQUEST = 400


class AccountDatastore(SQLAlchemyDatastore, UserDatastore):
    """Accounts as Flask-Security asks for them."""

    def __init__(self) -> None:
        SQLAlchemyDatastore.__init__(self, db)
        UserDatastore.__init__(self, Account, RoleMixin)

    def put(self, model: Any) -> Any:
        """Flush at once: a constraint must speak while the request can still answer, not at its commit."""
        db.session.add(model)
        db.session.flush()
        return model

    def find_user(self, case_insensitive: bool = False, **values: Any) -> Account | None:
        """By `email` or `fs_uniquifier`, in one statement with participant and role.

        :raise TypeError: by anything else
        """
        match values:
            case {"email": email}:
                return account_by_email(str(email))
            case {"fs_uniquifier": uniquifier}:
                return account_by_session(str(uniquifier))
        raise TypeError(f"accounts are not looked up by {', '.join(values)}")

    def create_user(self, **values: Any) -> Account:
        """With its participant; without the library's roles, in whose place grants stand."""
        return store_account(**{name: value for name, value in values.items() if name != "roles"})

    def find_role(self, role: str) -> None:
        """None: the library knows nothing of our roles."""


class ForumPasswordUtil(PasswordUtil):
    """Our password rules for the library's reset and change forms."""

    def normalize(self, password: str) -> str:
        return normal_form(password)

    def validate(self, password: str, is_register: bool, **values: Any) -> tuple[list[str] | None, str]:
        account: Account = values["user"]
        try:
            return None, new_password(password, min_chars(account.role), (account.email, account.display_name))
        except InvalidInput as error:
            return list(error.errors.values()), password


class Visitor(AnonymousUserMixin):
    """Somebody who has not signed in, as an actor."""

    id = None
    role = Role.ANONYMOUS
    ministry_id = None
    participant_id = None
    is_confirmed = False
    waits_for_consent = False
    fs_uniquifier = None


class ConfirmationSerializer(URLSafeTimedSerializer):
    """Tokens that name the account by its id.

    Flask-Security names it by its uniquifier, which we renew at every sign-out: whoever signs out before opening the
    mail would find the link dead.
    """

    def dumps(self, obj: Any, salt: Any = None) -> Any:
        uniquifier, email_hash = obj
        account = account_by_session(uniquifier)
        return super().dumps([account.id if account else None, email_hash], salt)

    def loads(self, *args: Any, **options: Any) -> Any:
        """:raise BadSignature: forged, expired, or of an account that is gone"""
        account_id, email_hash = super().loads(*args, **options)
        account = db.session.get(Account, account_id)
        if account is None:
            raise BadSignature("no such account")
        return [account.fs_uniquifier, email_hash]


class ResetSerializer(URLSafeTimedSerializer):
    """Tokens for a new password: once, and dead after a newer one, a new address or a new password.

    Flask-Security's live until their time is up or the uniquifier changes, so an older mail would still open the door.
    """

    def dumps(self, obj: Any, salt: Any = None) -> Any:
        uniquifier, _password_hash = obj
        account = account_by_session(uniquifier)
        return super().dumps([account.id, ask_for_reset(account)] if account else [None, ""], salt)

    def loads(self, *args: Any, **options: Any) -> Any:
        """:raise BadSignature: forged, expired, used, or outdated"""
        account_id, mark = super().loads(*args, **options)
        # Whoever is about to use it waits for whoever is using it now.
        lock = {"of": Account} if request.method == "POST" else None
        account = db.session.get(Account, account_id, populate_existing=True, with_for_update=lock)
        if account is None or not account.active or not compare_digest(str(mark), reset_mark(account)):
            raise BadSignature("used or outdated")
        return [account.fs_uniquifier, None]


def render_page(template: str, **context: Any) -> ResponseReturnValue:
    """A page of Flask-Security; 400 where its form was refused (the library says 200). Its mails are plain strings."""
    text = render_template(template, **context)
    forms = [value for value in context.values() if isinstance(value, FlaskForm)]
    if any(form.is_submitted() and form.errors for form in forms):
        return make_response(text, HTTP_BAD_REQUEST)
    return text


def know_device(_app: Flask, user: object = None, **_details: object) -> None:
    """Whoever opened the mailed link and set a new password is the owner: nobody's failures keep them waiting now."""
    if isinstance(user, Account):
        remember_device(user.email)


def forget_sessions(_app: Flask, user: object = None, **_details: object) -> None:
    """At sign-out: the cookie is worthless from now on, also one that somebody copied. Commits."""
    if isinstance(user, Account):
        end_sessions(user)
        db.session.commit()
