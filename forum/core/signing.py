"""Signed links: a token names something for one purpose. It says nothing else, and does not end by itself."""

from __future__ import annotations

from flask import current_app
from itsdangerous import URLSafeSerializer


def signer(purpose: str) -> URLSafeSerializer:
    """Return what signs and reads tokens for a purpose; a token for another one is a bad signature."""
    return URLSafeSerializer(str(current_app.config["SECRET_KEY"]), salt=purpose)
