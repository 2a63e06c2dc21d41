"""The entry point: `analyse(ideas, settings) -> Theming`. Pure and seeded: the same ideas give the same themes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from importlib.metadata import version
from typing import Any, Literal

import numpy as np

from nlp.cluster.clusterer import ThemeClusterer, usual_theme_size
from nlp.cluster.near_duplicates import find_near_duplicates
from nlp.cluster.nearly_equal import nearly_equal_themes
from nlp.cluster.quality import n_resamples_of, quality_report, theme_stability
from nlp.cluster.temporal_smoothing import apply_labels, stabilise_labels
from nlp.cluster.theme_cosines import UNTHEMED
from nlp.cluster.tiers import set_subjects, settle_members
from nlp.cluster.vectorize import idea_vectors, tfidf
from nlp.records import FoundSubject, FoundTheme, IdeaText, Theming, VoteCount
from nlp.similarity.encoders import IdeaEmbeddings
from nlp.text.approval import empty_approvals
from nlp.text.boilerplate import without_boilerplate
from nlp.text.cleaning import clean
from nlp.text.compounds import CompoundFinder, find_compounds, merge_compounds
from nlp.text.tokenized import (
    TokenizedIdea,
    dedup_text,
    expand_compounds,
    telling_parts,
    tokenize_distinct,
    tokenize_ideas,
)
from nlp.text.tokens import tagger_versions
from nlp.text.topics import UNKNOWN, confident_topics, sector_taxonomy, topic_coverage, topic_taxonomy
from nlp.text.userwords import check_user_words
from nlp.titles.demands import DIRECTIONS
from nlp.titles.describe import ThemeContext, describe_themes
from nlp.titles.subjects import describe_subjects

Granularity = Literal["broad", "normal", "fine"]
FINENESS: dict[Granularity, float] = {"broad": 1.0, "normal": 1.0, "fine": 1.8}
"""How many times smaller than usual the themes are; "broad" takes the subjects themselves."""
MIN_ENCODED_SHARE = 0.5  # share of ideas with an embedding below which words alone are used: the two do not mix
MIN_TOPIC_COVERAGE = 0.6  # share of ideas whose title mentions a topic from which on themes start from the topics
# Smallest cosine to a theme's other ideas, with embeddings and by words alone.
MIN_SIMILARITY, MIN_LEXICAL_SIMILARITY = 0.2, 0.12
ProgressCallback = Callable[[float, str], object]
"""Called with the share done, 0..1, and the name of the step."""
Floats = np.ndarray[Any, Any]
RECIPE = (
    "nouns, TF-IDF, LSA, encoder vectors if there are; known topics as first centres, else Leiden at two levels; "
    "members counted above the corpus's own floor"
)


@dataclass(frozen=True)
class Settings:
    """Settings of an analysis.

    :param granularity: 넓게 / 보통 / 세밀하게
    :param min_size: fewest distinct ideas of a theme (near-duplicates count once)
    :param title_weight: how many times the words of the title are repeated
    :param body_chars: characters of the body that are read; longer bodies digress
    :param n_components: dimensions of the latent semantic space
    :param random_state: seed
    :param tagger: mecab, or one of KoNLPy's others by name (extra [java])
    :param topics: start from the topics of data/netzero_topics.csv where the corpus mentions them
    :param compounds: merge nouns that these ideas use as one word (`nlp.text.compounds`), besides those of the lexicon
    :param resample: repeat the clustering on samples of the ideas, to measure the themes' stability
    :param user_words: words that are one noun, however the tagger splits them (`nlp.text.userwords`)
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
    user_words: tuple[str, ...] = ()


def analyse(
    ideas: Sequence[IdeaText],
    settings: Settings | None = None,
    progress: ProgressCallback | None = None,
    embeddings: IdeaEmbeddings | None = None,
    votes: dict[int, VoteCount] | None = None,
    n_jobs: int | None = None,
    previous: Mapping[int, int] | None = None,
    previous_subjects: Mapping[int, int] | None = None,
) -> Theming:
    """Find the themes of some ideas.

    :param progress: called with the share done and the step: copies, reading, vectors, clusters, quality, labels
    :param embeddings: of the ideas, as far as they have been encoded; rows of other ideas are ignored. While fewer
        than half of the ideas have one, words alone are used, because the two do not mix
    :param votes: by key, for what voters agree with and are divided about within a theme
    :param n_jobs: processes that tokenize; None lets joblib's context decide: one, or a Dask cluster
    :param previous: key -> theme of the last run; ideas at a border stay there (`nlp.cluster.temporal_smoothing`)
    :param previous_subjects: key -> subject of the last run; they are kept while they are nearly as good as new ones
    :return: each idea's key in exactly one theme, or in `unthemed` with its reason
    :raise ValueError: two ideas have the same key
    :raise UserWordError: a user word is a stop word, or no word
    :raise UnknownTaggerError: no tagger of that name here
    """
    settings, report_progress = settings or Settings(), progress or (lambda _share, _step: None)
    settings = replace(settings, user_words=check_user_words(settings.user_words))
    ordered = sorted(ideas, key=lambda idea: idea.key)
    if len({idea.key for idea in ordered}) != len(ordered):
        raise ValueError("two ideas have the same key")
    report_progress(0.0, "copies")
    # Before near-duplicates are found: "공감합니다. 버스를 늘려 주세요" is no copy of "공감합니다".
    approvals = empty_approvals(ordered, settings.tagger)
    n_ideas, no_body = len(ordered), tuple(idea.key for idea in ordered if not clean(idea.body))
    ordered = [idea for idea in ordered if idea.key not in approvals]
    duplicates = find_near_duplicates([dedup_text(idea) for idea in ordered])
    is_canonical = [index not in duplicates for index in range(len(ordered))]
    bodies = without_boilerplate([idea.body for idea in ordered], is_canonical)
    ordered = [
        idea if body is idea.body else replace(idea, body=body) for idea, body in zip(ordered, bodies, strict=True)
    ]
    tokenize = partial(
        tokenize_ideas,
        title_weight=settings.title_weight,
        body_chars=settings.body_chars,
        tagger=settings.tagger,
        n_jobs=n_jobs,
        user_words=settings.user_words,
        progress=lambda share: report_progress(0.05 + 0.5 * share, "reading"),
    )
    tokenized = tokenize_distinct(ordered, duplicates, tokenize)
    readable = [idea for idea in tokenized if not idea.error_code]
    copy_of = _among_readable(duplicates, ordered, readable)
    report_progress(0.55, "vectors")
    stored = _AlignedEmbeddings.of(readable, embeddings)
    run = _Run(settings, votes or {}, previous or {}, previous_subjects or {}, report_progress)
    found = _find_themes(readable, copy_of, stored, run)
    unthemed = {idea.key: idea.error_code for idea in tokenized if idea.error_code}
    unthemed |= {**found.reasons, **dict.fromkeys(approvals, "EMPTY_APPROVAL")}
    report_progress(1.0, "labels")
    return Theming(
        themes=found.themes,
        subjects=found.subjects,
        unthemed=dict(sorted(unthemed.items())),
        nearest=dict(sorted(found.nearest.items())),
        copy_of={readable[copy].key: readable[canonical].key for copy, canonical in copy_of.items()},
        no_body=no_body,
        n_ideas=n_ideas,
        parameters=asdict(settings) | {"recipe": RECIPE},
        versions=tagger_versions(settings.tagger) | {name: version(name) for name in ("scikit-learn", "igraph")},
        n_with_vectors=stored.n if stored else 0,
        encoder=stored.identity if stored else "",
        quality=replace(
            quality_report(found.themes, n_ideas, len(unthemed), n_resamples_of(len(readable) - len(copy_of))),
            nearly_equal=found.nearly_equal,
        ),
    )


@dataclass(frozen=True)
class _Run:
    """What the steps of one run have in common."""

    settings: Settings
    votes: Mapping[int, VoteCount]
    previous: Mapping[int, int]
    previous_subjects: Mapping[int, int]
    report_progress: ProgressCallback


@dataclass(frozen=True)
class _Found:
    """What the clustering found.

    :param reasons: key of an idea without a theme -> LOOSE or TOO_FEW_FELLOWS
    :param nearest: key of such an idea -> index of the nearest theme in `themes`
    :param nearly_equal: see `nlp.records.Quality`
    """

    themes: tuple[FoundTheme, ...] = ()
    subjects: tuple[FoundSubject, ...] = ()
    reasons: Mapping[int, str] = field(default_factory=dict)
    nearest: Mapping[int, int] = field(default_factory=dict)
    nearly_equal: tuple[tuple[int, int, float], ...] = ()


@dataclass(frozen=True)
class _AlignedEmbeddings:
    """Embeddings in the order of the readable ideas.

    :param rows: (n,) int, the row of each idea in `embeddings`, -1 where there is none
    """

    identity: str
    embeddings: IdeaEmbeddings
    rows: Floats

    @property
    def n(self) -> int:
        """How many ideas have an embedding."""
        return int((self.rows >= 0).sum())

    def parts_of(self, indices: Sequence[int]) -> list[Floats]:
        """Return the embeddings of some ideas' titles and bodies, (n_indices, dimension) float32, zero for none."""
        rows = self.rows[indices]
        parts = [part[rows].astype(np.float32) for part in (self.embeddings.titles, self.embeddings.bodies)]
        for part in parts:
            part[rows < 0] = 0.0
        return parts

    @classmethod
    def of(cls, ideas: Sequence[TokenizedIdea], embeddings: IdeaEmbeddings | None) -> _AlignedEmbeddings | None:
        """Return the embeddings of these ideas, or None where there are too few of them."""
        if embeddings is None or not len(embeddings) or not ideas:
            return None
        rows = embeddings.row_indices([idea.key for idea in ideas])
        return None if (rows >= 0).mean() < MIN_ENCODED_SHARE else cls(embeddings.identity, embeddings, rows)


def _among_readable(
    duplicates: Mapping[int, int], ideas: Sequence[IdeaText], readable: Sequence[TokenizedIdea]
) -> dict[int, int]:
    """Translate near-duplicates from indices in `ideas` to indices in `readable`."""
    index_of = {idea.key: index for index, idea in enumerate(readable)}
    return {
        index_of[ideas[copy].key]: index_of[ideas[canonical].key]
        for copy, canonical in duplicates.items()
        if ideas[canonical].key in index_of
    }


def _find_themes(
    tokenized: Sequence[TokenizedIdea], copy_of: Mapping[int, int], stored: _AlignedEmbeddings | None, run: _Run
) -> _Found:
    """Return the themes, and what became of ideas without one. Near-duplicates go where their canonical idea goes.

    :param copy_of: index of a near-duplicate -> index of its canonical idea
    """
    settings = run.settings
    canonical = [index for index in range(len(tokenized)) if index not in copy_of]
    if len(canonical) < max(settings.min_size, 2):
        return _Found(reasons={idea.key: "TOO_FEW_FELLOWS" for idea in tokenized})
    tokenized, compounds = _merge_own_compounds(tokenized, canonical, settings)
    ideas = [tokenized[index] for index in canonical]
    parts = telling_parts(compounds)
    matrix, _words = tfidf([_subject_words(expand_compounds(idea.words, parts)) for idea in ideas])
    encoded = stored.parts_of(canonical) if stored else []
    vectors = idea_vectors(matrix, encoded, settings.n_components, settings.random_state)
    run.report_progress(0.7, "clusters")
    seeds = _seed_labels(ideas, settings)
    clusterer = _cluster(ideas, vectors, seeds, MIN_SIMILARITY if stored else MIN_LEXICAL_SIMILARITY, run)
    stability = None
    if settings.resample:
        run.report_progress(0.8, "quality")
        recluster = partial(clusterer.fit_predict_subset, vectors, seeds)
        stability = theme_stability(clusterer.labels_, recluster, settings.random_state)
    run.report_progress(0.9, "labels")
    taxonomy = sector_taxonomy() if settings.granularity == "broad" else topic_taxonomy()
    set_subjects(clusterer, taxonomy, settings.granularity == "broad")
    counted = [idea.key in run.previous for idea in ideas]
    tiers = settle_members(clusterer, [matrix, vectors] if stored else [matrix], vectors, counted)
    groups = _groups(tokenized, canonical, copy_of)
    kept = None if stability is None else stability[tiers.kept_themes]
    words = settings.user_words
    context = ThemeContext(clusterer, vectors, groups, run.votes, kept, taxonomy, compounds, words)
    number_of = {label: number for number, label in enumerate(context.order)}
    left_out = np.flatnonzero(clusterer.labels_ == UNTHEMED)
    nearly_equal = nearly_equal_themes(vectors, clusterer.labels_)
    return _Found(
        themes=describe_themes(context),
        subjects=describe_subjects(context),
        reasons={
            idea.key: "LOOSE" if tiers.is_loose[row] else "TOO_FEW_FELLOWS" for row in left_out for idea in groups[row]
        },
        nearest={
            idea.key: number_of[int(tiers.nearest[row])]
            for row in left_out
            if tiers.nearest[row] != UNTHEMED
            for idea in groups[row]
        },
        nearly_equal=tuple(
            (min(number_of[a], number_of[b]), max(number_of[a], number_of[b]), alike) for a, b, alike in nearly_equal
        ),
    )


def _subject_words(words: Sequence[str]) -> Sequence[str]:
    """Return the words that say what a text is about, without those that only say what is asked; else all."""
    return [word for word in words if word not in DIRECTIONS] or words


def _merge_own_compounds(
    tokenized: Sequence[TokenizedIdea], canonical: Sequence[int], settings: Settings
) -> tuple[Sequence[TokenizedIdea], dict[str, tuple[str, ...]]]:
    """Find the corpus's own compounds; return the ideas with them merged, and the parts of each."""
    if not settings.compounds:
        return tokenized, {}
    ideas = [tokenized[index] for index in canonical]
    authors = [("idea", idea.key) if idea.author is None else ("author", idea.author) for idea in ideas]
    parts = find_compounds(
        [idea.noun_runs for idea in ideas], [idea.words for idea in ideas], authors, settings.random_state
    )
    compounds = CompoundFinder(parts)
    merged = [
        replace(idea, words=merge_compounds(idea.words, idea.noun_runs, compounds), noun_runs="")
        if idea.noun_runs
        else idea
        for idea in tokenized
    ]
    return merged, parts


def _seed_labels(ideas: Sequence[TokenizedIdea], settings: Settings) -> Floats | None:
    """Return the topic (or sector) of each idea that is known, or None where the corpus is about another field.

    :return: (n_ideas,) int, index in the taxonomy of the granularity, UNKNOWN where no topic leads
    """
    if not settings.topics:
        return None
    topic_scores = [idea.topic_scores for idea in ideas]
    if topic_coverage(topic_scores) < MIN_TOPIC_COVERAGE:
        return None
    topics = confident_topics(topic_scores)
    if settings.granularity == "broad":
        sectors = [sector.sector for sector in sector_taxonomy()]
        sector_of_topic = np.array([sectors.index(topic.sector) for topic in topic_taxonomy()])
        return np.where(topics == UNKNOWN, UNKNOWN, sector_of_topic[topics])
    return topics


def _cluster(
    ideas: Sequence[TokenizedIdea], vectors: Floats, seeds: Floats | None, min_similarity: float, run: _Run
) -> ThemeClusterer:
    """Return a clusterer fitted to `vectors`, its labels stabilised by the last run.

    :param vectors: (n_ideas, n_features)
    :param seeds: (n_ideas,) known topics, or None
    """
    settings = run.settings
    fineness = FINENESS[settings.granularity]
    clusterer = ThemeClusterer(
        theme_size=None if fineness == 1 else max(settings.min_size, usual_theme_size(len(ideas)) / fineness),
        broad=settings.granularity == "broad",
        min_similarity=min_similarity,
        min_size=settings.min_size,
        random_state=settings.random_state,
    ).fit(vectors, seeds, [run.previous_subjects.get(idea.key, UNTHEMED) for idea in ideas])
    if run.previous:
        keys = [idea.key for idea in ideas]
        labels = stabilise_labels(clusterer.labels_, vectors, keys, run.previous, settings.min_size)
        apply_labels(clusterer, labels, vectors)
    return clusterer


def _groups(
    tokenized: Sequence[TokenizedIdea], canonical: Sequence[int], copy_of: Mapping[int, int]
) -> list[list[TokenizedIdea]]:
    """Return each canonical idea, followed by its near-duplicates."""
    copies: dict[int, list[int]] = {}
    for copy, index in copy_of.items():
        copies.setdefault(index, []).append(copy)
    return [[tokenized[index], *(tokenized[copy] for copy in copies.get(index, ()))] for index in canonical]
