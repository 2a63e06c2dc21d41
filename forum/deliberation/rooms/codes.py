"""Join codes: the eight digits on the screen, as people type them."""

from __future__ import annotations

import re
import unicodedata

_SEPARATORS = re.compile(r"[\s\-–—·.]+")


def typed_join_code(text: str) -> str:
    """Return what somebody typed as a join code; empty if it cannot be one.

    Spaces, dashes and the full-width digits of an Asian keyboard do no harm.

    >>> typed_join_code("１２３４-5678")
    '12345678'
    """
    code = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text[:100]))
    return code if re.fullmatch(r"[0-9]{8}", code) else ""


def spaced_join_code(code: str) -> str:
    """Return a join code as it is shown: two groups of four."""
    return f"{code[:4]}-{code[4:]}"
