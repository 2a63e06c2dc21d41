from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from forum.core.korean import day, josa, moment, particle_after, thousands, without_citations


@pytest.mark.parametrize(
    ("word", "particle", "expected"),
    [
        ("제안", "을", "제안을"),
        ("메모", "을", "메모를"),
        ("LED", "은", "LED는"),
        ("RE100", "로", "RE100으로"),
        ("서울", "로", "서울로"),
        ("부산", "로", "부산으로"),
        ("기후에너지환경부", "이", "기후에너지환경부가"),
        ("국무조정실", "이", "국무조정실이"),
        ("태양광(가정용)", "과", "태양광(가정용)과"),
    ],
)
def test_particles_follow_the_last_sound(word, particle, expected):
    assert josa(word, particle) == expected


def test_dates_are_seouls():
    late_in_utc = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
    assert day(late_in_utc) == "2026년 11월 23일"
    assert moment(late_in_utc) == "2026년 11월 23일 00:30"
    assert day(date(2026, 1, 2)) == "2026년 1월 2일"
    assert day(None) == moment(None) == ""


def test_marks_of_a_summary_are_left_out_on_a_card():
    summary = "햇빛을 씁니다 [#1] [#147]. 지붕을 빌립니다[#2].\n\n[메모]는 남습니다."
    assert without_citations(summary) == "햇빛을 씁니다. 지붕을 빌립니다.\n\n[메모]는 남습니다."


def test_thousands():
    assert thousands(1284) == "1,284"


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("‘제안’", "을"),
        ("‘메모’", "를"),
        ("메모(제안)", "을"),
        ("“서울”", "을"),
        ("「나무」", "를"),
        ("", ""),
        ("’", "를"),
    ],
)
def test_closing_quotes_and_brackets_have_no_sound(word, expected):
    assert particle_after(word, "을") == expected
