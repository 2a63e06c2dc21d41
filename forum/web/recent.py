"""Results as they were up to a minute ago, for figures that many people open and no minute changes.

Each process keeps its own. Where caching is off (`VISITOR_CACHE_SECONDS` is 0) each is counted anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import TypeVar

from flask import current_app

KEPT_SECONDS = 60
MAX_KEPT = 500
Found = TypeVar("Found")


def recently(count: Callable[[], Found], *key: Hashable) -> Found:
    """Return what `count` finds, or what it found within the last minute.

    :param key: names what is counted, such as the function and the campaign's id; the same for the same result only
    """
    if not current_app.config["VISITOR_CACHE_SECONDS"]:
        return count()
    kept: dict[object, tuple[float, Found]] = current_app.extensions.setdefault("forum_recent", {})
    made_at, found = kept.get(key, (0.0, None))
    if found is None or time.monotonic() - made_at > KEPT_SECONDS:
        found = count()
        if len(kept) >= MAX_KEPT:
            kept.clear()
        kept[key] = time.monotonic(), found
    return found
