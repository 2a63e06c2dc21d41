"""Signed links: a token names something for one purpose. It says nothing else; a timed one ends by itself."""

from __future__ import annotations

from flask import current_app
from itsdangerous import URLSafeSerializer, URLSafeTimedSerializer


def signer(purpose: str) -> URLSafeSerializer:
    """Return what signs and reads tokens for a purpose; a token for another one is a bad signature."""
    return URLSafeSerializer(str(current_app.config["SECRET_KEY"]), salt=purpose)


def timed_signer(purpose: str) -> URLSafeTimedSerializer:
    """Return what signs and reads tokens that know when they were made: who reads one says how old it may be."""
    return URLSafeTimedSerializer(str(current_app.config["SECRET_KEY"]), salt=purpose)
