"""A cookie that says: this device has signed in to these accounts before. It signs nobody in; it only keeps what others
try elsewhere from slowing its owner down (`forum.people.signin.attempts`)."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, after_this_request, current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer

from forum.people.signin.attempts import account_hash

COOKIE = "known_device"
PATH = "/account"  # nothing else asks for it, and pages kept for visitors stay theirs
MAX_ACCOUNTS = 5  # of one device; a family's tablet
DAY_SECONDS = 86_400


def device_for(email: str) -> str | None:
    """The name of the device that asks, if it has signed in to this address's account before."""
    name, accounts = _read()
    return name if account_hash(email) in accounts else None


def remember_device(email: str) -> None:
    """Mark the device that asks, with the answer to this request."""
    name, accounts = _read()
    newest = account_hash(email)
    others = [it for it in accounts if it != newest]
    value = _serializer().dumps([name or uuid.uuid4().hex, [newest, *others][:MAX_ACCOUNTS]])

    @after_this_request
    def mark(response: Response) -> Response:
        response.set_cookie(
            COOKIE,
            value,
            max_age=_max_age(),
            path=PATH,
            httponly=True,
            secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
            samesite="Lax",
        )
        return response


def _read() -> tuple[str | None, list[str]]:
    try:
        name, accounts = _serializer().loads(request.cookies.get(COOKIE, ""), max_age=_max_age())
    except BadData:
        return None, []
    return str(name), [str(it) for it in accounts]


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.config["SECRET_KEY"]), salt="known-device")


def _max_age() -> int:
    days: Any = current_app.config["KNOWN_DEVICE_DAYS"]
    return int(days) * DAY_SECONDS
