from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from forum.core import clock
from forum.core.errors import InvalidInput
from forum.publication.digests.models import PeriodKind
from forum.publication.digests.periods import days_of, month_before, period_in_words
from forum.publication.digests.plan import DigestRequest
from forum.voice.campaigns.models import Campaign, Phase, PhaseKind

NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)  # already the 21st in Seoul
CAMPAIGN = Campaign(
    phases=[
        Phase(kind=PhaseKind.PROPOSING, opens_at=datetime(2026, 11, 1, tzinfo=UTC)),
        Phase(
            kind=PhaseKind.VOTING,
            opens_at=datetime(2026, 11, 5, 15, tzinfo=UTC),
            closes_at=datetime(2026, 11, 9, 15, tzinfo=UTC),
        ),
        Phase(kind=PhaseKind.ANSWER, opens_at=datetime(2026, 12, 1, tzinfo=UTC)),
    ]
)


def days(**request):
    with clock.at(NOW):
        return days_of(CAMPAIGN, DigestRequest(**request))


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({}, (None, None)),
        ({"period": PeriodKind.WEEK}, (date(2026, 11, 15), date(2026, 11, 21))),
        ({"period": PeriodKind.MONTH}, (date(2026, 10, 22), date(2026, 11, 21))),
        ({"period": PeriodKind.PHASE, "phase": PhaseKind.PROPOSING}, (date(2026, 11, 1), date(2026, 11, 21))),
        ({"period": PeriodKind.PHASE, "phase": PhaseKind.VOTING}, (date(2026, 11, 6), date(2026, 11, 9))),
    ],
)
def test_days_are_those_of_seoul_and_none_has_yet_to_come(request_, expected):
    assert days(**request_) == expected


@pytest.mark.parametrize("phase", [PhaseKind.ANSWER, PhaseKind.REVIEW])
def test_a_phase_that_has_not_begun_or_is_not_there_is_refused(phase):
    with pytest.raises(InvalidInput):
        days(period=PeriodKind.PHASE, phase=phase)


def test_the_month_before_the_last_of_march_ends_in_february():
    assert month_before(date(2026, 3, 31)) == date(2026, 2, 28)
    assert month_before(date(2026, 1, 15)) == date(2025, 12, 15)


@pytest.mark.parametrize(
    ("kind", "first", "last", "phase", "words"),
    [
        ("ALL", None, date(2026, 11, 20), None, "처음부터 2026년 11월 20일까지"),
        ("WEEK", date(2026, 11, 14), date(2026, 11, 20), None, "2026년 11월 14일부터 20일까지"),
        ("MONTH", date(2026, 10, 21), date(2026, 11, 20), None, "2026년 10월 21일부터 11월 20일까지"),
        ("CUSTOM", date(2025, 12, 1), date(2026, 1, 2), None, "2025년 12월 1일부터 2026년 1월 2일까지"),
        ("CUSTOM", date(2026, 1, 2), date(2026, 1, 2), None, "2026년 1월 2일 하루"),
        ("PHASE", date(2026, 1, 2), date(2026, 1, 9), PhaseKind.VOTING, "투표 단계, 2026년 1월 2일부터 9일까지"),
    ],
)
def test_a_period_in_words(kind, first, last, phase, words):
    assert period_in_words(PeriodKind[kind], first, last, phase).label == words
