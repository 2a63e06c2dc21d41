"""Recovery of refused forms: texts that were typed before a session expired appear in the form again after sign-in.

A form may be refused because nobody is signed in (any more), because its CSRF token is from an older session, or
because its idempotency key was used before. Its texts are then saved in a row that only this browser's session refers
to. When the session next opens the form's own page, the form is filled in with them. Nothing is submitted
automatically, and nothing is put into a URL. The error page shows the texts too, for forms that have no page of their
own.

If the database itself is busy or gone, nothing can be saved there. The error page then holds the whole form, to be sent
again with the same idempotency key (`resendable_form`), and asks the database nothing.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO

import sqlalchemy as sa
from flask import Flask, current_app, g, request, session, url_for
from flask_limiter.util import get_remote_address
from flask_login import current_user, user_logged_out
from limits import parse
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from forum.core import clock
from forum.core.database import Base, UtcDateTime, affected
from forum.core.extensions import db, limiter
from forum.core.network import household_of
from forum.web.gate import is_public_endpoint

SESSION_KEY = "carried"
IDEMPOTENCY_FIELD = "idempotency_key"  # of `web.idempotency`, which imports this module
EXCLUDED_FIELDS = frozenset({"csrf_token", IDEMPOTENCY_FIELD, "next"})
MAX_CHARS = 20_000  # of all fields together; an idea is at most 5,000
MAX_FIELDS = 30
MAX_PATH_CHARS = 300
MAX_DRAINED_BYTES = 40 * 1024 * 1024  # three photos of ten megabytes, and what belongs to them
DRAINED_AT_ONCE = 64 * 1024
MAX_UTF8_BYTES = 4  # of one character
MIN_TEXT_CHARS = 10  # shorter fields are typed again faster than they are copied; they alone are not saved
FORM_PAGES = {"ideas.draft": "ideas.new", "rooms.write": "rooms.show"}
"""Endpoint that a form's second button posts to -> endpoint of the form's page."""
NEEDS_SIGN_IN = frozenset({"ideas.new"})
"""Forms that visitors may open and fill in, but not submit."""
SAVE_LIMIT = parse("60 per minute")  # per network: a school class behind one address


class RefusedForm(Base):
    """The fields of one refused form. Deleted after CARRIED_MINUTES; see `purge_refused_forms`."""

    __tablename__ = "carried_text"

    token: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    path: Mapped[str] = mapped_column(sa.String(MAX_PATH_CHARS))
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"))
    """Who was signed in: only they get it back. NULL if nobody was."""
    fields: Mapped[list[list[str]]] = mapped_column(sa.JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, index=True)


def register_form_recovery(app: Flask) -> None:
    user_logged_out.connect(_forget_at_sign_out, app)


def refused_texts() -> list[str]:
    """Return the longer texts of the refused form for the error page, never a password."""
    return [value for _name, value in _submitted_fields() if _is_text(value)]


def save_refused_form() -> str:
    """Save the refused form's fields for its own page. Commits.

    :return: the path of that page; empty if there is none, if nothing was typed, or if it could not be saved
    """
    fields, path = _submitted_fields(), form_path()
    if not refused_texts() or not path or len(path) > MAX_PATH_CHARS:
        return ""
    if sum(len(value) for _name, value in fields) > MAX_CHARS or len(fields) > MAX_FIELDS:
        return ""
    if limiter.enabled and not limiter.limiter.hit(SAVE_LIMIT, "carried", household_of(get_remote_address())):
        return ""
    token = uuid.uuid4().hex
    try:
        account_id = current_user.id if current_user.is_authenticated else None
        _delete(session.get(SESSION_KEY))
        db.session.add(RefusedForm(token=token, path=path, account_id=account_id, fields=fields))
        db.session.commit()
    except DBAPIError:  # the error page must work without a database; it shows the texts anyway
        db.session.rollback()
        return ""
    session[SESSION_KEY] = token
    return path


@dataclass(frozen=True)
class ResendableForm:
    """What a refused form needs to be sent again from the error page.

    :param texts: (name, value) of what was typed, to be shown and changed
    :param others: (name, value) of the short fields and the choices
    :param files: names of the fields whose files have to be chosen again
    :param key: its idempotency key; empty if it had none
    """

    action: str
    texts: list[tuple[str, str]]
    others: list[tuple[str, str]]
    files: list[str]
    key: str


def resendable_form() -> ResendableForm | None:
    """Return the request's form, without a query.

    :return: None if nothing was typed, or if a password belongs to it: passwords are typed again
    """
    fields = _posted_fields()
    texts = [(name, value) for name, value in fields if _is_text(value)]
    if not texts or any("password" in name for name, _value in fields):
        return None
    others = [(name, value) for name, value in fields if not _is_text(value)]
    others += [("next", target) for target in request.form.getlist("next")]
    files = sorted({name for name, file in request.files.items(multi=True) if file.filename})
    action = request.script_root + request.full_path.rstrip("?")
    return ResendableForm(action, texts, others, files, request.form.get(IDEMPOTENCY_FIELD, ""))


@dataclass(frozen=True)
class SavedForm:
    """What a visitor typed into the form at `path`, by field name."""

    path: str
    fields: MultiDict[str, str]


def visitors_form() -> SavedForm | None:
    """Return the form that this browser's visitor sent and that is saved until they have an account.

    No query if the session refers to none. Never the form of somebody who was signed in.
    """
    token = session.get(SESSION_KEY)
    found = db.session.get(RefusedForm, str(token)) if token else None
    if found is None or found.account_id is not None or found.created_at < _expiry():
        return None
    return SavedForm(found.path, MultiDict([(name, value) for name, value in found.fields]))


def must_sign_in_first() -> bool:
    """Return whether the user has to sign in before submitting the refused form again."""
    try:
        closed = not is_public_endpoint(current_app._get_current_object(), str(request.endpoint))  # type: ignore[attr-defined]
        return not current_user.is_authenticated and (closed or request.endpoint in NEEDS_SIGN_IN)
    except DBAPIError:
        db.session.rollback()
        return False


def recovered_fields() -> MultiDict[str, str] | None:
    """Return the saved fields for the page that is being opened. No query if the session refers to none."""
    token = session.get(SESSION_KEY)
    if token is None or request.method != "GET":
        return None
    found = db.session.get(RefusedForm, str(token))
    if found is None or found.path != request.path or found.created_at < _expiry():
        return None
    if found.account_id is not None and (not current_user.is_authenticated or current_user.id != found.account_id):
        return None
    return MultiDict([(name, value) for name, value in found.fields])


def discard_recovered(path: str) -> None:
    """Delete what was saved for the form at `path`, which was accepted now. The caller commits."""
    if SESSION_KEY in session and _delete(session[SESSION_KEY], path):
        session.pop(SESSION_KEY)


def purge_refused_forms() -> int:
    """Delete forms older than CARRIED_MINUTES; return how many. The caller commits."""
    done = db.session.execute(
        sa.delete(RefusedForm).where(RefusedForm.created_at < _expiry()).execution_options(synchronize_session=False)
    )
    return affected(done)


def _submitted_fields() -> list[list[str]]:
    """Return the names and values of the request's form that may be saved."""
    return [[name, value] for name, value in _posted_fields() if value and "password" not in name]


def _posted_fields() -> list[tuple[str, str]]:
    """Return everything that was posted but the form's tokens; nothing of the sign-in pages."""
    if request.method != "POST" or request.blueprint == "security":
        return []
    try:
        items = list(request.form.items(multi=True))
    except HTTPException:  # a body that is too large or broken
        items = g.get("read_fields", [])
    return [(name, value.replace("\x00", "")) for name, value in items if name not in EXCLUDED_FIELDS]


def read_texts_of_large_form() -> bool:
    """Read the texts beside the files of a form that is too large, so that they are not lost with the files.

    The whole body is read, up to `MAX_DRAINED_BYTES`: a browser that is still sending would see a broken connection
    instead of the answer. Files are thrown away as they come.

    :return: whether there are texts; False for requests of pages that take no files, whose body stays unread
    """
    view = current_app.view_functions.get(request.endpoint or "")
    boundary = request.mimetype_params.get("boundary", "")
    length, most = request.content_length or 0, request.max_content_length or 0
    is_unread = most < length <= MAX_DRAINED_BYTES  # one that is refused for its parts has been read in part
    if not getattr(view, "accepts_files", False) or not boundary or not is_unread:
        return False
    try:
        g.read_fields = _texts_in(request.environ["wsgi.input"], boundary, length)
    except (ValueError, OSError):  # not multipart after all, or the connection broke
        return False
    return bool(g.read_fields)


def _texts_in(body: IO[bytes], boundary: str, length: int) -> list[tuple[str, str]]:
    decoder, left = MultipartDecoder(boundary.encode("latin-1")), length
    fields: list[tuple[str, str]] = []
    name, text = "", bytearray()
    while True:
        event = decoder.next_event()
        if isinstance(event, NeedData):
            piece = body.read(min(left, DRAINED_AT_ONCE))
            left -= len(piece)
            decoder.receive_data(piece or None)
        elif isinstance(event, Epilogue):
            return fields
        elif isinstance(event, Field | File):
            name, text = (event.name or "", bytearray()) if isinstance(event, Field) else ("", bytearray())
        elif isinstance(event, Data) and name:
            text += event.data[: MAX_CHARS * MAX_UTF8_BYTES - len(text)]
            if not event.more_data and len(fields) < MAX_FIELDS:
                fields.append((name, text.decode("utf-8", "replace")))


def _is_text(value: str) -> bool:
    return len(value) >= MIN_TEXT_CHARS


def form_path() -> str:
    """Return the path of the page that the refused form is on; empty if it has no page that can be opened."""
    if request.endpoint in FORM_PAGES:
        return url_for(FORM_PAGES[request.endpoint], **(request.view_args or {}))
    rule = request.url_rule
    return request.path if rule is not None and "GET" in (rule.methods or ()) else ""


def _expiry() -> datetime:
    return clock.now() - timedelta(minutes=int(current_app.config["CARRIED_MINUTES"]))


def _delete(token: object, path: str = "") -> bool:
    """Delete the row of this token, only for `path` if given; return whether there was one."""
    if not token:
        return False
    statement = sa.delete(RefusedForm).where(RefusedForm.token == str(token))
    if path:
        statement = statement.where(RefusedForm.path == path)
    return affected(db.session.execute(statement.execution_options(synchronize_session=False))) > 0


def _forget_at_sign_out(_app: Flask, **_details: object) -> None:
    """Forget the saved form at sign-out: the next person at this browser must not see it."""
    session.pop(SESSION_KEY, None)
