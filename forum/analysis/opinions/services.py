from __future__ import annotations

from functools import cache
from pathlib import Path

from nlp.opinion import verify_slate


@cache
def verifier_source() -> str:
    """Return the program that checks the proof of a slate, as it is shipped."""
    return Path(verify_slate.__file__).read_text(encoding="utf-8")
