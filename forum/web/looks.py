"""How the site looks to one reader: as their device says, light, dark, or in high contrast.

The choice is a cookie, not a row: visitors have it too. It is the only cookie with which the page cache still works.
"""

from __future__ import annotations

from flask import Blueprint, Flask, current_app, redirect, request
from flask.typing import ResponseReturnValue

from forum.core.database import LabelledEnum
from forum.core.extensions import csrf
from forum.core.i18n import _l
from forum.web.gate import public
from forum.web.idempotency import idempotency_exempt
from forum.web.redirects import path_on_this_site

COOKIE = "look"
YEAR_SECONDS = 365 * 24 * 3600

bp = Blueprint("looks", __name__)


class Look(LabelledEnum):
    """The value of the cookie in lower case is `data-look` of the page; DEVICE has no cookie."""

    DEVICE = "DEVICE"
    LIGHT = "LIGHT"
    DARK = "DARK"
    CONTRAST = "CONTRAST"

    __labels__ = {
        DEVICE: _l("기기 설정대로"),
        LIGHT: _l("밝게"),
        DARK: _l("어둡게"),
        CONTRAST: _l("선명하게"),
    }

    @property
    def code(self) -> str:
        return "" if self is Look.DEVICE else self.name.lower()


_BY_CODE = {look.code: look for look in Look}


def register_looks(app: Flask) -> None:
    app.jinja_env.globals.update(look=chosen_look, Look=Look)
    app.register_blueprint(bp)


def chosen_look() -> str:
    """Return the reader's choice as its code; "" if there is none, or an unknown one."""
    code = request.cookies.get(COOKIE, "")
    return code if code in _BY_CODE else ""


@bp.post("/look")
@public
@csrf.exempt  # it changes only what this browser shows, and a page from the cache has no token
@idempotency_exempt
def choose() -> ResponseReturnValue:
    """Remember the choice in this browser, and go back to the page where it was made."""
    look = _BY_CODE.get(request.form.get("look", ""), Look.DEVICE)
    response = redirect(path_on_this_site(request.form.get("next")) or "/", 303)
    if look is Look.DEVICE:
        response.delete_cookie(COOKIE)
    else:
        secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
        response.set_cookie(COOKIE, look.code, YEAR_SECONDS, secure=secure, httponly=True, samesite="Lax")
    return response
