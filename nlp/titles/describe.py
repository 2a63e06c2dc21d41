"""Describe clusters as themes that an analyst can read: titles, keywords, numbers of people, representatives, votes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from nlp.cluster.clusterer import ThemeClusterer
from nlp.records import FoundTheme, Keyword, Member, VoteCount
from nlp.text.stopwords import stop_words
from nlp.text.tokenized import TokenizedIdea
from nlp.text.tokens import PhraseMatcher
from nlp.text.topics import Topic
from nlp.titles.demands import ACTIONS
from nlp.titles.generate import Title, disambiguate_titles, generate_title
from nlp.titles.keywords import extract_keywords, select_representatives
from nlp.titles.phrases import without_spaces

MIN_SECONDARY_RATIO = 0.75  # smallest cosine to a secondary theme's centre, as a share of that to its own theme's
MIN_SECONDARY_SCORE = 0.3  # ... and smallest cosine at all
N_NEAREST_THEMES = 64  # themes searched for an idea's secondary themes, the nearest to its own
MIN_VOTES = 5  # for or against, for an idea to count as agreed or divided
CLEAR_MAJORITY = 0.6  # share of the votes that must be exceeded even by the lower bound
TITLE_SAMPLE_RANGE = (10, 60)  # titles of a large theme that may name it: few where there are thousands of themes
MAX_TITLES = 10_000  # titles read in a run for that, approximately
MIN_TITLE_COVERAGE = 0.5  # share of those that must mention a topic for the theme to bear the topic's title
Z_95 = 1.64  # normal quantile of a one-sided 95 % bound
Floats = np.ndarray[Any, Any]
Rows = np.ndarray[Any, Any]


@dataclass(frozen=True)
class ThemeContext:
    """The result of a clustering and what else the description of its themes needs.

    :param clusterer: fitted
    :param vectors: (n, n_features) the rows it was fitted on, of unit length
    :param groups: for each row its idea, followed by its near-duplicates
    :param votes: by idea key
    :param stability: (n_themes,) 0..1, by the clusterer's labels; None: not tried
    :param taxonomy: the topics or sectors that `clusterer.seed_labels_` are indices of
    :param compounds: compounds found in this corpus -> their parts (`nlp.text.compounds`)
    :param user_words: words of this campaign that the tagger splits
    """

    clusterer: ThemeClusterer
    vectors: Floats
    groups: Sequence[Sequence[TokenizedIdea]]
    votes: Mapping[int, VoteCount] = field(default_factory=dict)
    stability: Floats | None = None
    taxonomy: Sequence[Topic] = ()
    compounds: Mapping[str, Sequence[str]] = field(default_factory=dict)
    user_words: Sequence[str] = ()

    @cached_property
    def canonical(self) -> list[TokenizedIdea]:
        """The idea of each row."""
        return [group[0] for group in self.groups]

    @cached_property
    def words(self) -> list[frozenset[str]]:
        """The distinct words of each row."""
        return [frozenset(idea.words) for idea in self.canonical]

    @cached_property
    def document_frequency(self) -> Counter[str]:
        """In how many rows each word occurs."""
        return Counter(chain.from_iterable(self.words))

    @cached_property
    def compound_matcher(self) -> PhraseMatcher:
        """The corpus's own compounds that are no demands, user words, and split stop words (부 + 터)."""
        names = (word for word, parts in self.compounds.items() if parts[-1] not in ACTIONS)
        return PhraseMatcher((*names, *self.user_words, *stop_words()))

    @cached_property
    def rows_by_theme(self) -> list[Rows]:
        """For each theme its rows, (n_members,) int, best first, ties by key."""
        keys = np.array([idea.key for idea in self.canonical])
        scores = self.clusterer.scores_
        by_theme = _rows_by_label(self.clusterer.labels_, len(self.clusterer.seed_labels_))
        return [rows[np.lexsort((keys[rows], -scores[rows]))] for rows in by_theme]

    @cached_property
    def order(self) -> list[int]:
        """The labels of the themes, those with the most ideas first (near-duplicates included)."""

        def size_and_first_key(label: int) -> tuple[int, int]:
            keys = [idea.key for row in self.rows_by_theme[label] for idea in self.groups[row]]
            return -len(keys), min(keys)

        return sorted(range(len(self.rows_by_theme)), key=size_and_first_key)

    @cached_property
    def title_sample(self) -> int:
        """How many titles of a theme may name it, the most central ones."""
        return int(np.clip(MAX_TITLES // max(1, len(self.clusterer.seed_labels_)), *TITLE_SAMPLE_RANGE))

    @cached_property
    def secondary(self) -> dict[int, tuple[Member, ...]]:
        """For each theme ideas of other themes that are close to it too."""
        with threadpool_limits(1, "blas"):  # thousands of small products: threads waiting for each other cost the most
            return _secondary_members(self)

    def topic_of(self, label: int) -> Topic | None:
        """Return the topic that a theme grew from, if any."""
        index = int(self.clusterer.seed_labels_[label])
        return self.taxonomy[index] if 0 <= index < len(self.taxonomy) else None


def describe_themes(context: ThemeContext) -> tuple[FoundTheme, ...]:
    """Return the themes of a fitted clusterer in `context.order`, with distinct titles."""
    themes = [_describe(context, label) for label in context.order]
    titles = disambiguate_titles([(theme.title, theme.keywords) for theme in themes])
    return tuple(replace(theme, title=title) for theme, title in zip(themes, titles, strict=True))


def _describe(context: ThemeContext, label: int) -> FoundTheme:
    rows = context.rows_by_theme[label]
    scores = context.clusterer.scores_[rows]
    ideas = [idea for row in rows for idea in context.groups[row]]
    members = [
        Member(idea.key, round(float(score), 4))
        for row, score in zip(rows, scores, strict=True)
        for idea in context.groups[row]
    ]
    keywords = extract_keywords([context.words[row] for row in rows], context.document_frequency, len(context.groups))
    title = _title(context, label, keywords)
    chosen = select_representatives(context.vectors[rows], scores.tolist(), preferred=_preferred(context, rows, title))
    agreed, divided = agreed_and_divided([idea.key for idea in ideas], context.votes)
    return FoundTheme(
        title=title.text,
        weak_title=title.is_weak,
        keywords=keywords,
        members=_best_first(members),
        representatives=tuple(context.canonical[rows[index]].key for index in chosen),
        cohesion=round(float(scores.mean()), 4),
        copies=len(ideas) - len(rows),
        people=len({("author", idea.author) if idea.author is not None else ("idea", idea.key) for idea in ideas}),
        arguments=len(rows),
        secondary=context.secondary.get(label, ()),
        stability=None if context.stability is None else round(float(context.stability[label]), 4),
        agreed=agreed,
        divided=divided,
    )


def agreed_and_divided(keys: Sequence[int], votes: Mapping[int, VoteCount]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the ideas that voters agree with and those they are divided about, at most three each, the clearest first.

    Agreed: even the lower bound of the share in favour exceeds `CLEAR_MAJORITY`. Divided: neither side is shown to
    exceed it, and the minority has at least a third.

    :param keys: of a theme's ideas
    :param votes: by idea key; ideas with fewer than `MIN_VOTES` votes for or against are left out
    """
    voted = [(key, votes[key]) for key in keys if key in votes and votes[key].agree + votes[key].disagree >= MIN_VOTES]
    agreed = [(-wilson_lower_bound(vote.agree, vote.agree + vote.disagree), key) for key, vote in voted]
    divided = []
    for key, vote in voted:
        n, minority = vote.agree + vote.disagree, min(vote.agree, vote.disagree)
        if 3 * minority >= n and wilson_lower_bound(n - minority, n) <= CLEAR_MAJORITY:
            divided.append((-minority, key))
    return (
        tuple(key for share, key in sorted(agreed)[:3] if share < -CLEAR_MAJORITY),
        tuple(key for _minority, key in sorted(divided)[:3]),
    )


def wilson_lower_bound(successes: int, n: int, z: float = Z_95) -> float:
    """Return the lower bound of the Wilson score interval of a proportion (Wilson 1927).

    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of the American
    Statistical Association 22 (158), 209-212.

    :param successes: 0..n
    :param n: at least 1
    :param z: normal quantile of the confidence level
    :return: 0..1
    """
    share = successes / n
    centre = share + z * z / (2 * n)
    spread = z * float(np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)))
    return (centre - spread) / (1 + z * z / n)


def _title(context: ThemeContext, label: int, keywords: Sequence[Keyword]) -> Title:
    """Return the title of the topic that the theme grew from, if it is still about it; else one of its own titles."""
    rows, topic = context.rows_by_theme[label], context.topic_of(label)
    ideas = [context.canonical[row] for row in rows[: context.title_sample]]
    if topic is not None and any(keyword.word in topic.words for keyword in keywords[:5]):
        n_mentions = sum(not topic.indices.isdisjoint(idea.topic_scores) for idea in ideas)
        if n_mentions >= MIN_TITLE_COVERAGE * len(ideas):
            return Title(topic.title, core=topic.words)
    member_words = [context.words[row] for row in rows]
    # Where there are hundreds of themes, titles alone are tagged: requests would triple the sentences to tag.
    requests = [idea.requests for idea in ideas] if context.title_sample == TITLE_SAMPLE_RANGE[1] else []
    titles, compounds = [idea.title for idea in ideas], context.compound_matcher
    return generate_title(titles, keywords, member_words, compounds, requests, context.compounds)


def _preferred(context: ThemeContext, rows: Rows, title: Title) -> list[list[int]]:
    """Return members that should represent a theme: with the title's core word and request; with its core word.

    :return: indices in `rows`
    """
    letters = [without_spaces(context.canonical[row].title) for row in rows[: context.title_sample]]
    with_core = [index for index, text in enumerate(letters) if any(word in text for word in title.core)]
    return [[index for index in with_core if index in title.requests], with_core]


def _best_first(members: Sequence[Member]) -> tuple[Member, ...]:
    return tuple(sorted(members, key=lambda member: (-member.score, member.key)))


def _secondary_members(context: ThemeContext) -> dict[int, tuple[Member, ...]]:
    """Return, by theme, ideas of other themes that are close to it too: at most two secondary themes for each idea.

    Only the themes with the nearest centres are searched: what is far from a theme is far from its ideas.
    """
    clusterer = context.clusterer
    found: dict[int, list[Member]] = {}
    between = clusterer.cluster_centers_ @ clusterer.cluster_centers_.T
    np.fill_diagonal(between, -np.inf)
    n_nearest = min(N_NEAREST_THEMES, len(between) - 1)
    for label, rows in enumerate(_rows_by_label(clusterer.labels_, len(clusterer.cluster_centers_))):
        others = np.sort(np.argpartition(-between[label], n_nearest)[:n_nearest])
        cosines = context.vectors[rows] @ clusterer.cluster_centers_[others].T
        nearest = _two_largest(cosines)
        scores = np.take_along_axis(cosines, nearest, axis=1)
        is_close = (scores >= MIN_SECONDARY_SCORE) & (scores >= MIN_SECONDARY_RATIO * clusterer.scores_[rows][:, None])
        for row, rank in np.argwhere(is_close):
            member = Member(context.canonical[int(rows[row])].key, round(float(scores[row, rank]), 4))
            found.setdefault(int(others[nearest[row, rank]]), []).append(member)
    return {label: _best_first(members) for label, members in found.items()}


def _two_largest(values: Floats) -> Rows:
    """Return the columns of each row's two largest values, (n, ≤ 2), the largest first, the left one of equal ones."""
    if values.shape[1] < 2:
        return np.zeros(values.shape, dtype=int)
    first = values.argmax(axis=1)[:, None]
    others = values.copy()
    np.put_along_axis(others, first, -np.inf, axis=1)
    return np.hstack([first, others.argmax(axis=1)[:, None]])


def _rows_by_label(labels: Rows, n_themes: int) -> list[Rows]:
    """Return for each theme its rows, ascending.

    :param labels: (n,) int, -1 unthemed
    """
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.searchsorted(labels[order], np.arange(n_themes + 1)))[1:-1]
