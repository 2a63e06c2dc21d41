from __future__ import annotations

from base64 import b64encode
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from forum.core.i18n import template_gettext
from forum.publication.digests.document import Document, Figure
from forum.publication.digests.renderers.plain import plain

TEMPLATES = Path(__file__).parents[1] / "templates"


def render_html(document: Document) -> bytes:
    """Render one file that needs no other, for reading, printing and forwarding."""
    charts = [block.chart for block in document.blocks if isinstance(block, Figure)]
    pictures = {chart.key: f"data:image/svg+xml;base64,{b64encode(chart.svg).decode()}" for chart in charts}
    return _template().render(document=plain(document), pictures=pictures).encode()


@cache
def _template() -> Template:
    """Return the template, apart from the site's: it has no request, no reader and no address of the site in it."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.globals["_"] = template_gettext
    return environment.get_template("digests/report.html")
