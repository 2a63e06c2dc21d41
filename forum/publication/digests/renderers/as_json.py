from __future__ import annotations

import json
from datetime import date, datetime

from forum.publication.digests.content import DigestContent


def render_json(content: DigestContent) -> bytes:
    """Render the whole content for programs; dates in ISO 8601."""
    return json.dumps(content.as_dict(), ensure_ascii=False, indent=1, default=_iso).encode()


def _iso(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"not for JSON: {type(value).__name__}")
