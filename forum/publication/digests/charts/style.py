"""Colours, sizes and words that all charts of digests share. Sizes are in millimetres as printed, fonts in points."""

from __future__ import annotations

import unicodedata
from datetime import date
from functools import cache
from itertools import accumulate
from pathlib import Path

from matplotlib.colors import to_rgb
from matplotlib.font_manager import FontProperties, get_font
from matplotlib.ft2font import LoadFlags

from forum.core.i18n import _
from forum.core.pdf import font_folder, printable

WIDTH, MARGIN = 160.0, 1.0
MM_PER_POINT = 25.4 / 72
FONT_SIZE, SMALL = 9.0, 8.0
"""`SMALL` is the least that can be read on paper."""
LINE_HEIGHT = 1.25  # of the font size

# On white, text has a contrast of 4.5 and every shape that tells something one of 3 (tests/…/charts/test_style.py).
INK, SOFT, GRID, FRAME, WHITE = "#1e2124", "#58616a", "#cdd1d5", "#6d7882", "#ffffff"
BLACK, BLUE, DEEP, AMBER, RED = "#000000", "#256ef4", "#052b57", "#7a5200", "#8a240f"
PALE = "#e6e8ea"
"""A ground only, always with a frame or words."""

ELLIPSIS = "…"
NEARLY = 0.01  # for sums of fractions
_UNSEEN = frozenset("\ufe0e\ufe0f")  # they choose between two looks of an emoji


@cache
def font(is_bold: bool = False) -> FontProperties:
    """Return NanumGothic, by the path of its file: what else the machine has installed changes no picture."""
    return FontProperties(fname=_font_file(is_bold))


def _font_file(is_bold: bool) -> Path:
    return font_folder() / ("NanumGothicBold.ttf" if is_bold else "NanumGothic.ttf")


def drawable(words: str) -> str:
    """Return words on one line, without signs that are not seen, and a box for each run that the font cannot draw."""
    seen = (char for char in " ".join(words.split()) if unicodedata.category(char) not in {"Cc", "Cf"})
    return str(printable("".join(char for char in seen if char not in _UNSEEN)))


def width_of(words: str, size: float, is_bold: bool = False) -> float:
    """Return how many millimetres wide drawable words are."""
    return sum(_advance(char, is_bold) for char in words) * size * MM_PER_POINT


@cache
def _advance(char: str, is_bold: bool) -> float:
    """Return the width of a character as a share of the font's size."""
    face = get_font(_font_file(is_bold))
    return face.load_char(ord(char), flags=LoadFlags.NO_SCALE).horiAdvance / float(face.units_per_EM)


def fitted(words: str, width: float, size: float = FONT_SIZE, lines: int = 1, *, is_bold: bool = False) -> list[str]:
    """Break words into at most so many lines, at spaces where there are any; an ellipsis says that there was more."""
    done: list[str] = []
    rest = drawable(words)
    while rest and len(done) < lines:
        n = _how_many_fit(rest, width, size, is_bold)
        if n < len(rest) and len(done) == lines - 1:
            n = _how_many_fit(rest, width - width_of(ELLIPSIS, size, is_bold), size, is_bold)
            return [*done, rest[:n].rstrip() + ELLIPSIS]
        space = rest.rfind(" ", 0, n + 1)
        n = space if n < len(rest) and space > n / 2 else n
        done.append(rest[:n].rstrip())
        rest = rest[n:].lstrip()
    return done


def _how_many_fit(words: str, width: float, size: float, is_bold: bool) -> int:
    """Return how many of the first characters are at most so wide; one at least."""
    widths = accumulate(width_of(char, size, is_bold) for char in words)
    return max(1, sum(used <= width + NEARLY for used in widths))


def named(title: str, longest: int = 30) -> str:
    """Return a title for a sentence, in quotation marks and not too long."""
    seen = "".join(char for char in " ".join(title.split()) if unicodedata.category(char) not in {"Cc", "Cf"})
    return f"‘{seen if len(seen) <= longest else seen[: longest - 1].rstrip() + ELLIPSIS}’"


def day(value: date, year: int) -> str:
    """Return a day as 11월 4일, with its year where that is another than the report's."""
    words = _("%(month)s월 %(day)s일", month=value.month, day=value.day)
    return words if value.year == year else _("%(year)s년 %(words)s", year=value.year, words=words)


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours by WCAG 2.2: 1 for the same, 21 for black and white."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour))
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))
