"""In-process cache of pages that are the same for every visitor.

When a forum is in the news, thousands of visitors open the same few pages. Each page is rendered once per process in
`VISITOR_CACHE_SECONDS`. Requests with a cookie never use the cache, so that people see their own vote or idea at once.
Only the view's own response is cached; headers are set anew for each request.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from cachetools import TTLCache
from flask import Flask, Response, current_app, g, request

from forum.core import clock

MAX_BYTES = 32 * 2**20
HTTP_OK = 200
View = TypeVar("View", bound=Callable[..., Any])


def same_for_visitors(view: View) -> View:
    """Mark a public view whose page is the same for every visitor."""
    view.is_same_for_visitors = True  # type: ignore[attr-defined]
    return view


def register_pagecache(app: Flask) -> None:
    seconds = float(app.config["VISITOR_CACHE_SECONDS"])
    if seconds <= 0:
        return
    app.extensions["visitor_pages"] = TTLCache(
        MAX_BYTES, seconds, timer=lambda: clock.now().timestamp(), getsizeof=lambda cached: len(cached[0]) + 1_000
    )
    app.extensions["visitor_pages_lock"] = threading.Lock()
    app.before_request(_cached_page)
    app.after_request(_store_page)


def _cached_page() -> Response | None:
    if not _is_cacheable():
        return None
    key = (request.full_path, request.host_url, request.headers.get("Accept", ""))
    with current_app.extensions["visitor_pages_lock"]:
        found = current_app.extensions["visitor_pages"].get(key)
    if found is None:
        g.visitor_page_key = key
        return None
    return Response(found[0], content_type=found[1])


def _store_page(response: Response) -> Response:
    key = g.get("visitor_page_key")
    if key is None or response.status_code != HTTP_OK or response.is_streamed or "Set-Cookie" in response.headers:
        return response
    cached = response.get_data(), response.content_type
    if len(cached[0]) < MAX_BYTES // 10:
        with current_app.extensions["visitor_pages_lock"]:
            current_app.extensions["visitor_pages"][key] = cached
    return response


def _is_cacheable() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return (
        getattr(view, "is_same_for_visitors", False)
        and request.method == "GET"
        and not request.cookies
        and "HX-Request" not in request.headers
    )
