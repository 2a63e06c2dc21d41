"""What a chart shows, read from its files."""

from __future__ import annotations

import io
import re
from html import unescape

from PIL import Image

from forum.publication.digests.document import Chart


def words_in(chart: Chart) -> list[str]:
    """Return the texts of a chart, in the order of drawing; matplotlib leaves each as a comment beside its shapes."""
    return [unescape(words) for words in re.findall(r"<!-- (.*?) -->", chart.svg.decode())]


def shapes_in(chart: Chart, **attributes: str) -> int:
    """Return how many shapes have all these attributes."""
    shapes = re.findall(r"<path [^>]*>", chart.svg.decode())
    wanted = [f'{name.replace("_", "-")}="{value}"' for name, value in attributes.items()]
    return sum(all(one in shape for one in wanted) for shape in shapes)


def pixels_of(chart: Chart) -> Image.Image:
    return Image.open(io.BytesIO(chart.png)).convert("RGB")
