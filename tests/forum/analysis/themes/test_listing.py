from __future__ import annotations

from datetime import UTC, datetime

import pytest

from forum.analysis.themes.listing import AnswerGroup, AnswerStanding, ThemeOrder, arrange
from forum.analysis.themes.models import Theme, ThemeState
from forum.analysis.themes.queries import VoteSums


def theme(theme_id: int, state: ThemeState = ThemeState.APPROVED) -> Theme:
    return Theme(
        id=theme_id, title=f"주제 {theme_id}", state=state, decided_at=datetime(2026, 11, theme_id, tzinfo=UTC)
    )


THEMES = [theme(1), theme(2), theme(3, ThemeState.REJECTED)]
SUMS = {1: VoteSums(ideas=9, agree=5), 2: VoteSums(ideas=3, agree=8), 3: VoteSums(ideas=5, agree=8)}
SENT = {2: AnswerStanding(AnswerGroup.WAITING, "답변 기다림")}


def ids(order: ThemeOrder = ThemeOrder.AGREE, group: AnswerGroup | None = None, page: int = 1, size: int = 20):
    found = arrange(THEMES, SUMS, SENT, order, group, page, size)
    return [row.theme.id for row in found.rows]


@pytest.mark.parametrize(
    ("order", "expected"),
    [(ThemeOrder.AGREE, [2, 3, 1]), (ThemeOrder.IDEAS, [1, 3, 2]), (ThemeOrder.NEW, [3, 2, 1])],
)
def test_themes_stand_in_the_chosen_order(order, expected):
    assert ids(order) == expected


@pytest.mark.parametrize(
    ("group", "expected"),
    [(AnswerGroup.WAITING, [2]), (AnswerGroup.NOT_SENT, [1]), (AnswerGroup.NOT_ADOPTED, [3]), (AnswerGroup.TAKEN, [])],
)
def test_a_group_shows_its_themes_and_every_group_its_number(group, expected):
    found = arrange(THEMES, SUMS, SENT, ThemeOrder.AGREE, group, 1, 20)
    assert [row.theme.id for row in found.rows] == expected
    assert dict(found.counts) == {AnswerGroup.NOT_SENT: 1, AnswerGroup.WAITING: 1, AnswerGroup.NOT_ADOPTED: 1}
    assert found.total == 3


@pytest.mark.parametrize(("page", "expected"), [(1, [2, 3]), (2, [1]), (99, [1]), (0, [2, 3])])
def test_a_page_beyond_the_ends_is_the_nearest_one(page, expected):
    assert ids(page=page, size=2) == expected
