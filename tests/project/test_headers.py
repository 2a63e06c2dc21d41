"""The content security policy allows nothing inline: no template relies on it, and every answer carries it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FORUM = Path(__file__).resolve().parents[2] / "forum"
INLINE = re.compile(r"<[a-z][^>]*\s(?:style|on[a-z]+)\s*=|<style\b|<script(?![^>]*\bsrc=)|javascript:", re.IGNORECASE)
JINJA = re.compile(r"\{[#%{].*?[#%}]\}", re.DOTALL)
REPORT = FORUM / "digests" / "templates" / "digests" / "report.html"  # a file to download, not a page of the site


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
