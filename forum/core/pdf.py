"""Typesetting with Typst: our template and plain data in, a tagged PDF (PDF/UA-1) out.

The data is passed as JSON, never inserted into the template's text, so that no user text is read as Typst code.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont

from forum.core.normal_form import normalised
from forum.core.typesetting import to_pdf

MISSING = "□"
_PROGRAM = Path(__file__).with_name("typesetting.py")
_LONGEST_SECONDS = 600
_MOST_ERROR_CHARS = 1000
_JAMO = re.compile("[\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]+")
"""Old Hangul that no syllable holds. The font has some of its letters, and would draw them side by side."""


@cache
def font_folder() -> Path:
    """Return the folder of NanumGothic's files inside koreanize-matplotlib.

    That package is never imported: it needs distutils, which Python 3.12 no longer has.
    """
    found = Path(str(distribution("koreanize-matplotlib").locate_file("koreanize_matplotlib/fonts")))
    if not (found / "NanumGothic.ttf").exists():
        raise RuntimeError("NanumGothic.ttf is missing from the package koreanize-matplotlib; install it again.")
    return found


@cache
def _advances() -> dict[int, float]:
    """Return how wide each character is that the font has a glyph for, in em, and white space that needs none."""
    with TTFont(font_folder() / "NanumGothic.ttf", lazy=True) as font:
        em, widths = font["head"].unitsPerEm, font["hmtx"].metrics
        advances = {char: widths[glyph][0] / em for char, glyph in font.getBestCmap().items()}
    return dict.fromkeys(map(ord, "\n\t "), advances[ord(" ")]) | advances


def text_em(text: str) -> float:
    """Return how wide a text is drawn on one line, in em."""
    advances = _advances()
    return sum(advances.get(ord(char), 1.0) for char in text)


def printable(value: Any) -> Any:
    """Replace each run of characters that the font cannot draw, such as emoji, by a box; drop what is invisible.

    PDF/UA refuses a page with missing glyphs, and a reader should see that something is missing.
    """
    if isinstance(value, str):
        drawable = _advances()
        if all(ord(char) in drawable for char in value) and not _JAMO.search(value):
            return value
        seen = "".join(char for char in normalised("NFC", value) if unicodedata.category(char) != "Cf")
        whole = _JAMO.sub(MISSING, seen)
        return re.sub(f"{MISSING}+", MISSING, "".join(char if ord(char) in drawable else MISSING for char in whole))
    if isinstance(value, Mapping):
        return {key: printable(item) for key, item in value.items()}
    return [printable(item) for item in value] if isinstance(value, list | tuple) else value


def typeset(template: Path, data: Mapping[str, Any]) -> bytes:
    """Return a PDF of the Typst file `template`, which reads `data` with `json(bytes(sys.inputs.data))`.

    :param data: anything that JSON can represent
    """
    return to_pdf(**_asked(template, data))


def typeset_apart(template: Path, data: Mapping[str, Any]) -> bytes:
    """Return what `typeset` does, from a process of its own: for reports, whose memory Typst would keep.

    :raise RuntimeError: Typst could not typeset it
    """
    command = [sys.executable, "-I", str(_PROGRAM)]
    try:
        done = subprocess.run(  # noqa: S603 # this very Python and our own file
            command,
            input=json.dumps(_asked(template, data)).encode(),
            capture_output=True,
            timeout=_LONGEST_SECONDS,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace")
        raise RuntimeError(f"{template.name}: {said[-_MOST_ERROR_CHARS:]}") from error
    return done.stdout


def _asked(template: Path, data: Mapping[str, Any]) -> dict[str, str]:
    """Return what `typesetting.to_pdf` asks for."""
    as_json = json.dumps(printable(data), ensure_ascii=False)
    return {"template": str(template), "fonts": str(font_folder()), "data": as_json}
