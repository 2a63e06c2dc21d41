"""A signed cookie that names a device and the accounts it has signed in to before.

It signs nobody in. It only keeps failed attempts elsewhere from slowing down its owner (see
`forum.people.signin.attempts`).
"""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, after_this_request, current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer

from forum.people.signin.attempts import account_hash

COOKIE = "known_device"
PATH = "/account"  # only the sign-in pages need it, and other pages stay cacheable for visitors
MAX_ACCOUNTS = 5  # per device, such as a family's tablet
DAY_SECONDS = 86_400


def device_for(email: str) -> str | None:
    """Return the name of the requesting device if it has signed in to this address's account before."""
    name, accounts = _read()
    return name if account_hash(email) in accounts else None


def remember_device(email: str) -> None:
    """Set the cookie on the response to this request: the device has signed in to this account."""
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
