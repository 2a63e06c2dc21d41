from __future__ import annotations

from flask import render_template

from forum.publication.digests.content import COUNT_NAMES, DigestContent


def render_html(content: DigestContent) -> bytes:
    """Render one self-contained page, for reading, printing and forwarding."""
    return render_template("digests/report.html", content=content, count_names=COUNT_NAMES).encode()
