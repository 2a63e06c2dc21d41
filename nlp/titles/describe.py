"""From groups of ideas to themes that an analyst can read: titles, numbers of people, representatives, opinions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
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
from nlp.titles.generate import disambiguate_titles, generate_title
from nlp.titles.keywords import extract_keywords, select_representatives

TOUCHES = 0.75  # an idea touches a further theme whose centre is at least this near, as a share of its own theme's
LEAST_TOUCH = 0.3  # ... and at least this near by cosine
ASKED = 64  # themes that an idea's further ones are looked for among, the nearest to its own
LEAST_VOTES = 5
CENTRAL = (10, 60)  # of a large theme, the titles that may name it: few where there are thousands of themes
TITLES = 20_000  # titles read in a run for it, or a few more
TRUE_OF = 0.5  # share of the members that must touch a subject whose title the theme bears
Z = 1.64  # one-sided 95 %
Floats = np.ndarray[Any, Any]


def describe(
    found: ThemeClusterer,
    vectors: Floats,
    canonical: Sequence[TokenizedIdea],
    groups: Sequence[Sequence[TokenizedIdea]],
    votes: Mapping[int, VoteCount],
    stability: Floats | None = None,
    taxonomy: Sequence[Topic] = (),
    compounds: Mapping[str, Sequence[str]] | None = None,
) -> tuple[FoundTheme, ...]:
    """The themes of a fitted clusterer, largest first.

    :param vectors: (n, d) rows it was fitted on; :param canonical: the idea of each row
    :param stability: (n_themes,) 0..1 by the clusterer's numbers, or None where it was not tried
    :param taxonomy: the subjects that `found.seed_labels_` counts through
    :param groups: for each row its idea, followed by its near-duplicates
    :param compounds: words of this corpus that the tagger splits, with their parts (`nlp.text.compounds`)
    """
    telling = (word for word, parts in (compounds or {}).items() if parts[-1] not in ACTIONS)
    own = PhraseMatcher((*telling, *stop_words()))  # a stop word that the tagger split (부 + 터) is one too
    words = [frozenset(read.words) for read in canonical]
    counts = Counter(chain.from_iterable(words))
    with threadpool_limits(1, "blas"):  # thousands of small products: threads that wait for each other cost the most
        secondary = _secondary_members(found, vectors, canonical)
    keys = np.array([read.key for read in canonical])
    themes = []
    n_titles = int(np.clip(TITLES // max(1, len(found.seed_labels_)), *CENTRAL))
    for label, rows in enumerate(_rows_of(found.labels_, len(found.seed_labels_))):
        place = int(found.seed_labels_[label])
        subject = taxonomy[place] if 0 <= place < len(taxonomy) else None
        rows = rows[np.lexsort((keys[rows], -found.scores_[rows]))]
        theme = _theme(
            label, rows, found, vectors, canonical, words, groups, counts, secondary, votes, subject, n_titles, own
        )
        themes.append(theme if stability is None else replace(theme, stability=round(float(stability[label]), 4)))
    themes.sort(key=lambda theme: (-len(theme.members), min(member.key for member in theme.members)))
    names = disambiguate_titles([(theme.title, theme.keywords) for theme in themes])
    return tuple(replace(theme, title=name) for theme, name in zip(themes, names, strict=True))


def _theme(
    label: int,
    rows: Floats,
    found: ThemeClusterer,
    vectors: Floats,
    canonical: Sequence[TokenizedIdea],
    words_of: Sequence[frozenset[str]],
    groups: Sequence[Sequence[TokenizedIdea]],
    counts: Counter[str],
    secondary: Mapping[int, tuple[Member, ...]],
    votes: Mapping[int, VoteCount],
    subject: Topic | None,
    n_titles: int,
    own: PhraseMatcher,
) -> FoundTheme:
    members = [Member(read.key, round(float(found.scores_[row]), 4)) for row in rows for read in groups[row]]
    words = extract_keywords([words_of[row] for row in rows], counts, len(canonical))
    chosen = select_representatives(vectors[rows], [float(score) for score in found.scores_[rows]])
    everyone = [read for row in rows for read in groups[row]]
    agreed, divided = opinions([read.key for read in everyone], votes)
    return FoundTheme(
        title=_title(subject, [canonical[row] for row in rows[:n_titles]], words, [words_of[row] for row in rows], own),
        keywords=words,
        members=_best_first(members),
        representatives=tuple(canonical[rows[place]].key for place in chosen),
        cohesion=round(float(found.scores_[rows].mean()), 4),
        copies=len(everyone) - len(rows),
        people=len({("author", read.author) if read.author is not None else ("idea", read.key) for read in everyone}),
        arguments=len(rows),
        secondary=secondary.get(label, ()),
        agreed=agreed,
        divided=divided,
    )


def opinions(keys: Sequence[int], votes: Mapping[int, VoteCount]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What people agree on and what divides them: at most three ideas each, the clearest first.

    Agreed: even the lower bound of the share in favour (Wilson 1927, 95 % one-sided) is above 0.6. Divided: neither
    side is shown to have more than 0.6 and the smaller one has a third at least.
    """
    voted = [
        (key, votes[key]) for key in keys if key in votes and votes[key].agree + votes[key].disagree >= LEAST_VOTES
    ]
    agreed = [(-_least_share(vote.agree, vote.agree + vote.disagree), key) for key, vote in voted]
    divided = []
    for key, vote in voted:
        n, fewer = vote.agree + vote.disagree, min(vote.agree, vote.disagree)
        if 3 * fewer >= n and _least_share(n - fewer, n) <= 0.6:
            divided.append((-fewer, key))
    return (
        tuple(key for share, key in sorted(agreed)[:3] if share < -0.6),
        tuple(key for _fewer, key in sorted(divided)[:3]),
    )


def _least_share(part: int, n: int) -> float:
    share = part / n
    middle = share + Z * Z / (2 * n)
    spread = Z * float(np.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n)))
    return (middle - spread) / (1 + Z * Z / n)


def _title(
    subject: Topic | None,
    reads: Sequence[TokenizedIdea],
    words: Sequence[Keyword],
    said: Sequence[frozenset[str]],
    own: PhraseMatcher,
) -> str:
    """The book's title where the theme grew from one of its subjects and still speaks of it; else the people's words.

    :param reads: the ideas whose titles may name it; :param said: the words of every member
    """
    if subject is not None and any(keyword.word in subject.words for keyword in words[:5]):
        touched = sum(not subject.indices.isdisjoint(read.topic_scores) for read in reads)
        if touched >= TRUE_OF * len(reads):
            return subject.title
    return generate_title([read.title for read in reads], words, said, own)


def _best_first(members: Sequence[Member]) -> tuple[Member, ...]:
    return tuple(sorted(members, key=lambda member: (-member.score, member.key)))


def _secondary_members(
    found: ThemeClusterer, vectors: Floats, canonical: Sequence[TokenizedIdea]
) -> dict[int, tuple[Member, ...]]:
    """By theme, ideas of other themes that touch it too: at most two further themes each.

    Of many themes only those with the nearest centres are asked: what is far from a theme is far from its ideas.
    """
    touching: dict[int, list[Member]] = {}
    between = found.cluster_centers_ @ found.cluster_centers_.T
    np.fill_diagonal(between, -np.inf)
    n_asked = min(ASKED, len(between) - 1)
    for label, rows in enumerate(_rows_of(found.labels_, len(found.cluster_centers_))):
        others = np.sort(np.argpartition(-between[label], n_asked)[:n_asked])
        alike = vectors[rows] @ found.cluster_centers_[others].T
        nearest = np.argsort(-alike, axis=1, kind="stable")[:, :2]
        scores = np.take_along_axis(alike, nearest, axis=1)
        near = (scores >= LEAST_TOUCH) & (scores >= TOUCHES * found.scores_[rows][:, None])
        for row, place in np.argwhere(near):
            member = Member(canonical[int(rows[row])].key, round(float(scores[row, place]), 4))
            touching.setdefault(int(others[nearest[row, place]]), []).append(member)
    return {label: _best_first(members) for label, members in touching.items()}


def _rows_of(labels: Floats, n_themes: int) -> list[Floats]:
    """For each theme the places of its ideas, rising."""
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.searchsorted(labels[order], np.arange(n_themes + 1)))[1:-1]
