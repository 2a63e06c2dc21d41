"""Korean formatting: particles that depend on a word's last sound, dates and numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

import hangeul

from forum.core.clock import SEOUL, today

_PAIRS = ("이/가", "은/는", "을/를", "와/과", "로/으로", "라/이라")
PARTICLES = {form: pair for pair in _PAIRS for form in pair.split("/")}
"""Each form of a particle -> the pair it belongs to, as `hangeul` names it."""
CLOSING = "'\"’”)]}>〉》」』】〕）］"
"""Signs that close a word and have no sound."""


def josa(word: object, particle: str) -> str:
    """Return `word` with the right form of `particle`: josa("제안", "을") is 제안을, josa("메모", "을") is 메모를.

    :raise KeyError: not a particle this knows
    """
    return f"{word}{particle_after(word, particle)}"


def particle_after(word: object, particle: str) -> str:
    """Return the right form of `particle` behind `word`; closing quotes and brackets have no sound: ‘제안’을.

    :raise KeyError: not a particle this knows
    """
    spoken = str(word).rstrip(CLOSING) or str(word)
    return str(hangeul.get_josa(spoken, PARTICLES[particle]))


def day(value: datetime | date | None) -> str:
    """Return a date in Seoul as 2026년 11월 23일."""
    if value is None:
        return ""
    local = value.astimezone(SEOUL).date() if isinstance(value, datetime) else value
    return f"{local.year}년 {local.month}월 {local.day}일"


def short_day(value: datetime | date | None) -> str:
    """Return a date in Seoul as 11월 23일, with its year where that is not this year."""
    if value is None:
        return ""
    local = value.astimezone(SEOUL).date() if isinstance(value, datetime) else value
    return day(local).split(" ", 1)[1] if local.year == today().year else day(local)


def moment(value: datetime | None) -> str:
    """Return a time in Seoul as 2026년 11월 23일 15:04."""
    if value is None:
        return ""
    local = value.astimezone(SEOUL)
    return f"{day(value)} {local:%H:%M}"


def thousands(value: int) -> str:
    return f"{value:,}"


@dataclass(frozen=True)
class SummaryPart:
    """A part of a summary: plain text, or a mark such as [#12] that cites an idea."""

    text: str
    idea_id: int | None = None


def without_citations(text: str) -> str:
    """Return a summary without its [#12] marks, for a card that does not link them."""
    return re.sub(r"[ \t]*\[#[1-9][0-9]{0,8}\]", "", text)


def citations(text: str) -> list[SummaryPart]:
    """Split `text` at its [#12] marks, in order."""
    pieces = re.split(r"\[#([1-9][0-9]{0,8})\]", text)
    return [SummaryPart("", int(part)) if place % 2 else SummaryPart(part) for place, part in enumerate(pieces) if part]
