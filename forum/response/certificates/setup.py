from __future__ import annotations

from flask import Flask

from forum.response.certificates.queries import certificates_of


def register(app: Flask) -> None:
    """Let the idea's page show its certificates."""
    app.jinja_env.globals["certificates_of"] = certificates_of
