from __future__ import annotations

from typing import Any

from flask import Flask

from forum.core.outages import Outage


def register(app: Flask) -> None:
    stores: dict[int, Any] = {}
    app.extensions["blob_stores"] = stores
    app.extensions["blob_outage"] = Outage("blob store")
