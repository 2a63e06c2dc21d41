from __future__ import annotations

from dataclasses import replace

import pytest

from forum.publication.digests.checks.gatherings import gathering_problems
from forum.publication.digests.content import Gatherings
from tests.forum.publication.digests.contents import GATHERING, example_content

CONTENT = example_content()


def with_line(**changes):
    first, second = CONTENT.gatherings.lines
    return replace(CONTENT, gatherings=replace(CONTENT.gatherings, lines=(first, replace(second, **changes))))


def test_a_sound_digest_has_no_problem():
    assert list(gathering_problems(CONTENT)) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (with_line(ideas=2), f"모임 ‘{GATHERING}’에서 나온 제안을 다시 세니 1건이에요."),
        (with_line(present=4), "함께한 사람이 적은데"),
        (replace(CONTENT, gatherings=Gatherings()), "모임 표에 빠져"),
        (replace(CONTENT, counts=CONTENT.counts | {"room_ideas": 3}), "다시 세니 2건"),
        (replace(CONTENT, counts=CONTENT.counts | {"paper_votes": 24}), "다시 세니 25표"),
    ],
)
def test_a_figure_that_differs_from_its_recount_is_found(content, words):
    (problem,) = gathering_problems(content)
    assert words in problem
