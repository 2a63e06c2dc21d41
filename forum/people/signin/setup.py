from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask, abort, request
from flask_login import user_logged_out
from flask_security import Security, password_reset
from flask_security import views as library

from forum.core import clock
from forum.core.extensions import limiter
from forum.core.links import link_to
from forum.core.mail import SUBJECT_PREFIX
from forum.people.signin import forms, views
from forum.people.signin.messages import MESSAGES, SUBJECTS
from forum.people.signin.security import (
    AccountDatastore,
    ConfirmationSerializer,
    ForumPasswordUtil,
    OutboxMailUtil,
    ResetSerializer,
    Visitor,
    end_sessions_at_sign_out,
    remember_device_after_reset,
    render_page,
)

HTTP_UNSUPPORTED = 415
# Per network, and a school shares one address: two classes register, and confirm, within a minute.
REGISTER_LIMIT = "60 per minute; 600 per hour"
CONFIRM_LIMIT = "60 per minute"
MAIL_FORMS_LIMIT = "30 per minute"  # an account gets one mail a minute at most, whoever asks
CHANGE_FORM_LIMIT = "10 per minute"
# The cheapest parameters of argon2, for fast tests.
CHEAP_HASHES = {"argon2__time_cost": 1, "argon2__memory_cost": 8, "argon2__parallelism": 1}

# Decorated once, at import: the limiter is shared by all applications of a process and would otherwise count each
# request once per application. Sign-in has its own limit: forum.people.signin.attempts.
limited: dict[str, Any] = {
    "login": views.sign_in,
    "register": limiter.limit(REGISTER_LIMIT, methods=["POST"])(views.register),
    "confirm_email": limiter.limit(CONFIRM_LIMIT, methods=["POST"])(views.confirm),
    "forgot_password": limiter.limit(MAIL_FORMS_LIMIT, methods=["POST"])(library.forgot_password),
    "send_confirmation": limiter.limit(MAIL_FORMS_LIMIT, methods=["POST"])(library.send_confirmation),
    "change_password": limiter.limit(CHANGE_FORM_LIMIT, methods=["POST"])(library.change_password),
}


def register(app: Flask) -> None:
    """Register Flask-Security with our datastore, forms, mails and tokens."""
    app.config.from_mapping(settings(app))
    security = Security(  # one per application: it stores the application's secrets and datastore
        app,
        AccountDatastore(),
        login_form=forms.SignInForm,
        forgot_password_form=forms.ResetRequestForm,
        reset_password_form=forms.PasswordResetForm,
        change_password_form=forms.PasswordChangeForm,
        send_confirmation_form=forms.ConfirmationRequestForm,
        mail_util_cls=OutboxMailUtil,
        password_util_cls=ForumPasswordUtil,
        render_template=render_page,  # type: ignore[arg-type] # the views return its result
    )
    security.confirm_serializer = ConfirmationSerializer(app.config["SECRET_KEY"], salt="confirm")
    security.reset_serializer = ResetSerializer(app.config["SECRET_KEY"], salt="reset")
    security.mail_context_processor(lambda: {"link": link_to})
    security.want_json(lambda _request: False)
    # Flask-Principal is not used, and would load the account for every static file too.
    security.principal.identity_loaders.clear()
    security.login_manager.anonymous_user = Visitor
    security.login_manager.request_loader(lambda _request: None)  # cookies only: tokens in URLs leak
    user_logged_out.connect(end_sessions_at_sign_out, app)
    password_reset.connect(remember_device_after_reset, app)
    app.before_request(_forms_only)
    for name, view in limited.items():
        app.view_functions[f"security.{name}"] = view


def settings(app: Flask) -> dict[str, Any]:
    """Return Flask-Security's settings, derived from ours."""
    values: dict[str, Any] = {
        "URL_PREFIX": "/account",
        "STATIC_FOLDER": None,
        "REGISTERABLE": True,  # its page, with our view
        "CONFIRMABLE": True,  # likewise
        "RECOVERABLE": True,
        "CHANGEABLE": True,
        "TRACKABLE": False,
        "LOGIN_WITHOUT_CONFIRMATION": True,
        "RETURN_GENERIC_RESPONSES": True,
        "RESET_PASSWORD_WITHIN": timedelta(minutes=30),
        "CONFIRM_EMAIL_WITHIN": timedelta(days=3),
        "FRESHNESS": timedelta(minutes=-1),  # never requires a new sign-in, and has no page for it
        "API_ENABLED_METHODS": ["session"],
        "LOGOUT_METHODS": ["POST"],
        "POST_CHANGE_VIEW": "accounts.profile",
        "DATETIME_FACTORY": clock.now,
        "INPUT_NORMALIZE_FORM": "NFC",
        "PASSWORD_NORMALIZE_FORM": "NFC",
        "PASSWORD_HASH": "argon2",
        "PASSWORD_SCHEMES": ["argon2"],
        "PASSWORD_HASH_PASSLIB_OPTIONS": CHEAP_HASHES if app.config["TESTING"] else {},
        "HASHING_SCHEMES": ["hex_sha256"],  # for values in signed tokens; the default takes 0.2 s
        "EMAIL_HTML": False,
        "CACHE_CONTROL": {"private": None, "no-store": None},  # with True the library writes private=True
        "CLI_USERS_NAME": None,
        "CLI_ROLES_NAME": None,
    }
    values |= {f"MSG_{key}": message for key, message in MESSAGES.items()}
    values |= {f"EMAIL_SUBJECT_{key}": SUBJECT_PREFIX + subject for key, subject in SUBJECTS.items()}
    cookie = {
        "REMEMBER_COOKIE_DURATION": timedelta(days=app.config["SESSION_DAYS"]),
        "REMEMBER_COOKIE_SECURE": app.config["SESSION_COOKIE_SECURE"],
        "REMEMBER_COOKIE_HTTPONLY": True,
        "REMEMBER_COOKIE_SAMESITE": "Lax",
    }
    return {f"SECURITY_{key}": value for key, value in values.items()} | cookie


def _forms_only() -> None:
    """Refuse JSON, which Flask-Security accepts, but fails on when it is a list."""
    if request.blueprint == "security" and request.is_json:
        abort(HTTP_UNSUPPORTED)
