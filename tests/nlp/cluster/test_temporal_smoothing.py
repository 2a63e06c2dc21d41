from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from nlp.cluster.temporal_smoothing import stabilise_labels
from nlp.pipeline import Settings, analyse
from nlp.records import IdeaText, Theming
from nlp.text.tokens import DATA_DIR
from tests.nlp.test_pipeline import corpus

EAST, NORTH, BETWEEN = [1.0, 0.0], [0.0, 1.0], [0.8, 1.0]
VECTORS = np.array([EAST, EAST, EAST, NORTH, NORTH, NORTH, BETWEEN])
KEYS = [10, 11, 12, 20, 21, 22, 30]
LAST = {10: 0, 11: 0, 12: 0, 20: 1, 21: 1, 22: 1, 30: 0}


def test_an_idea_at_the_border_stays_where_it_stood():
    labels = np.array([0, 0, 0, 1, 1, 1, 1])
    assert stabilise_labels(labels, VECTORS, KEYS, LAST).tolist() == [0, 0, 0, 1, 1, 1, 0]


def test_an_idea_that_is_clearly_of_the_other_theme_goes():
    labels = np.array([0, 0, 0, 1, 1, 1, 1])
    assert stabilise_labels(labels, np.array([EAST] * 3 + [NORTH] * 4), KEYS, LAST).tolist() == labels.tolist()


def test_one_that_would_be_left_out_stays_if_it_is_near_enough():
    labels = np.array([0, 0, 0, 1, 1, 1, -1])
    assert stabilise_labels(labels, VECTORS, KEYS, LAST).tolist() == [0, 0, 0, 1, 1, 1, 0]
    assert stabilise_labels(labels, np.array([EAST] * 3 + [NORTH] * 4), KEYS, LAST).tolist() == labels.tolist()


def test_no_theme_is_emptied_by_loyalty():
    labels = np.array([0, 0, 0, 1, 1, 1, 1])
    assert stabilise_labels(labels, VECTORS, KEYS, LAST, min_size=4).tolist() == labels.tolist()


def test_newcomers_and_first_runs_are_left_as_they_are():
    labels = np.array([0, 0, 0, 1, 1, 1, 1])
    assert stabilise_labels(labels, VECTORS, KEYS, {}).tolist() == labels.tolist()
    assert stabilise_labels(labels, VECTORS, KEYS, {99: 3}).tolist() == labels.tolist()
    nothing = np.full(7, -1)
    assert stabilise_labels(nothing, VECTORS, KEYS, LAST).tolist() == nothing.tolist()


def themes_of(theming: Theming) -> dict[int, int]:
    return {member.key: number for number, theme in enumerate(theming.themes) for member in theme.members}


def test_a_run_told_of_itself_says_the_same():
    plain = analyse(corpus())
    again = analyse(corpus(), previous=themes_of(plain))
    assert [[m.key for m in theme.members] for theme in again.themes] == [
        [m.key for m in theme.members] for theme in plain.themes
    ]
    assert again.unthemed == plain.unthemed


def sample_ideas() -> list[IdeaText]:
    lines = [
        line
        for path in sorted((DATA_DIR / "sample" / "ideas").glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").split("\n")
        if line.strip()
    ]
    return [IdeaText(key, row["title"], row["body"]) for key, row in enumerate(map(json.loads, lines))]


@pytest.mark.parametrize("draw", [0, 1, 2])
def test_a_tenth_of_new_ideas_leaves_the_old_ones_together(draw):
    """Each unthemed idea counts as a group of its own."""
    ideas, settings = sample_ideas(), Settings(resample=False)
    new = set(np.random.default_rng(draw).permutation(len(ideas))[: round(len(ideas) / 11)].tolist())
    old = [idea for idea in ideas if idea.key not in new]
    last = themes_of(analyse(old, settings))
    now = themes_of(analyse(ideas, settings, previous=last))
    before, after = ([groups.get(idea.key, -1 - idea.key) for idea in old] for groups in (last, now))
    assert adjusted_rand_score(before, after) >= 0.9
