"""The content security policy allows nothing inline: no template relies on it, and every answer carries it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask_migrate import upgrade

from config import Config
from forum import create_app
from forum.core.extensions import db
from tests.servers import OPERATOR

FORUM = Path(__file__).resolve().parents[2] / "forum"
INLINE = re.compile(r"<[a-z][^>]*\s(?:style|on[a-z]+)\s*=|<style\b|<script(?![^>]*\bsrc=)|javascript:", re.IGNORECASE)
JINJA = re.compile(r"\{[#%{].*?[#%}]\}", re.DOTALL)
REPORT = (
    FORUM / "publication" / "digests" / "templates" / "digests" / "report.html"
)  # a file to download, not a page of the site


def test_no_template_has_inline_style_or_script():
    wrong = [
        f"{path.relative_to(FORUM)}: {found.group()[:60]}"
        for path in FORUM.rglob("templates/**/*.html")
        if path != REPORT
        for found in INLINE.finditer(JINJA.sub("", path.read_text(encoding="utf-8")))
    ]
    assert not wrong


@pytest.mark.parametrize("path", ["/", "/no-such-page", "/healthz", "/account/login", "/mine"])
def test_every_answer_carries_the_policy_and_is_no_other_sites_frame(client, path):
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert re.fullmatch(r"[A-Za-z0-9-]{8,64}", headers["X-Request-Id"])


def test_a_signed_in_page_is_kept_by_no_shared_cache(client, make):
    client.login(make.citizen())
    for path in ("/", "/mine", "/notices"):
        headers = client.get(path).headers
        assert "private" in headers["Cache-Control"]
        assert "public" not in headers["Cache-Control"]
        assert "Cookie" in headers.get("Vary", "")


@pytest.mark.parametrize("path", ["/account/login", "/account/register", "/account/reset", "/account/confirm"])
def test_a_sign_in_page_is_kept_by_nobody(client, path):
    """Flask-Security's own setting was written as `private=True, no-store=True`, which is no header of HTTP."""
    assert client.get(path).headers["Cache-Control"] == "private, no-store"


@pytest.fixture
def in_production(tmp_path):
    """A forum as strangers meet it, with settings from the environment alone."""
    environ = {
        "SECRET_KEY": "k" * 64,
        "SECURITY_PASSWORD_SALT": "s" * 64,
        "BASE_URL": "https://forum.example.go.kr",
        "TRUSTED_HOSTS": "forum.example.go.kr",
        "PROXY_HOPS": "1",
        "FORUM_INSTANCE_DIR": str(tmp_path),
    } | OPERATOR
    app = create_app(Config.from_env(environ))
    with app.app_context():
        upgrade()
        yield app
        db.session.remove()
        db.engine.dispose()


def test_cookies_in_production_go_over_https_only_and_no_script_reads_them(in_production):
    given = in_production.test_client().get("/account/login", base_url="https://forum.example.go.kr")
    cookies = given.headers.getlist("Set-Cookie")
    assert given.status_code == 200
    assert any(cookie.startswith("session=") for cookie in cookies)
    for cookie in cookies:
        assert {"Secure", "HttpOnly", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
    for name in ("SESSION_COOKIE", "REMEMBER_COOKIE"):
        assert in_production.config[f"{name}_SECURE"]
        assert in_production.config[f"{name}_HTTPONLY"]
        assert in_production.config[f"{name}_SAMESITE"] == "Lax"


def test_production_answers_to_its_own_names_only(in_production):
    client = in_production.test_client()
    assert client.get("/healthz", base_url="https://forum.example.go.kr").status_code == 200
    for base in ("https://elsewhere.example", "https://forum.example.go.kr.elsewhere.example", "https://127.0.0.1"):
        assert client.get("/healthz", base_url=base).status_code == 400
    forwarded = {"X-Forwarded-Host": "elsewhere.example"}
    assert client.get("/healthz", base_url="https://forum.example.go.kr", headers=forwarded).status_code == 400


@pytest.mark.parametrize("over", [0, 1])
def test_a_body_over_the_limit_is_refused_and_one_at_the_limit_is_read(in_production, over):
    limit = in_production.config["MAX_CONTENT_LENGTH"]
    given = in_production.test_client().post(
        "/account/login",
        base_url="https://forum.example.go.kr",
        data=b"x" * (limit + over),
        content_type="application/octet-stream",
    )
    assert given.status_code == (413 if over else 400)  # 400: it carries no CSRF token
