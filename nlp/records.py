"""What goes into an analysis and what comes out: plain frozen records, keyed by the caller's own numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

UNTHEMED_REASONS = ("NO_TEXT", "BAD_TEXT", "NO_KNOWN_WORD", "TOO_FEW_FELLOWS")
"""No text at all; text that the tagger could not read; no word that means anything; no group of like ideas."""


@dataclass(frozen=True)
class IdeaText:
    """An idea as people wrote it; plain text, not HTML."""

    key: int
    title: str
    body: str


@dataclass(frozen=True)
class Keyword:
    """A word that marks a theme. `score` is its log-likelihood keyness, `count` the theme's ideas that hold it."""

    word: str
    score: float
    count: int


@dataclass(frozen=True)
class Member:
    """An idea of a theme; `score` 0..1 is its closeness to the theme's centre."""

    key: int
    score: float


@dataclass(frozen=True)
class FoundTheme:
    """What ideas have in common. `members` best first; `cohesion` 0..1 is their mean score."""

    title: str
    keywords: tuple[Keyword, ...]
    members: tuple[Member, ...]
    representatives: tuple[int, ...]
    cohesion: float
    copies: int


@dataclass(frozen=True)
class Theming:
    """Result of one run: every key given is in one theme or in `unthemed`, never in both.

    `copy_of` leads a near-copy to the first of its group; `no_body` names ideas that were read by their title alone.
    """

    themes: tuple[FoundTheme, ...]
    unthemed: Mapping[int, str]
    copy_of: Mapping[int, int] = field(default_factory=dict)
    no_body: tuple[int, ...] = ()
    n_ideas: int = 0
    parameters: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
