"""Sentences of a text that ask for something, by their usual endings."""

from __future__ import annotations

import re

MAX_REQUESTS = 2
MIN_CHARS, MAX_CHARS = 4, 90  # before the ending; more is cut off in front
_ENDING = re.compile(
    r"주세요|주십시오|주시기|바랍니다|합시다|해야\s?합니다|요청|촉구|청원합니다|반대합니다|부탁|원합니다|하라|제안합니다"
)
_MARKS = ".!?\n"  # a sentence begins after one


def request_sentences(body: str) -> tuple[str, ...]:
    """Return the last sentences of a body that ask for something, at most `MAX_REQUESTS`."""
    found: list[str] = []
    end = 0
    for ending in _ENDING.finditer(body):
        at = ending.start()
        begin = max(end, at - MAX_CHARS, *(body.rfind(mark, end, at) + 1 for mark in _MARKS))
        if at - begin >= MIN_CHARS:
            end = ending.end()
            found.append(" ".join(body[begin:end].split()))
    return tuple(found[-MAX_REQUESTS:])
