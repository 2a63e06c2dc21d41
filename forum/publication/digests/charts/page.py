"""A white page in millimetres, from its upper left corner, on which a chart is drawn; it becomes SVG and PNG.

Of matplotlib only figures and two canvases are used, never pyplot, which keeps every figure for the whole process and
is not made for threads.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Ellipse, Polygon, Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Affine2D
from PIL import Image

from forum.core.i18n import _
from forum.publication.digests.charts.style import (
    FONT_SIZE,
    FRAME,
    INK,
    LINE_HEIGHT,
    MARGIN,
    MM_PER_POINT,
    PALE,
    SMALL,
    SOFT,
    WHITE,
    WIDTH,
    drawable,
    fitted,
    font,
)
from forum.publication.digests.document import Chart, Table

DOTS_PER_INCH = 200
N_COLOURS, NEARLY_WHITE = 128, 253  # fewer colours are means of several: white must stay white
MM_PER_INCH = 25.4
MIDDLE = 0.36  # from the middle of Hangul down to its base line, as a share of the font's size
SAMPLE_STRIP = 7.0
Field = tuple[float, float, float, float]  # x, y, width, height

# Once for the process and before anything is drawn: a matplotlibrc of the machine must not change a picture, without a
# salt the ids in an SVG are random, and hinted words would be wider than `width_of` says. Only these charts use
# matplotlib.
matplotlib.rcdefaults()
matplotlib.rcParams.update(
    {"svg.hashsalt": "digest", "svg.fonttype": "path", "text.hinting": "none", "hatch.linewidth": 0.9}
)

_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
_STYLE = re.compile(r' style="([^"]*)"')
_PROLOGUE = re.compile(r"<\?xml.*?<svg ", re.DOTALL)
_RULES = re.compile(r"\s*<defs>\s*<style.*?</style>\s*</defs>", re.DOTALL)


class Page:
    """Later things cover earlier ones.

    :param height: of what is drawn; a sample's page is higher by a strip that says so, above the chart
    """

    def __init__(self, height: float, *, is_sample: bool) -> None:
        self._strip = SAMPLE_STRIP if is_sample else 0.0
        self.height = round(height + self._strip, 2)
        self._figure = Figure((WIDTH / MM_PER_INCH, self.height / MM_PER_INCH), DOTS_PER_INCH, facecolor=WHITE)
        to_inches = (
            Affine2D().scale(1 / MM_PER_INCH, -1 / MM_PER_INCH).translate(0, (self.height - self._strip) / MM_PER_INCH)
        )
        self._place = to_inches + self._figure.dpi_scale_trans
        self._drawn = 0
        if is_sample:
            self.box(WIDTH - 14, 0.5 - self._strip, 13.5, 5.5, fill=PALE, edge=FRAME)
            self.text(WIDTH - 7.25, 3.25 - self._strip, _("예시"), align="center", is_bold=True)

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str = WHITE,
        edge: str = "none",
        hatch: str = "",
        hatch_colour: str = FRAME,
    ) -> None:
        """:param hatch: of matplotlib, such as `///`; more signs are closer"""
        look: dict[str, Any] = {"hatch": hatch, "hatchcolor": hatch_colour} if hatch else {}
        self._add(Rectangle((x, y), width, height, facecolor=fill, edgecolor=edge, linewidth=0.7, **look))

    def line(
        self,
        xs: Sequence[float],
        ys: Sequence[float],
        colour: str = INK,
        width: float = 0.7,
        *,
        is_dashed: bool = False,
    ) -> None:
        """:param width: in points"""
        dashes: Any = (0, (3, 3)) if is_dashed else "-"
        self._add(Line2D(xs, ys, color=colour, linewidth=width, linestyle=dashes, solid_capstyle="butt"))

    def ellipse(self, x: float, y: float, radii: tuple[float, float], fill: Any, edge: str, field: Field) -> None:
        """:param fill: a colour with its opacity; :param field: it is cut off there"""
        ellipse = Ellipse((x, y), 2 * radii[0], 2 * radii[1], facecolor=fill, edgecolor=edge, linewidth=0.9, ls="--")
        self._add(ellipse)
        ellipse.set_clip_path(Rectangle(field[:2], field[2], field[3], transform=self._place))

    def polygon(self, corners: Sequence[tuple[float, float]], fill: Any, edge: str = WHITE) -> None:
        self._add(Polygon(corners, closed=True, facecolor=fill, edgecolor=edge, linewidth=0.8))

    def disc(self, x: float, y: float, radius: float, fill: Any, edge: str = WHITE) -> None:
        self._add(Ellipse((x, y), 2 * radius, 2 * radius, facecolor=fill, edgecolor=edge, linewidth=0.8))

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float = FONT_SIZE,
        colour: str = INK,
        align: str = "left",
        is_bold: bool = False,
    ) -> None:
        """Write words on one line. :param y: middle of the line; :param align: left, center or right of `x`"""
        base = y + MIDDLE * size * MM_PER_POINT
        look: dict[str, Any] = {"ha": align, "va": "baseline", "color": colour, "parse_math": False}
        self._add(Text(x, base, drawable(words), fontproperties=font(is_bold), size=size, **look))

    def lines(self, x: float, y: float, lines: Sequence[str], *, size: float = FONT_SIZE, **look: Any) -> None:
        """Write lines below each other. :param y: middle of all of them"""
        step = line_step(size)
        for place, words in enumerate(lines):
            self.text(x, y + (place - (len(lines) - 1) / 2) * step, words, size=size, **look)

    def _add(self, artist: Any) -> None:
        self._drawn += 1
        artist.set(transform=self._place, zorder=self._drawn)
        self._figure.add_artist(artist)

    def chart(self, key: str, title: str, finding: str, table: Table) -> Chart:
        """Return the chart, and forget the page."""
        png, svg = self._png(), io.StringIO()
        FigureCanvasSVG(self._figure).print_svg(svg, metadata=_NO_METADATA)  # leaves the figure at 72 dots per inch
        self._figure.clear()  # figure and canvas know each other: without this they wait for the garbage collection
        return Chart(key, title, finding, _plain(svg.getvalue()), png, WIDTH, self.height, table)

    def _png(self) -> bytes:
        """Return the picture in few colours, which makes it a quarter as large; it says how large it is, not when."""
        canvas, png = FigureCanvasAgg(self._figure), io.BytesIO()
        canvas.draw()
        size = canvas.get_width_height(physical=True)
        picture = Image.frombuffer("RGBA", size, canvas.buffer_rgba(), "raw", "RGBA", 0, 1).convert("RGB")
        few = picture.quantize(N_COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        few.putpalette([255 if part >= NEARLY_WHITE else part for part in few.getpalette() or []])
        few.save(png, "png", dpi=(DOTS_PER_INCH, DOTS_PER_INCH))
        return png.getvalue()


def _plain(svg: str) -> bytes:
    """Return an SVG that a strict `style-src` lets through, also when it is opened by itself.

    Each property that matplotlib writes is an attribute of SVG too. The prologue names an address, of its DTD.
    """
    head = '<?xml version="1.0" encoding="utf-8"?>\n<svg stroke-linejoin="round" stroke-linecap="butt" '
    return _STYLE.sub(_attributes, _RULES.sub("", _PROLOGUE.sub(head, svg, count=1), count=1)).encode()


def _attributes(found: re.Match[str]) -> str:
    pairs = (part.split(":", 1) for part in found[1].split(";") if part.strip())
    return "".join(f' {name.strip()}="{value.strip()}"' for name, value in pairs)


def line_step(size: float) -> float:
    return LINE_HEIGHT * size * MM_PER_POINT


def note_height(words: str) -> float:
    return line_step(SMALL) * len(_note_lines(words)) + MARGIN


def write_note(page: Page, y: float, words: str) -> None:
    """Write how to read the chart. :param y: upper edge"""
    lines = _note_lines(words)
    page.lines(MARGIN, y + line_step(SMALL) * len(lines) / 2, lines, size=SMALL, colour=SOFT)


def _note_lines(words: str) -> list[str]:
    return fitted(words, WIDTH - 2 * MARGIN, SMALL, lines=6)
