"""Sentences of a text that ask for something, by their usual endings."""

from __future__ import annotations

import re

MAX_REQUESTS = 2
_REQUEST = re.compile(
    r"[^.!?\n]{4,90}?(?:주세요|주십시오|주시기|바랍니다|합시다|해야\s?합니다|요청|촉구|청원합니다|반대합니다|부탁|원합니다|하라|제안합니다)"
)


def request_sentences(body: str) -> tuple[str, ...]:
    """Return the last sentences of a body that ask for something, at most `MAX_REQUESTS`."""
    return tuple(" ".join(match.group().split()) for match in _REQUEST.finditer(body))[-MAX_REQUESTS:]
