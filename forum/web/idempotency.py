"""The same request twice does its work once: a key with the request, its answer kept with the work.

A form carries a fresh key in a hidden field (`form_tokens()` in the templates), a program sends `Idempotency-Key`.
The key's row, the work and the answer are one transaction: while a request with a key is answered,
`db.session.commit()` only flushes, and the one true commit comes when the answer is known. So a crash leaves neither
work nor answer, or both; a second request with the same key waits at the row's primary key until the first has ended,
and then hears the same answer (or, if the first was refused and left nothing, does the work itself).

Left out, on purpose:
- Requests without a key, votes among them (a vote is the same however often it is cast): they cost nothing here.
- Visitors, and the sign-in pages of Flask-Security: their answers set cookies, which must never be kept and handed
  out again; who signs up twice is stopped by the unique address.
- Refusals (4xx, 5xx): they did nothing, so the next try is a first one.
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
from flask import Flask, Response, current_app, request, session
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from sqlalchemy.orm import Mapped, mapped_column

from forum.core import clock
from forum.core.database import Base, DeferredCommit, UtcDateTime, affected, defer_commits, insert_or_ignore
from forum.core.errors import ForumError, InvalidInput
from forum.core.extensions import db

View = TypeVar("View", bound=Callable[..., Any])
FIELD, HEADER, REPLAYED = "idempotency_key", "Idempotency-Key", "Idempotent-Replayed"
UNHASHED_FIELDS = frozenset({FIELD, "csrf_token"})
REPLAYED_HEADERS = ("Location", "Content-Type", "HX-Redirect", "HX-Location", "HX-Trigger", "HX-Retarget", "HX-Reswap")
MAX_REPLAYED_BODY_BYTES = 64 * 1024
MAX_KEY_CHARS = 255
FLASHES = "_flashes"
_KEY = re.compile(r"[\x21-\x7e]{8,255}")


class KeyReused(ForumError):
    """The key came before, with another request."""

    status = 422
    title = "이미 보낸 화면입니다"
    advice = "새 화면을 열어 다시 보내 주세요. 먼저 보낸 것은 그대로 처리되었습니다."


class IdempotencyRecord(Base):
    """What was answered to a request with a key. While `status` is empty the request is still under way.

    `actor` is "account:12"; no foreign key, since a row lives for days and nothing may hang on it.
    """

    __tablename__ = "kept_answer"

    actor: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(MAX_KEY_CHARS), primary_key=True)
    request_hash: Mapped[str] = mapped_column(sa.String(64))
    status: Mapped[int | None] = mapped_column(sa.SmallInteger)
    headers: Mapped[dict[str, str]] = mapped_column(sa.JSON, default=dict)
    flashes: Mapped[list[list[str]]] = mapped_column(sa.JSON, default=list)
    body: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    """Empty where the answer was too long to keep, or must not be kept."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, index=True)

    __table_args__ = (
        sa.CheckConstraint("status IS NULL OR status BETWEEN 200 AND 399", name="only_what_was_done_is_kept"),
        sa.CheckConstraint("length(request_hash) = 64", name="hash_is_sha256"),
    )


class IdempotentFlask(Flask):
    """Flask, whose views run once per key."""

    def dispatch_request(self) -> ResponseReturnValue:
        key = _request_key()
        if key is None:
            return super().dispatch_request()
        return _run_once(key, super().dispatch_request)


def register_idempotency(app: Flask) -> None:
    app.jinja_env.globals["form_tokens"] = form_tokens


def form_tokens() -> Markup:
    """The two hidden fields of every form that acts: against foreign sites, and against doing a thing twice."""
    field = Markup('<input type="hidden" name="{}" value="{}">')
    return field.format("csrf_token", generate_csrf()) + field.format(FIELD, new_key())


def new_key() -> str:
    return uuid.uuid4().hex


def no_replay(view: View) -> View:
    """Mark a view whose answer must not be kept (it shows what is to be read once). A repeated key is refused."""
    view.is_replay_disabled = True  # type: ignore[attr-defined]
    return view


def idempotency_exempt(view: View) -> View:
    """Mark a view that sets things to what is sent and is asked often with the keys of other forms (saving a draft):
    it heeds no key."""
    view.is_idempotency_exempt = True  # type: ignore[attr-defined]
    return view


def purge_idempotency_records() -> int:
    """Delete records older than IDEMPOTENCY_HOURS; return how many. The caller commits."""
    too_old = clock.now() - timedelta(hours=int(current_app.config["IDEMPOTENCY_HOURS"]))
    done = db.session.execute(
        sa.delete(IdempotencyRecord)
        .where(IdempotencyRecord.created_at < too_old)
        .execution_options(synchronize_session=False)
    )
    return affected(done)


def _request_key() -> str | None:
    """The request's key; None where it has none or none is heeded.

    :raise InvalidInput: a key that no program of ours makes
    """
    if request.method in {"GET", "HEAD", "OPTIONS"} or request.blueprint == "security":
        return None
    if getattr(current_app.view_functions.get(str(request.endpoint)), "is_idempotency_exempt", False):
        return None
    key = request.headers.get(HEADER)
    if key is None and not request.is_json:
        key = request.form.get(FIELD)
    if key is None or not current_user.is_authenticated:
        return None
    if not _KEY.fullmatch(key):
        raise InvalidInput(f"{HEADER} 값은 공백이 없는 영문·숫자·기호 8~{MAX_KEY_CHARS}자여야 합니다.")
    return key


def _run_once(key: str, work: Callable[[], ResponseReturnValue]) -> ResponseReturnValue:
    actor, request_hash = f"account:{current_user.id}", hash_request()
    kept = _claim_key(actor, key, request_hash)
    if kept is not None:
        return _replay(kept, request_hash)
    flashes_before = len(session.get(FLASHES, []))
    with defer_commits(db.session()) as deferred:
        response = current_app.make_response(work())
    _store_response(actor, key, deferred, response, flashes_before)
    return response


def _claim_key(actor: str, key: str, request_hash: str) -> IdempotencyRecord | None:
    """None where the key is ours now; otherwise what was answered to it.

    Two at once: the second one's INSERT waits for the first one's transaction (SQLite: for its write lock), and then
    either finds the committed row or, after a rollback, goes in.
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
        if kept is not None:  # else it was purged between the two statements, and ours goes in
            return kept


def _store_response(actor: str, key: str, deferred: DeferredCommit, response: Response, flashes_before: int) -> None:
    """The one true commit, with the answer; or nothing at all where nothing was done."""
    if deferred.rolled_back:
        raise RuntimeError("the view rolled back what it had committed; mark it or commit once")
    if not deferred.requested:
        db.session.rollback()
        return
    mine = sa.and_(IdempotencyRecord.actor == actor, IdempotencyRecord.key == key)
    if response.status_code >= 400:  # something was to be kept beside the refusal; the refusal itself is not
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
    """:raise KeyReused: another request came with this key, or its answer could not be kept"""
    if kept.request_hash != request_hash:
        raise KeyReused("같은 화면에서 이미 다른 내용을 보냈습니다. 두 번 처리되지 않도록 이번 것은 받지 않았습니다.")
    if kept.body is None or kept.status is None:
        raise KeyReused("이 요청은 이미 처리되었습니다.")
    if kept.flashes:
        session[FLASHES] = session.get(FLASHES, []) + [tuple(flash) for flash in kept.flashes]
    response = Response(kept.body, kept.status, headers=dict(kept.headers))
    response.headers[REPLAYED] = "true"
    return response


def hash_request() -> str:
    """SHA-256, as 64 hex digits, of what the request asks for: method, address, kind of answer, and its body.

    The order of form fields and of JSON's names makes no difference, nor do the tokens of the form.
    """
    parts: list[Any] = [request.method, request.full_path.rstrip("?"), bool(request.headers.get("HX-Request"))]
    if request.form or request.files:
        fields = sorted(
            [name, value] for name, values in request.form.lists() if name not in UNHASHED_FIELDS for value in values
        )
        parts += [fields, sorted(_file_hashes())]
    else:
        parts.append(_canonical(request.get_data(cache=True)))
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _file_hashes() -> Iterable[list[str]]:
    for name, files in request.files.lists():
        for file in files:
            digest = hashlib.sha256(file.stream.read()).hexdigest()  # bounded by MAX_CONTENT_LENGTH
            file.stream.seek(0)
            yield [name, file.filename or "", digest]


def _canonical(body: bytes) -> str:
    try:
        return json.dumps(json.loads(body), sort_keys=True)
    except (ValueError, RecursionError):
        return hashlib.sha256(body).hexdigest()
