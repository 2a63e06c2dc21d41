"""Hooks around every request: request id, log line, response headers, and what its transactions may do.

They may write or only read, and wait for locks only so long.
"""

from __future__ import annotations

import logging
import re
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import structlog
from flask import Flask, Response, abort, current_app, g, request
from flask.json.provider import DefaultJSONProvider

from forum.core.database import set_lock_wait, set_reading
from forum.web.access_log import REQUEST_EVENT, requests_to_file

log = structlog.get_logger()
View = TypeVar("View", bound=Callable[..., Any])
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # KRDS draws small icons from data: addresses inside its own stylesheet
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""On every answer, also on static files, which never come here (forum/web/static_files.py)."""


class StrictJson(DefaultJSONProvider):
    """JSON that every reader reads alike: no duplicate names, no NaN; written in ASCII, so lone surrogates are safe."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Parse JSON.

        :raise ValueError: not JSON, NaN or Infinity, or a name twice in one object
        """
        return super().loads(s, object_pairs_hook=_unique_names, parse_constant=_refuse_constant, **kwargs)


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice in one object")
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def not_logged(view: View) -> View:
    """Mark a view whose requests get no line in the log: a thousand of them a second say nothing new."""
    view.is_not_logged = True  # type: ignore[attr-defined]
    return view


def register_request_hooks(app: Flask) -> None:
    configure_logging(as_json=bool(app.config["LOG_JSON"]), access_log=app.config["ACCESS_LOG"])
    app.before_request(_start_request)
    app.after_request(_finish_request)
    app.teardown_request(_reset_database)


def may_write() -> bool:
    """Return whether this request may change something: no GET does, not even of a mailed link."""
    return request.method not in SAFE_METHODS


def _start_request() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    g.began = time.perf_counter()
    set_reading(not may_write())
    set_lock_wait(int(current_app.config["LOCK_WAIT_MILLISECONDS"]))
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)
    if "\x00" in request.path:
        abort(404)
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        abort(415)  # a compressed body could be a bomb, and nothing here decompresses it
    view = current_app.view_functions.get(request.endpoint or "")
    is_multipart = request.mimetype == "multipart/form-data"  # another body has no files
    if is_multipart and getattr(view, "accepts_files", False):  # set before CSRF protection reads the body
        request.max_content_length = int(current_app.config["UPLOAD_REQUEST_MAX_BYTES"])


def _finish_request(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.get("request_id", "")
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "private, no-cache")
        _log(response)
    return response


def _log(response: Response) -> None:
    """Log the route, never the query string or a form: user text does not belong in a log."""
    if getattr(current_app.view_functions.get(request.endpoint or ""), "is_not_logged", False):
        return
    log.info(
        REQUEST_EVENT,
        method=request.method,
        route=str(request.url_rule) if request.url_rule else "-",
        status=response.status_code,
        milliseconds=round((time.perf_counter() - g.get("began", time.perf_counter())) * 1000, 1),
    )


def _reset_database(_error: BaseException | None) -> None:
    set_reading(False)
    set_lock_wait(None)


def configure_logging(as_json: bool, access_log: Path | None = None) -> None:
    """Log one line per event to standard error, as JSON or readable text; requests to the file, if there is one."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([requests_to_file(access_log)] if access_log else []),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
