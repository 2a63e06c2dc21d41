from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from forum.voice.campaigns.models import Phase, PhaseKind
from forum.voice.campaigns.stages import Stage, strip_of

NOW = datetime(2026, 11, 27, 3, tzinfo=UTC)


def phases(*spans: tuple[PhaseKind, int, int | None]) -> list[Phase]:
    """Phases that open and close so many days from NOW."""
    return [
        Phase(
            kind=kind,
            opens_at=NOW + timedelta(days=opens),
            closes_at=None if closes is None else NOW + timedelta(days=closes),
        )
        for kind, opens, closes in spans
    ]


def test_proposing_and_voting_at_once_are_one_current_stage() -> None:
    strip = strip_of(phases((PhaseKind.PROPOSING, -1, 31), (PhaseKind.VOTING, -1, 45), (PhaseKind.REVIEW, 45, 60)), NOW)
    ends = (("제안", NOW + timedelta(days=31)), ("투표", NOW + timedelta(days=45)))
    assert strip.stages == (
        Stage("제안·투표", is_current=True, ends=ends),
        Stage("분석·검토", ends=(("", NOW + timedelta(days=60)),)),
    )
    assert strip.ends == ends
    assert (strip.sentence, strip.days_left) == ("제안과 투표를 받아요", 31)


def test_ministries_work_beside_the_current_stage() -> None:
    strip = strip_of(phases((PhaseKind.VOTING, -9, 5), (PhaseKind.ANSWER, -3, 90)), NOW)
    assert [(stage.name, stage.is_current, stage.is_running) for stage in strip.stages] == [
        ("투표", True, False),
        ("답변", False, True),
    ]
    assert strip.days_left == 5


def test_what_closes_on_one_day_is_said_once_and_what_is_over_not_at_all() -> None:
    strip = strip_of(phases((PhaseKind.PROPOSING, -1, 31), (PhaseKind.VOTING, -1, 31), (PhaseKind.REVIEW, -9, -5)), NOW)
    assert strip.ends == (("", NOW + timedelta(days=31)),)
    assert strip.stages[-1] == Stage("분석·검토", is_over=True)


def test_stages_before_are_over_and_those_after_are_ahead() -> None:
    strip = strip_of(phases((PhaseKind.VOTING, -9, -5), (PhaseKind.REVIEW, -5, 2), (PhaseKind.ANSWER, 9, 20)), NOW)
    assert [(stage.is_over, stage.is_current) for stage in strip.stages] == [
        (True, False),
        (False, True),
        (False, False),
    ]


@pytest.mark.parametrize(
    ("spans", "sentence"),
    [
        ([(PhaseKind.PROPOSING, -1, 1)], "제안을 받아요"),
        ([(PhaseKind.VOTING, -1, 1)], "투표를 받아요"),
        ([(PhaseKind.REVIEW, -1, 1)], "제안을 묶고 살펴보고 있어요"),
        ([(PhaseKind.REFERRAL, -1, 1)], "정책 주제를 소관부처에 보내고 있어요"),
        ([(PhaseKind.ANSWER, -1, 1)], "소관부처의 답변을 기다려요"),
        ([(PhaseKind.PROPOSING, 1, 9)], "제안 단계를 준비하고 있어요"),
        ([(PhaseKind.PROPOSING, -9, -1)], "모든 단계가 끝났어요"),
        ([], "모든 단계가 끝났어요"),
    ],
)
def test_the_sentence_says_what_happens_now(spans: Any, sentence: str) -> None:
    assert strip_of(phases(*spans), NOW).sentence == sentence


def test_days_are_counted_by_the_calendar_in_seoul() -> None:
    # 23:00 in Seoul; two hours later is tomorrow there.
    late = datetime(2026, 11, 27, 14, tzinfo=UTC)
    phase = Phase(kind=PhaseKind.VOTING, opens_at=late - timedelta(days=1), closes_at=late + timedelta(hours=2))
    assert strip_of([phase], late).days_left == 1


def test_what_has_no_end_counts_no_days() -> None:
    assert strip_of(phases((PhaseKind.PROPOSING, -1, None)), NOW).days_left is None
