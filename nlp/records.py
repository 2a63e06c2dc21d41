"""What goes into an analysis and what comes out: plain frozen records, keyed by the caller's own numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

UNTHEMED_REASONS = ("NO_TEXT", "BAD_TEXT", "NO_KNOWN_WORD", "TOO_FEW_FELLOWS")
"""No text at all; text that the tagger could not read; no word that means anything; no group of like ideas."""


@dataclass(frozen=True)
class IdeaText:
    """An idea as people wrote it; plain text, not HTML. `author` tells one person's ideas from another's, no more."""

    key: int
    title: str
    body: str
    author: int | None = None


@dataclass(frozen=True)
class VoteCount:
    """How an idea was voted on, in people."""

    agree: int
    disagree: int
    passed: int = 0


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
    """What ideas have in common. `members` best first; `cohesion` 0..1 is their mean score.

    Three numbers that a flood of one text cannot blow up: `people` are distinct authors (an idea without author counts
    as one), `arguments` the members that repeat nobody, `copies` those that do.
    `further` are ideas of other themes that touch this one too, best first, with their score here.
    `stability` 0..1 is how well the theme comes back when the analysis is repeated on parts of the ideas (quality.py);
    None where that was not tried. `agreed` and `divided` are members that people agree on or split over, by votes.
    """

    title: str
    keywords: tuple[Keyword, ...]
    members: tuple[Member, ...]
    representatives: tuple[int, ...]
    cohesion: float
    copies: int
    people: int = 0
    arguments: int = 0
    further: tuple[Member, ...] = ()
    stability: float | None = None
    agreed: tuple[int, ...] = ()
    divided: tuple[int, ...] = ()


@dataclass(frozen=True)
class Quality:
    """How far a run can be trusted. All shares are 0..1; `stability` and `cohesion` are means over themed ideas.

    `shaky` are the places in `Theming.themes` of themes to be read with care; why, their own numbers tell.
    """

    stability: float | None
    cohesion: float
    unthemed_share: float
    shaky: tuple[int, ...] = ()
    n_resamples: int = 0


@dataclass(frozen=True)
class Theming:
    """Result of one run: every key given is in one theme or in `unthemed`, never in both.

    `copy_of` leads a near-copy to the first of its group; `no_body` names ideas that were read by their title alone;
    `n_with_vectors` ideas had a stored vector of a sentence encoder, whose identity is `encoder` ("" for none).
    """

    themes: tuple[FoundTheme, ...]
    unthemed: Mapping[int, str]
    copy_of: Mapping[int, int] = field(default_factory=dict)
    no_body: tuple[int, ...] = ()
    n_ideas: int = 0
    parameters: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    n_with_vectors: int = 0
    encoder: str = ""
    quality: Quality | None = None
