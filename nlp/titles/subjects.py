"""Describe subjects: the broad groups that the themes of a run are in."""

from __future__ import annotations

from typing import Any

import numpy as np

from nlp.records import FoundSubject
from nlp.text.topics import sector_taxonomy
from nlp.titles.describe import ThemeContext
from nlp.titles.keywords import extract_keywords

N_TITLE_WORDS = 3
Labels = np.ndarray[Any, Any]


def describe_subjects(context: ThemeContext) -> tuple[FoundSubject, ...]:
    """Return the subjects, the largest first; none where each theme is a subject of its own."""
    subjects = context.clusterer.subject_labels_
    if len(np.unique(subjects)) == len(subjects):
        return ()
    found = [_describe(context, np.flatnonzero(subjects == subject)) for subject in np.unique(subjects)]
    return tuple(sorted(found, key=lambda subject: (-subject.n_ideas, subject.themes)))


def _describe(context: ThemeContext, labels: Labels) -> FoundSubject:
    rows = np.concatenate([context.rows_by_theme[label] for label in labels])
    keywords = extract_keywords([context.words[row] for row in rows], context.document_frequency, len(context.groups))
    return FoundSubject(
        title=_title(context, labels) or " · ".join(keyword.word for keyword in keywords[:N_TITLE_WORDS]),
        keywords=keywords,
        themes=tuple(index for index, label in enumerate(context.order) if label in labels),
        n_ideas=sum(len(context.groups[row]) for row in rows),
    )


def _title(context: ThemeContext, labels: Labels) -> str:
    """Return the title of the sector that the themes' topics are of, "" for themes without known topics."""
    sectors = {topic.sector for label in labels if (topic := context.topic_of(int(label))) is not None}
    return next((topic.title for topic in sector_taxonomy() if topic.sector in sectors), "")
