from __future__ import annotations

from typing import Any

from flask import Flask


def register(app: Flask) -> None:
    stores: dict[int, Any] = {}
    app.extensions["blob_stores"] = stores  # of this process: see store.current_store
