from __future__ import annotations

from dataclasses import replace

import pytest

from forum.deliberation.joint.sides import SideVotes
from forum.publication.digests.checks.gatherings import gathering_problems
from forum.publication.digests.content import Gatherings
from tests.forum.publication.digests.contents import GATHERING, example_content

CONTENT = example_content()


def with_line(**changes):
    first, second = CONTENT.gatherings.lines
    return replace(CONTENT, gatherings=replace(CONTENT.gatherings, lines=(first, replace(second, **changes))))


def with_side(**changes):
    first, *rest = CONTENT.sides.lines
    return replace(CONTENT, sides=replace(CONTENT.sides, lines=(replace(first, **changes), *rest)))


def test_a_sound_digest_has_no_problem():
    assert list(gathering_problems(CONTENT)) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (with_line(ideas=2), f"모임 ‘{GATHERING}’에서 나온 제안을 다시 세니 1건이에요."),
        (with_line(present=4), "함께한 사람이 적은데"),
        (replace(CONTENT, gatherings=Gatherings()), "모임 표에 빠져"),
        (replace(CONTENT, counts=CONTENT.counts | {"room_ideas": 3}), "다시 세니 2건"),
        (with_side(in_rooms=SideVotes(12, 0, 1)), "제안 3번의 모임 투표와 온라인 투표를 더하니"),
        (
            with_side(in_rooms=SideVotes(2, 1, 1), online=SideVotes(11, 2, 1)),
            "모임이나 온라인 투표가 적은데",
        ),
        (replace(CONTENT, counts=CONTENT.counts | {"paper_votes": 24}), "다시 세니 25표"),
    ],
)
def test_a_figure_that_differs_from_its_recount_is_found(content, words):
    (problem,) = gathering_problems(content)
    assert words in problem
