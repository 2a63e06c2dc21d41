"""Input and output of an analysis: plain frozen records, keyed by the caller's own numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

UNTHEMED_REASONS = ("NO_TEXT", "BAD_TEXT", "EMPTY_APPROVAL", "NO_KNOWN_WORD", "TOO_FEW_FELLOWS", "LOOSE")
"""No text at all; a text that the tagger could not read; a post that only says yes; no content word; no group of
similar ideas; loosely related to a theme, but not clearly enough to count."""


@dataclass(frozen=True)
class IdeaText:
    """An idea as its author wrote it, in plain text, not HTML.

    :param author: distinguishes one person's ideas from another's; None: unknown
    """

    key: int
    title: str
    body: str
    author: int | None = None


@dataclass(frozen=True)
class VoteCount:
    """How many people voted for and against an idea, and how many passed."""

    agree: int
    disagree: int
    passed: int = 0


@dataclass(frozen=True)
class Keyword:
    """A word that is typical of a theme.

    :param score: log-likelihood keyness, > 0
    :param count: the theme's ideas that hold it
    """

    word: str
    score: float
    count: int


@dataclass(frozen=True)
class Member:
    """An idea of a theme.

    :param score: 0..1, cosine to the theme's centre
    """

    key: int
    score: float


@dataclass(frozen=True)
class FoundTheme:
    """What a group of ideas has in common.

    `people`, `arguments` and `copies` are counts that a flood of one text cannot inflate.

    :param members: best first
    :param representatives: keys of at most three members
    :param cohesion: 0..1, mean score of the members
    :param copies: members that are near-duplicates of another
    :param people: distinct authors; an idea without author counts as one
    :param arguments: members that are no near-duplicates
    :param secondary: ideas of other themes that are close to this one too, best first, with their score here
    :param stability: 0..1, how well the theme comes back when the clustering is repeated on samples of the ideas
        (`nlp.cluster.quality`); None: not tried
    :param agreed: keys of members that most voters agree with
    :param divided: keys of members that voters are divided about
    :param weak_title: the title passed no rule: two keywords joined by "·", for an analyst to look at
    """

    title: str
    keywords: tuple[Keyword, ...]
    members: tuple[Member, ...]
    representatives: tuple[int, ...]
    cohesion: float
    copies: int
    people: int = 0
    arguments: int = 0
    secondary: tuple[Member, ...] = ()
    stability: float | None = None
    agreed: tuple[int, ...] = ()
    divided: tuple[int, ...] = ()
    weak_title: bool = False


@dataclass(frozen=True)
class FoundSubject:
    """A broad subject that several themes are in.

    :param title: its sector's title where the themes grew from known topics, else its strongest keywords
    :param themes: indices in `Theming.themes`, ascending
    :param n_ideas: members of these themes
    """

    title: str
    keywords: tuple[Keyword, ...]
    themes: tuple[int, ...]
    n_ideas: int


@dataclass(frozen=True)
class Quality:
    """How far a run can be trusted.

    :param stability: 0..1, mean over themed ideas; None: not tried
    :param cohesion: 0..1, mean over themed ideas
    :param unthemed_share: 0..1 of all ideas
    :param shaky: indices in `Theming.themes` of themes that are unstable or hardly coherent
    :param n_resamples: how often the clustering was repeated
    :param nearly_equal: pairs of indices in `Theming.themes` that are nearly one theme, and how alike they are
        (`nlp.cluster.nearly_equal`); the most alike first
    """

    stability: float | None
    cohesion: float
    unthemed_share: float
    shaky: tuple[int, ...] = ()
    n_resamples: int = 0
    nearly_equal: tuple[tuple[int, int, float], ...] = ()


@dataclass(frozen=True)
class Theming:
    """Result of one run: every key given is in one theme or in `unthemed`, never in both.

    :param themes: largest first
    :param unthemed: key -> reason, one of `UNTHEMED_REASONS`
    :param subjects: largest first; empty where each theme is a subject of its own
    :param nearest: key of an unthemed idea -> index of its nearest theme; ideas without a readable text have none
    :param copy_of: key of a near-duplicate -> key of its canonical idea
    :param no_body: keys of ideas that were read by their title alone
    :param parameters: settings of the run, for JSON
    :param versions: versions of the packages that decide the result
    :param n_with_vectors: ideas whose stored embedding was used
    :param encoder: identity of the encoder that made the embeddings; "" for none
    """

    themes: tuple[FoundTheme, ...]
    unthemed: Mapping[int, str]
    subjects: tuple[FoundSubject, ...] = ()
    nearest: Mapping[int, int] = field(default_factory=dict)
    copy_of: Mapping[int, int] = field(default_factory=dict)
    no_body: tuple[int, ...] = ()
    n_ideas: int = 0
    parameters: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    n_with_vectors: int = 0
    encoder: str = ""
    quality: Quality | None = None
