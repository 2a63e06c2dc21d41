"""The one entry: `analyse(ideas, settings) -> Theming`. Pure and seeded: the same ideas give the same themes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib.metadata import version
from typing import Any, Literal

import numpy as np

from nlp.cluster.clusterer import UNTHEMED, ThemeClusterer
from nlp.cluster.near_duplicates import find_near_duplicates
from nlp.cluster.quality import n_resamples_of, quality_report, theme_stability
from nlp.cluster.temporal_smoothing import apply_labels, stabilise_labels
from nlp.cluster.vectorize import idea_vectors, tfidf
from nlp.records import FoundTheme, IdeaText, Theming, VoteCount
from nlp.similarity.encoders import IdeaEmbeddings
from nlp.text.cleaning import clean
from nlp.text.compounds import find_compounds, merge_compounds
from nlp.text.tokenized import TokenizedIdea, dedup_text, expand_compounds, tokenize_distinct, tokenize_ideas
from nlp.text.tokens import PhraseMatcher, tagger_versions
from nlp.text.topics import UNKNOWN, confident_topics, sector_taxonomy, topic_coverage, topic_taxonomy
from nlp.titles.describe import describe

Granularity = Literal["broad", "normal", "fine"]
FINENESS: dict[Granularity, float] = {"broad": 0.6, "normal": 1.0, "fine": 1.8}
LEAST_ENCODED = 0.5  # share of ideas with a stored vector below which words alone are used: two kinds do not mix
MIN_TOPIC_COVERAGE = 0.6  # share of ideas whose title speaks of a topic of the book, from which on themes start from it
NEAR, NEAR_BY_WORDS = 0.2, 0.12  # least cosine to a theme's other ideas, with stored vectors and without
Say = Callable[[float, str], object]
Floats = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Settings:
    """How an analysis is made.

    :param granularity: 넓게 / 보통 / 세밀하게
    :param min_size: fewest distinct ideas (near-duplicates count once) that make a theme
    :param title_weight: how many times the title is read
    :param body_chars: characters of the body that are read; longer bodies wander off
    :param n_components: dimensions of the latent space of words
    :param tagger: mecab, or one of KoNLPy's others by name (extra [java])
    :param compounds: join nouns that these ideas use as one word (`nlp.text.compounds`), beside those of the lexicon
    :param resample: repeat the clustering on parts of the ideas, to tell which themes are steady
    :param topics: start from the subjects of data/netzero_topics.csv where the corpus speaks of them
    """

    granularity: Granularity = "normal"
    min_size: int = 3
    title_weight: int = 3
    body_chars: int = 300
    n_components: int = 150
    random_state: int = 0
    tagger: str = "mecab"
    topics: bool = True
    compounds: bool = True
    resample: bool = True


def analyse(
    ideas: Sequence[IdeaText],
    settings: Settings | None = None,
    progress: Say | None = None,
    vectors: IdeaEmbeddings | None = None,
    votes: dict[int, VoteCount] | None = None,
    n_jobs: int | None = None,
    previous: Mapping[int, int] | None = None,
) -> Theming:
    """Find what the ideas have in common.

    :param progress: called with the share done (0..1) and the step: copies, reading, vectors, clusters, quality, labels
    :param vectors: what a sentence encoder made of the ideas, as far as it is done; rows of other ideas are passed
        over. While fewer than half of the ideas have one, words alone are used: two kinds do not mix
    :param votes: by key, for what people agree on and what divides them within a theme
    :param n_jobs: processes that read; None lets joblib's context decide: one, or a Dask cluster
    :param previous: key -> theme of the last run; ideas at a border stay there (`nlp.cluster.temporal_smoothing`)
    :return: each idea's key in exactly one theme, or in `unthemed` with its reason
    :raise ValueError: two ideas have the same key
    :raise UnknownTaggerError: no tagger of that name here
    """
    settings, say = settings or Settings(), progress or (lambda _share, _step: None)
    ordered = sorted(ideas, key=lambda idea: idea.key)
    if len({idea.key for idea in ordered}) != len(ordered):
        raise ValueError("two ideas have the same key")
    say(0.0, "copies")
    duplicates = find_near_duplicates([dedup_text(idea) for idea in ordered])
    tokenize = partial(
        tokenize_ideas,
        title_weight=settings.title_weight,
        body_chars=settings.body_chars,
        tagger=settings.tagger,
        n_jobs=n_jobs,
        progress=lambda share: say(0.05 + 0.5 * share, "reading"),
    )
    tokenized = tokenize_distinct(ordered, duplicates, tokenize)
    good = [idea for idea in tokenized if not idea.error_code]
    at = {idea.key: place for place, idea in enumerate(good)}
    copy_of = {
        at[ordered[copy].key]: at[ordered[first].key] for copy, first in duplicates.items() if ordered[first].key in at
    }
    say(0.55, "vectors")
    stored = _Stored.of(good, vectors)
    themes, loose = _themes(good, copy_of, stored, settings, votes or {}, previous or {}, say)
    unthemed = {idea.key: idea.error_code for idea in tokenized if idea.error_code}
    unthemed |= dict.fromkeys(loose, "TOO_FEW_FELLOWS")
    say(1.0, "labels")
    return Theming(
        themes=themes,
        unthemed=dict(sorted(unthemed.items())),
        copy_of={good[copy].key: good[first].key for copy, first in copy_of.items()},
        no_body=tuple(idea.key for idea in ordered if not clean(idea.body)),
        n_ideas=len(ordered),
        parameters=asdict(settings) | {"recipe": RECIPE},
        versions=tagger_versions(settings.tagger) | {name: version(name) for name in ("scikit-learn", "igraph")},
        n_with_vectors=stored.n if stored else 0,
        encoder=stored.identity if stored else "",
        quality=quality_report(themes, len(ordered), len(unthemed), n_resamples_of(len(good) - len(copy_of))),
    )


RECIPE = "nouns, TF-IDF, LSA, encoder vectors if there are; known topics as first centres, Leiden consensus otherwise"


@dataclass(frozen=True)
class _Stored:
    """Encoder rows of the ideas that were read, in their order; `has` says which are there."""

    identity: str
    has: Floats
    titles: Floats
    bodies: Floats

    @property
    def n(self) -> int:
        return int(self.has.sum())

    @classmethod
    def of(cls, tokenized: Sequence[TokenizedIdea], vectors: IdeaEmbeddings | None) -> _Stored | None:
        """The encoder's rows that these ideas have, or None where they are too few to be used."""
        if vectors is None or not len(vectors) or not tokenized:
            return None
        places = vectors.row_indices([idea.key for idea in tokenized])
        has = places >= 0
        if has.mean() < LEAST_ENCODED:
            return None
        parts = [
            np.where(has[:, None], part[places], 0.0).astype(np.float32) for part in (vectors.titles, vectors.bodies)
        ]
        return cls(vectors.identity, has, *parts)


def _themes(
    tokenized: Sequence[TokenizedIdea],
    copy_of: dict[int, int],
    stored: _Stored | None,
    settings: Settings,
    votes: dict[int, VoteCount],
    previous: Mapping[int, int],
    say: Say,
) -> tuple[tuple[FoundTheme, ...], list[int]]:
    """The themes, and the keys that fit in none. Near-duplicates go where their canonical idea goes."""
    canonical = [place for place in range(len(tokenized)) if place not in copy_of]
    if len(canonical) < max(settings.min_size, 2):
        return (), [idea.key for idea in tokenized]
    tokenized, parts = _with_own_words(tokenized, canonical, settings)
    matrix, _words = tfidf([expand_compounds(tokenized[place].words, parts) for place in canonical])
    encoded = [part[canonical] for part in (stored.titles, stored.bodies)] if stored else []
    vectors = idea_vectors(matrix, encoded, settings.n_components, settings.random_state)
    say(0.7, "clusters")
    known = _known(tokenized, canonical, settings)
    found = ThemeClusterer(
        fineness=FINENESS[settings.granularity],
        min_similarity=NEAR if stored else NEAR_BY_WORDS,
        min_size=settings.min_size,
        random_state=settings.random_state,
    ).fit(vectors, known)
    if previous:
        keys = [tokenized[place].key for place in canonical]
        apply_labels(found, stabilise_labels(found.labels_, vectors, keys, previous, settings.min_size), vectors)
    stability = None
    if settings.resample:
        say(0.8, "quality")
        stability = theme_stability(
            found.labels_, lambda part: found.fit_predict_subset(vectors, known, part), settings.random_state
        )
    say(0.9, "labels")
    copies: dict[int, list[int]] = {}
    for copy, first in copy_of.items():
        copies.setdefault(first, []).append(copy)
    groups = _groups(tokenized, canonical, copies)
    taxonomy = sector_taxonomy() if settings.granularity == "broad" else topic_taxonomy()
    themes = describe(
        found, vectors, [tokenized[place] for place in canonical], groups, votes, stability, taxonomy, parts
    )
    loose = [idea.key for row in np.flatnonzero(found.labels_ == UNTHEMED) for idea in groups[int(row)]]
    return themes, loose


def _with_own_words(
    tokenized: Sequence[TokenizedIdea], canonical: Sequence[int], settings: Settings
) -> tuple[Sequence[TokenizedIdea], dict[str, tuple[str, ...]]]:
    """The ideas read anew with the compounds that this corpus has of its own, and the parts of each."""
    if not settings.compounds:
        return tokenized, {}
    chosen = [tokenized[place] for place in canonical]
    people = [("idea", idea.key) if idea.author is None else ("author", idea.author) for idea in chosen]
    parts = find_compounds(
        [idea.noun_runs for idea in chosen], [idea.words for idea in chosen], people, settings.random_state
    )
    own = PhraseMatcher(parts)
    joined = [
        replace(idea, words=merge_compounds(idea.words, idea.noun_runs, own, parts), noun_runs="")
        if idea.noun_runs
        else idea
        for idea in tokenized
    ]
    return joined, parts


def _groups(
    tokenized: Sequence[TokenizedIdea], canonical: Sequence[int], copies: dict[int, list[int]]
) -> list[list[TokenizedIdea]]:
    """Each canonical idea, followed by its near-duplicates."""
    return [[tokenized[first], *(tokenized[copy] for copy in copies.get(first, ()))] for first in canonical]


def _known(tokenized: Sequence[TokenizedIdea], canonical: Sequence[int], settings: Settings) -> Floats | None:
    """What each idea is known to be about, or None where the corpus is of another field than the book of topics."""
    if not settings.topics:
        return None
    topic_scores = [tokenized[place].topic_scores for place in canonical]
    if topic_coverage(topic_scores) < MIN_TOPIC_COVERAGE:
        return None
    known = confident_topics(topic_scores)
    if settings.granularity == "broad":
        sectors = [sector.sector for sector in sector_taxonomy()]
        numbers = np.array([sectors.index(topic.sector) for topic in topic_taxonomy()])
        return np.where(known == UNKNOWN, UNKNOWN, numbers[known])
    return known
