"""Idempotency keys: a request that is sent twice takes effect once, and both get the same response.

A form has a fresh key in a hidden field (`form_tokens()` in the templates); programs send `Idempotency-Key`. The key's
row, the work and the response are one transaction: while a request with a key is handled, `db.session.commit()` only
flushes, and the real commit follows when the response is known. So a crash leaves both work and response, or neither. A
second request with the same key waits at the row's primary key until the first has ended. It then gets the same
response or, if the first was refused and left nothing, does the work itself.

Not covered, on purpose:
- Requests without a key, including votes (casting the same vote again changes nothing): no cost for them here.
- Visitors, unless a slice knows who they are (`register_request_actor`: guests of gatherings), and the sign-in pages of
  Flask-Security: their responses set cookies, which must never be stored and replayed. The unique address prevents
  signing up twice.
- Refusals (4xx, 5xx): they changed nothing, so the next attempt counts as the first.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import Flask, Response, current_app, g, request, session
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from sqlalchemy.orm import Mapped, mapped_column

from forum.core import clock
from forum.core.database import (
    Base,
    DeferredCommit,
    UtcDateTime,
    affected,
    defer_commits,
    insert_or_ignore,
    set_reading,
)
from forum.core.errors import ForumError, InvalidInput
from forum.core.extensions import db
from forum.web.form_recovery import IDEMPOTENCY_FIELD

View = TypeVar("View", bound=Callable[..., Any])
_finders: list[Callable[[], str | None]] = []
FIELD, HEADER, REPLAYED = IDEMPOTENCY_FIELD, "Idempotency-Key", "Idempotent-Replayed"
UNHASHED_FIELDS = frozenset({FIELD, "csrf_token"})
REPLAYED_HEADERS = ("Location", "Content-Type", "HX-Redirect", "HX-Location", "HX-Trigger", "HX-Retarget", "HX-Reswap")
MAX_REPLAYED_BODY_BYTES = 64 * 1024
MAX_KEY_CHARS = 255
FLASHES = "_flashes"
_KEY = re.compile(r"[\x21-\x7e]{8,255}")


class KeyReused(ForumError):
    """The key was used before, for another request."""

    status = 422
    title = "이미 보낸 화면이에요"
    advice = "새 화면을 열어 다시 보내 주세요. 먼저 보낸 것은 그대로 처리되었어요."


class IdempotencyRecord(Base):
    """The response to a request with a key. While `status` is NULL the request is still running.

    `actor` is "account:12" or "pass:7", without a foreign key: a row lives for days and must not keep an account from
    being deleted.
    """

    __tablename__ = "kept_answer"

    actor: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(MAX_KEY_CHARS), primary_key=True)
    request_hash: Mapped[str] = mapped_column(sa.String(64))
    status: Mapped[int | None] = mapped_column(sa.SmallInteger)
    headers: Mapped[dict[str, str]] = mapped_column(sa.JSON, default=dict)
    flashes: Mapped[list[list[str]]] = mapped_column(sa.JSON, default=list)
    body: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    """NULL if the body was too long to store, or must not be stored."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, index=True)

    __table_args__ = (
        sa.CheckConstraint("status IS NULL OR status BETWEEN 200 AND 399", name="only_what_was_done_is_kept"),
        sa.CheckConstraint("length(request_hash) = 64", name="hash_is_sha256"),
    )


class IdempotentFlask(Flask):
    """Flask application that runs a view once per idempotency key."""

    def dispatch_request(self) -> ResponseReturnValue:
        _run_first()
        key = _request_key()
        if key is None:
            return super().dispatch_request()
        return _run_once(key, super().dispatch_request)


def register_idempotency(app: Flask) -> None:
    app.jinja_env.globals["form_tokens"] = form_tokens


def form_tokens(key: str = "") -> Markup:
    """Return the two hidden fields of every form that acts: CSRF token and idempotency key.

    :param key: of a form that is sent again; by default a new one
    """
    field = Markup('<input type="hidden" name="{}" value="{}">')
    return field.format("csrf_token", generate_csrf()) + field.format(FIELD, key or new_key())


def register_request_actor(find: Callable[[], str | None]) -> None:
    """Register what returns whose request it is where nobody is signed in, such as "pass:7"; None if it does not know.

    Registering the same function again changes nothing.
    """
    if find not in _finders:
        _finders.append(find)


def new_key() -> str:
    return uuid.uuid4().hex


def no_replay(view: View) -> View:
    """Mark a view whose response must not be stored, since it shows something only once. A repeated key is refused."""
    view.is_replay_disabled = True  # type: ignore[attr-defined]
    return view


def runs_first(work: Callable[..., Any]) -> Callable[[View], View]:
    """Mark a view whose posts need something that may take seconds, such as a file put into a store.

    `work` gets the view's arguments and runs before the key is claimed, which begins to write: on SQLite everybody else
    would wait. Its transaction reads only, and ends when it returns. What it returns is `g.ran_first` in the view. It
    raises nothing that the view shows on its form, and leaves the request's files at their beginning.
    """

    def mark(view: View) -> View:
        view.runs_first = work  # type: ignore[attr-defined]
        return view

    return mark


def _run_first() -> None:
    work = getattr(current_app.view_functions.get(str(request.endpoint)), "runs_first", None)
    if work is None or request.method != "POST":
        return
    db.session.rollback()
    set_reading(True)
    try:
        g.ran_first = work(**(request.view_args or {}))
    finally:
        db.session.rollback()
        set_reading(False)


def idempotency_exempt(view: View) -> View:
    """Mark a view that ignores keys: it is idempotent itself and is sent the keys of other forms (saving a draft)."""
    view.is_idempotency_exempt = True  # type: ignore[attr-defined]
    return view


def resent_with_other(*names: str) -> Callable[[View], View]:
    """Mark a view whose JSON members of these names differ each time the same request is sent.

    Such as how many seconds ago something happened: a retry after an hour is the same request, with a larger number.
    """

    def mark(view: View) -> View:
        view.resent_with_other = frozenset(names)  # type: ignore[attr-defined]
        return view

    return mark


def purge_idempotency_records() -> int:
    """Delete records older than IDEMPOTENCY_HOURS; return how many. The caller commits."""
    too_old = clock.now() - timedelta(hours=int(current_app.config["IDEMPOTENCY_HOURS"]))
    done = db.session.execute(
        sa.delete(IdempotencyRecord)
        .where(IdempotencyRecord.created_at < too_old)
        .execution_options(synchronize_session=False)
    )
    return affected(done)


def forget_responses(actors: Iterable[str]) -> None:
    """Delete what is stored for these actors, but for a request that is running. The caller commits."""
    done = sa.and_(IdempotencyRecord.actor.in_(list(actors)), IdempotencyRecord.status.is_not(None))
    db.session.execute(sa.delete(IdempotencyRecord).where(done).execution_options(synchronize_session=False))


def _request_key() -> str | None:
    """Return the request's key; None if it has none, or if keys are ignored here.

    :raise InvalidInput: the key is malformed
    """
    if request.method in {"GET", "HEAD", "OPTIONS"} or request.blueprint == "security":
        return None
    if getattr(current_app.view_functions.get(str(request.endpoint)), "is_idempotency_exempt", False):
        return None
    key = request.headers.get(HEADER)
    if key is None and not request.is_json:
        key = request.form.get(FIELD)
    if key is None or _actor() is None:
        return None
    if not _KEY.fullmatch(key):
        raise InvalidInput(f"{HEADER} 값은 공백이 없는 영문·숫자·기호 8~{MAX_KEY_CHARS}자여야 해요.")
    return key


def _actor() -> str | None:
    """Return whose keys count in this request; None for a visitor nobody knows."""
    if current_user.is_authenticated:
        return f"account:{current_user.id}"
    return next(filter(None, (find() for find in _finders)), None)


def _run_once(key: str, work: Callable[[], ResponseReturnValue]) -> ResponseReturnValue:
    actor, request_hash = _actor(), hash_request()
    assert actor is not None
    kept = _claim_key(actor, key, request_hash)
    if kept is not None:
        return _replay(kept, request_hash)
    flashes_before = len(session.get(FLASHES, []))
    with defer_commits(db.session()) as deferred:
        response = current_app.make_response(work())
    _store_response(actor, key, deferred, response, flashes_before)
    return response


def _claim_key(actor: str, key: str, request_hash: str) -> IdempotencyRecord | None:
    """Insert the key's row and return None; if it exists already, return the stored record.

    With two requests at once, the second INSERT waits for the first one's transaction (SQLite: for its write lock). It
    then finds the committed row or, after a rollback, succeeds.
    """
    row = {
        "actor": actor,
        "key": key,
        "request_hash": request_hash,
        "headers": {},
        "flashes": [],
        "created_at": clock.now(),
    }
    while True:
        taken = db.session.execute(
            insert_or_ignore(db.session, IdempotencyRecord).values(row).returning(IdempotencyRecord.key)
        ).first()
        if taken is not None:
            return None
        kept = db.session.get(IdempotencyRecord, (actor, key))
        if kept is not None:  # else it was purged between the two statements: try again
            return kept


def _store_response(actor: str, key: str, deferred: DeferredCommit, response: Response, flashes_before: int) -> None:
    """Commit the work together with its response; roll back if the view committed nothing."""
    if deferred.rolled_back:
        raise RuntimeError("the view rolled back what it had committed; mark it or commit once")
    if not deferred.requested:
        db.session.rollback()
        return
    mine = sa.and_(IdempotencyRecord.actor == actor, IdempotencyRecord.key == key)
    if response.status_code >= 400:  # commit what the view recorded about the refusal, without the key
        db.session.execute(sa.delete(IdempotencyRecord).where(mine).execution_options(synchronize_session=False))
    else:
        values = {
            "status": response.status_code,
            "headers": {name: response.headers[name] for name in REPLAYED_HEADERS if name in response.headers},
            "flashes": [list(flash) for flash in session.get(FLASHES, [])[flashes_before:]],
            "body": _replayable_body(response),
        }
        db.session.execute(
            sa.update(IdempotencyRecord).where(mine).values(values).execution_options(synchronize_session=False)
        )
    db.session.commit()


def _replayable_body(response: Response) -> bytes | None:
    view = current_app.view_functions[str(request.endpoint)]
    if getattr(view, "is_replay_disabled", False) or response.is_streamed:
        return None
    body = response.get_data()
    return body if len(body) <= MAX_REPLAYED_BODY_BYTES else None


def _replay(kept: IdempotencyRecord, request_hash: str) -> Response:
    """Return the stored response again.

    :raise KeyReused: another request used this key, or its response was not stored
    """
    if kept.request_hash != request_hash:
        raise KeyReused("같은 화면에서 이미 다른 내용을 보냈어요. 두 번 처리되지 않도록 이번 것은 받지 않았어요.")
    if kept.body is None or kept.status is None:
        raise KeyReused("이 요청은 이미 처리되었어요.")
    if kept.flashes:
        session[FLASHES] = session.get(FLASHES, []) + [tuple(flash) for flash in kept.flashes]
    response = Response(kept.body, kept.status, headers=dict(kept.headers))
    response.headers[REPLAYED] = "true"
    return response


def hash_request() -> str:
    """Return SHA-256, as 64 hex digits, of method, URL, kind of response and body.

    The order of form fields and of JSON's names does not matter, nor do the form's tokens, nor what `resent_with_other`
    names.
    """
    parts: list[Any] = [request.method, request.full_path.rstrip("?"), bool(request.headers.get("HX-Request"))]
    if request.form or request.files:
        fields = sorted(
            [name, value] for name, values in request.form.lists() if name not in UNHASHED_FIELDS for value in values
        )
        parts += [fields, sorted(_file_hashes())]
    else:
        view = current_app.view_functions.get(str(request.endpoint))
        parts.append(_canonical(request.get_data(cache=True), getattr(view, "resent_with_other", frozenset())))
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _file_hashes() -> Iterable[list[str]]:
    for name, files in request.files.lists():
        for file in files:
            digest = hashlib.sha256(file.stream.read()).hexdigest()  # bounded by MAX_CONTENT_LENGTH
            file.stream.seek(0)
            yield [name, file.filename or "", digest]


def _canonical(body: bytes, left_out: frozenset[str]) -> str:
    def kept(members: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in members.items() if name not in left_out}

    try:
        return json.dumps(json.loads(body, object_hook=kept if left_out else None), sort_keys=True)
    except (ValueError, RecursionError):
        return hashlib.sha256(body).hexdigest()
