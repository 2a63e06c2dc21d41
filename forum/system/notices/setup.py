from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from flask_login import current_user

from forum.system.notices.queries import unread_count


def register(app: Flask) -> None:
    """Let every page show the number of unread notices at its top."""
    app.context_processor(_unread_notices)


def _unread_notices() -> dict[str, Callable[[], int]]:
    return {"unread_notices": lambda: unread_count(current_user.id) if current_user.is_authenticated else 0}
