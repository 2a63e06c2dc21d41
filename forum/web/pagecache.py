"""In-process cache of pages that are the same for every visitor.

When a forum is in the news, thousands of visitors open the same few pages. Each page is rendered once per process in
`VISITOR_CACHE_SECONDS`. Requests with a cookie never use the cache, so that people see their own vote or idea at once.
The one exception is the cookie of the chosen look, which is part of the key.
Only the view's own response is cached; headers are set anew for each request.

One request makes a page anew; others that come meanwhile get the old one. So do all if the database is busy or gone,
for `STALE_SECONDS`: it is better to show a page of a minute ago than none.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from cachetools import TTLCache
from flask import Flask, Response, current_app, g, request
from flask_babel import get_locale

from forum.core import clock
from forum.core.database import set_lock_wait
from forum.web.looks import COOKIE as LOOK_COOKIE
from forum.web.looks import chosen_look

MAX_BYTES = 32 * 2**20
STALE_SECONDS = 60
STALE_LOCK_MILLISECONDS = 200  # a page that is there already is not worth a longer wait
HTTP_OK, HTTP_UNAVAILABLE = 200, 503
View = TypeVar("View", bound=Callable[..., Any])
Key = tuple[str, ...]


@dataclass(frozen=True)
class CachedPage:
    body: bytes
    content_type: str
    made_at: float

    def answer(self) -> Response:
        return Response(self.body, content_type=self.content_type)


@dataclass
class PageCache:
    """The pages of one process. `renewing` holds the keys of pages that a request is making anew."""

    seconds: float
    pages: TTLCache[Key, CachedPage] = field(init=False)
    renewing: set[Key] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        lifetime = self.seconds + STALE_SECONDS
        self.pages = TTLCache(MAX_BYTES, lifetime, timer=_now, getsizeof=lambda page: len(page.body) + 1_000)

    def look_up(self, key: Key) -> tuple[CachedPage | None, bool]:
        """Return the page, and whether this request has to make it (anew)."""
        with self.lock:
            page = self.pages.get(key)
            if page is None:
                return None, True
            if _now() - page.made_at < self.seconds or key in self.renewing:
                return page, False
            self.renewing.add(key)
            return page, True

    def keep(self, key: Key, page: CachedPage) -> None:
        with self.lock:
            self.pages[key] = page

    def end(self, key: Key) -> None:
        with self.lock:
            self.renewing.discard(key)


class PageCachingFlask(Flask):
    """Flask application that keeps a page when its response is complete: only then is the session's cookie set."""

    def process_response(self, response: Response) -> Response:
        complete: Response = super().process_response(response)
        _keep_page(complete)
        return complete


def same_for_visitors(view: View) -> View:
    """Mark a public view whose page is the same for every visitor."""
    view.is_same_for_visitors = True  # type: ignore[attr-defined]
    return view


def register_pagecache(app: Flask) -> None:
    seconds = float(app.config["VISITOR_CACHE_SECONDS"])
    if seconds <= 0:
        return
    app.extensions["visitor_pages"] = PageCache(seconds)
    app.before_request(_cached_page)
    app.after_request(_stale_page)
    app.teardown_request(_end_renewal)


def _now() -> float:
    return clock.now().timestamp()


def _cached_page() -> Response | None:
    if not _is_cacheable():
        return None
    key = _key()
    page, must_make = current_app.extensions["visitor_pages"].look_up(key)
    if page is not None and not must_make:
        return page.answer()
    g.visitor_page_key, g.stale_page = key, page
    if page is not None:
        set_lock_wait(STALE_LOCK_MILLISECONDS)
    return None


def _key() -> Key:
    """Everything that the page depends on: scheme, host and folder are in its links."""
    return request.root_url, request.full_path, request.headers.get("Accept", ""), str(get_locale()), chosen_look()


def _stale_page(response: Response) -> Response:
    stale: CachedPage | None = g.get("stale_page")
    if stale is None or response.status_code != HTTP_UNAVAILABLE:
        return response
    g.is_page_new = False
    return stale.answer()


def _keep_page(response: Response) -> None:
    key = g.get("visitor_page_key") if g.get("is_page_new", True) else None
    if key is None or response.status_code != HTTP_OK or response.is_streamed or "Set-Cookie" in response.headers:
        return
    page = CachedPage(response.get_data(), response.content_type or "", _now())
    if len(page.body) < MAX_BYTES // 10:
        current_app.extensions["visitor_pages"].keep(key, page)


def _end_renewal(_error: BaseException | None) -> None:
    key = g.pop("visitor_page_key", None)
    if key is not None:
        current_app.extensions["visitor_pages"].end(key)


def _is_cacheable() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return (
        getattr(view, "is_same_for_visitors", False)
        and request.method == "GET"
        and request.cookies.keys() <= {LOOK_COOKIE}
        and "HX-Request" not in request.headers
    )
