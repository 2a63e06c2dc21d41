"""Typesetting with Typst: our template and plain data in, a tagged PDF (PDF/UA-1) out.

The data is passed as JSON, never inserted into the template's text, so that no user text is read as Typst code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import typst
from fontTools.ttLib import TTFont

MISSING = "□"


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
def _drawable() -> frozenset[int]:
    """Return the code points that the font has a glyph for, and the white space that needs none."""
    with TTFont(font_folder() / "NanumGothic.ttf", lazy=True) as font:
        shapes = frozenset(font.getBestCmap())
    return shapes | {ord("\n"), ord("\t"), ord(" ")}


def printable(value: Any) -> Any:
    """Replace each run of characters that the font cannot draw, such as emoji, by a box.

    PDF/UA refuses a page with missing glyphs, and a reader should see that something is missing.
    """
    if isinstance(value, str):
        drawable = _drawable()
        kept = "".join(char if ord(char) in drawable else MISSING for char in value)
        return re.sub(f"{MISSING}+", MISSING, kept)
    if isinstance(value, Mapping):
        return {key: printable(item) for key, item in value.items()}
    return [printable(item) for item in value] if isinstance(value, list | tuple) else value


def typeset(template: Path, data: Mapping[str, Any]) -> bytes:
    """Return a PDF of the Typst file `template`, which reads `data` with `json(bytes(sys.inputs.data))`.

    :param data: anything that JSON can represent
    """
    return typst.compile(
        template,
        font_paths=[font_folder()],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": json.dumps(printable(data), ensure_ascii=False)},
        pdf_standards="ua-1",
    )
