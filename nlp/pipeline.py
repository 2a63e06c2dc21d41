"""The one entry: `analyse(ideas, settings) -> Theming`. Pure and seeded: the same ideas give the same themes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any, Literal

import numpy as np

from nlp.cluster import UNTHEMED, ThemeClusterer
from nlp.copies import near_copies
from nlp.encode import IdeaVectors
from nlp.label import keywords, representatives, title
from nlp.records import FoundTheme, IdeaText, Member, Theming
from nlp.stopwords import stop_words
from nlp.text import clean
from nlp.tokens import MAX_WORD_CHARS, Morpheme, morphemes, tagger_versions
from nlp.vectorize import centred, latent, tfidf

Granularity = Literal["broad", "normal", "fine"]
RESOLUTIONS: dict[Granularity, float] = {"broad": 1.0, "normal": 2.0, "fine": 4.0}
NOUN_TAGS = frozenset({"NNG", "NNP", "SL", "XR"})
LEAST_ENCODED = 0.5
Say = Callable[[float, str], object]


@dataclass(frozen=True)
class Settings:
    """How an analysis is made.

    :param granularity: 넓게 / 보통 / 세밀하게
    :param min_size: fewest distinct ideas (near-copies count once) that make a theme
    :param title_weight: how many times the title is read
    :param body_chars: characters of the body that are read; longer bodies wander off
    :param n_components: dimensions of the latent space
    """

    granularity: Granularity = "normal"
    min_size: int = 3
    title_weight: int = 3
    body_chars: int = 500
    n_components: int = 100
    random_state: int = 0


@dataclass(frozen=True)
class _Read:
    """An idea as the tokenizer sees it; `fault` is a reason code, or empty."""

    key: int
    title: str
    words: tuple[str, ...]
    text: str
    fault: str = ""
    author: int | None = None


def analyse(
    ideas: Sequence[IdeaText],
    settings: Settings | None = None,
    progress: Say | None = None,
    vectors: IdeaVectors | None = None,
) -> Theming:
    """Find what the ideas have in common.

    :param vectors: what a sentence encoder made of them, as far as it is done; rows of other ideas are passed over.
        While fewer than half of the ideas have one, words alone are used: halves of two kinds do not mix
    :param progress: called with the share done (0..1) and the step: reading, vectors, clusters, labels
    :return: each idea's key in exactly one theme, or in `unthemed` with its reason
    :raise ValueError: two ideas have the same key
    """
    settings, say = settings or Settings(), progress or (lambda _share, _step: None)
    ordered = sorted(ideas, key=lambda idea: idea.key)
    if len({idea.key for idea in ordered}) != len(ordered):
        raise ValueError("two ideas have the same key")
    reads = []
    for place, idea in enumerate(ordered):
        reads.append(_read(idea, settings))
        if place % 500 == 0:
            say(0.5 * place / len(ordered), "reading")
    unthemed = {read.key: read.fault for read in reads if read.fault}
    good = [read for read in reads if not read.fault]
    copy_of = near_copies([read.text for read in good])
    say(0.55, "vectors")
    stored = _stored(good, vectors)
    themes, loose = _themes(good, copy_of, stored, settings, say)
    unthemed |= dict.fromkeys(loose, "TOO_FEW_FELLOWS")
    say(1.0, "labels")
    return Theming(
        themes=themes,
        unthemed=dict(sorted(unthemed.items())),
        copy_of={good[copy].key: good[first].key for copy, first in copy_of.items()},
        no_body=tuple(idea.key for idea in ordered if not clean(idea.body)),
        n_ideas=len(ordered),
        parameters=asdict(settings) | {"recipe": "mecab nouns, TF-IDF, LSA, kNN graph, Leiden consensus"},
        versions=tagger_versions() | {name: version(name) for name in ("scikit-learn", "leidenalg")},
        n_with_vectors=stored.n if stored else 0,
        encoder=stored.identity if stored else "",
    )


@dataclass(frozen=True)
class _Stored:
    """Encoder rows of the ideas that were read, in their order; `has` says which are there."""

    identity: str
    has: np.ndarray[Any, Any]
    blocks: tuple[np.ndarray[Any, Any], ...]

    @property
    def n(self) -> int:
        return int(self.has.sum())


def _stored(reads: Sequence[_Read], vectors: IdeaVectors | None) -> _Stored | None:
    """The encoder's rows that these ideas have, or None where they are too few to be used."""
    if vectors is None or not len(vectors) or not reads:
        return None
    places = vectors.places([read.key for read in reads])
    has = places >= 0
    if has.mean() < LEAST_ENCODED:
        return None
    parts = (vectors.titles, vectors.bodies)
    blocks = tuple(np.where(has[:, None], part[places], 0.0).astype(np.float32) for part in parts)
    return _Stored(vectors.identity, has, blocks)


def _read(idea: IdeaText, settings: Settings) -> _Read:
    """One bad text never stops a run: it says why it could not be read."""
    try:
        heading, body = clean(idea.title), clean(idea.body)[: settings.body_chars]
        if not heading and not body:
            return _Read(idea.key, "", (), "", "NO_TEXT")
        words = _nouns(heading) * settings.title_weight + _nouns(body)
    except (RuntimeError, TypeError, UnicodeError):
        return _Read(idea.key, "", (), "", "BAD_TEXT")
    return _Read(idea.key, heading, tuple(words), f"{heading} {body}", "" if words else "NO_KNOWN_WORD", idea.author)


def _nouns(text: str) -> list[str]:
    return [word.surface for word in morphemes(text) if _tells(word)]


def _tells(word: Morpheme) -> bool:
    return word.tag in NOUN_TAGS and 1 < len(word.surface) <= MAX_WORD_CHARS and word.surface not in stop_words()


def _themes(
    reads: Sequence[_Read], copy_of: dict[int, int], stored: _Stored | None, settings: Settings, say: Say
) -> tuple[tuple[FoundTheme, ...], list[int]]:
    """The themes, and the keys that fit in none. Near-copies follow their first one wherever it goes."""
    firsts = [place for place in range(len(reads)) if place not in copy_of]
    if len(firsts) < max(settings.min_size, 2):
        return (), [read.key for read in reads]
    matrix, _words = tfidf([reads[place].words for place in firsts])
    vectors = latent(matrix, settings.n_components, settings.random_state)
    if stored:
        vectors = np.hstack([vectors, *(centred(block[firsts]) for block in stored.blocks)])
    say(0.7, "clusters")
    found = ThemeClusterer(
        resolution=RESOLUTIONS[settings.granularity], min_size=settings.min_size, random_state=settings.random_state
    ).fit(vectors)
    say(0.9, "labels")
    copies: dict[int, list[int]] = {}
    for copy, first in copy_of.items():
        copies.setdefault(first, []).append(copy)
    counts = Counter(word for read in reads for word in set(read.words))
    themes = []
    for label in range(found.labels_.max() + 1):
        inside = np.flatnonzero(found.labels_ == label)
        themes.append(_theme(inside, found.scores_, vectors, firsts, copies, reads, counts))
    loose = [reads[firsts[row]].key for row in np.flatnonzero(found.labels_ == UNTHEMED)]
    loose += [
        reads[copy].key for row in np.flatnonzero(found.labels_ == UNTHEMED) for copy in copies.get(firsts[row], ())
    ]
    ranked = sorted(themes, key=lambda theme: (-len(theme.members), min(member.key for member in theme.members)))
    return tuple(ranked), loose


def _theme(
    rows: np.ndarray[Any, Any],
    scores: np.ndarray[Any, Any],
    vectors: np.ndarray[Any, Any],
    firsts: Sequence[int],
    copies: dict[int, list[int]],
    reads: Sequence[_Read],
    counts: Counter[str],
) -> FoundTheme:
    rows = np.array(sorted(rows, key=lambda row: (-scores[row], reads[firsts[row]].key)))
    members = [Member(reads[firsts[row]].key, round(float(scores[row]), 4)) for row in rows]
    extra = [
        Member(reads[copy].key, round(float(scores[row]), 4)) for row in rows for copy in copies.get(firsts[row], ())
    ]
    words = keywords([set(reads[firsts[row]].words) for row in rows], counts, len(reads))
    chosen = representatives(vectors[rows], [float(scores[row]) for row in rows])
    return FoundTheme(
        title=title([reads[firsts[row]].title for row in rows], words),
        keywords=words,
        members=tuple(sorted([*members, *extra], key=lambda member: (-member.score, member.key))),
        representatives=tuple(members[place].key for place in chosen),
        cohesion=round(float(np.mean(scores[rows])), 4),
        copies=len(extra),
        people=_people([reads[place] for row in rows for place in (firsts[row], *copies.get(firsts[row], ()))]),
        arguments=len(members),
    )


def _people(reads: Sequence[_Read]) -> int:
    """Distinct authors; whoever is not named is one person."""
    return len({("author", read.author) if read.author is not None else ("idea", read.key) for read in reads})
