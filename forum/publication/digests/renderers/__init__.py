"""Renderers of a digest. Each is a pure function from content to bytes."""

from __future__ import annotations

from collections.abc import Callable

from forum.publication.digests.renderers.as_csv import render_csv
from forum.publication.digests.renderers.as_html import render_html
from forum.publication.digests.renderers.as_json import render_json
from forum.publication.digests.renderers.as_xlsx import render_xlsx

RENDERERS: dict[str, Callable[..., bytes]] = {
    "html": render_html,
    "csv": render_csv,
    "xlsx": render_xlsx,
    "json": render_json,
}

MEDIA_TYPES = {
    "html": "text/html; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json; charset=utf-8",
}
