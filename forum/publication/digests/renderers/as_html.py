from __future__ import annotations

from flask import render_template

from forum.core.links import link_to
from forum.publication.digests.content import COUNT_NAMES, DigestContent


def render_html(content: DigestContent) -> bytes:
    """Render one self-contained page, for reading, printing and forwarding."""
    urls = {idea.id: idea.url for idea in content.ideas} | {
        idea.id: idea.url for theme in content.themes for idea in theme.ideas
    }
    return render_template(
        "digests/report.html", content=content, count_names=COUNT_NAMES, urls=urls, method_url=link_to("themes.method")
    ).encode()
