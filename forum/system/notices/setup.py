from __future__ import annotations

from collections.abc import Callable

from flask import Flask, g
from flask_login import current_user

from forum.system.notices.queries import unread_count


def register(app: Flask) -> None:
    """Let every page show the number of unread notices at its top."""
    app.context_processor(_unread_notices)


def _unread_notices() -> dict[str, Callable[[], int]]:
    return {"unread_notices": _count_once}


def _count_once() -> int:
    """Count at the first call only: the header shows the number, and some pages say it again."""
    if "n_unread_notices" not in g:
        g.n_unread_notices = unread_count(current_user.id) if current_user.is_authenticated else 0
    return int(g.n_unread_notices)
