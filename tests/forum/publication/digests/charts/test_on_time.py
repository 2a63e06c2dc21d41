from __future__ import annotations

from forum.publication.digests.charts.on_time import LOOKS, MAX_MINISTRIES, on_time_bars
from forum.publication.digests.content import OnTimeLine
from tests.forum.publication.digests.charts.pictures import shapes_in, words_in
from tests.forum.publication.digests.contents import example_content


def bars(*lines: tuple[str, int, int, int, int]):
    return on_time_bars(example_content(on_time=tuple(OnTimeLine(*line) for line in lines)))


def test_the_finding_counts_what_became_of_the_letters():
    chart = bars(("환경부", 2, 1, 0, 9), ("교육부", 1234, 0, 3, 0))
    assert chart.finding == (
        "답변을 받았거나 기한이 지난 편지 1,240통 가운데 기한 안에 답한 것이 1,236통, 늦게 답한 것이 1통, "
        "기한이 지나도록 답하지 않은 것이 3통이에요."
    )


def test_parts_that_are_none_are_not_told():
    assert bars(("환경부", 2, 0, 0, 1)).finding == (
        "답변을 받았거나 기한이 지난 편지 2통 가운데 기한 안에 답한 것이 2통이에요."
    )
    assert bars(("환경부", 0, 0, 0, 3)).finding == "보낸 편지 3통은 아직 답변 기한 전이에요."


def test_overdue_letters_come_first_and_ministries_without_letters_are_left_out():
    chart = bars(("가", 9, 0, 0, 0), ("나", 0, 0, 0, 0), ("다", 0, 2, 0, 0), ("라", 0, 0, 1, 0))
    assert chart.table.frame["ministry"].tolist() == ["라", "다", "가"]
    assert bars(("나", 0, 0, 0, 0)) is None
    assert bars() is None


def test_the_table_has_the_numbers_that_are_drawn():
    chart = bars(("환경부", 2, 1, 3, 9))
    assert chart.table.frame.values.tolist() == [["환경부", 2, 1, 3, 9]]
    assert words_in(chart) == ["환경부", "기한 안 2", "늦은 답변 1", "기한 지남 3", "진행 중 9"]


def test_a_part_has_its_pattern_in_the_bar_and_beside_its_words():
    chart = bars(("환경부", 2, 0, 3, 0))
    assert shapes_in(chart, fill=LOOKS["on_time"].fill) == 2
    assert chart.svg.count(b"<pattern") == 1


def test_further_ministries_are_summed_up():
    chart = bars(*((f"부처 {n}", 1, 0, 0, n) for n in range(1, 31)))
    frame = chart.table.frame
    assert len(frame) == MAX_MINISTRIES
    assert frame.iloc[-1].tolist() == ["그 밖의 소관부처 19곳", 19, 0, 0, sum(range(1, 20))]
    assert frame["on_time"].sum() == 30


def test_one_letter_beside_thousands_is_seen():
    chart = bars(("환경부", 1, 0, 0, 100_000))
    assert shapes_in(chart, fill=LOOKS["on_time"].fill) == 2
    assert "진행 중 100,000" in words_in(chart)


def test_an_answer_that_is_examined_again_is_counted_twice_and_said():
    n_letters = sum(len(theme.referrals) for theme in example_content().themes)
    assert bars(("환경부", n_letters, 0, 0, 0)).table.note == ""
    assert "재심사하는 편지는" in bars(("환경부", n_letters, 0, 0, 1)).table.note
