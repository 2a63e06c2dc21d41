"""Typesetting with Typst: a template of ours and plain data in, a tagged PDF (PDF/UA-1) out.

The data goes in as JSON beside the template, never into its text, so that nothing anybody wrote is read as Typst.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import typst


@cache
def font_folder() -> Path:
    """NanumGothic's files, which lie inside koreanize-matplotlib. That package is never imported: it needs distutils,
    which Python 3.12 no longer has."""
    found = Path(str(distribution("koreanize-matplotlib").locate_file("koreanize_matplotlib/fonts")))
    if not (found / "NanumGothic.ttf").exists():
        raise RuntimeError("NanumGothic.ttf is missing from the package koreanize-matplotlib; install it again.")
    return found


def typeset(template: Path, data: Mapping[str, Any]) -> bytes:
    """A PDF of the Typst file `template`, which reads `data` by `json(bytes(sys.inputs.data))`.

    :param data: what JSON can hold
    """
    return typst.compile(
        template,
        font_paths=[font_folder()],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards="ua-1",
    )
