from __future__ import annotations

import pytest

from forum.publication.digests.charts.support import MAX_THEMES, support_chart
from forum.publication.digests.content import support_of
from tests.forum.publication.digests.charts.pictures import shapes_in, words_in
from tests.forum.publication.digests.contents import example_content, idea, theme


def with_votes(*votes: tuple[int, int]):
    """Return a content with a theme for each pair of agreement and disagreement."""
    themes = (
        theme(n, f"주제 {n}", [idea(n, agree=agree, disagree=disagree, pass_=0)], ())
        for n, (agree, disagree) in enumerate(votes, 1)
    )
    return example_content(themes=tuple(themes))


def test_the_highest_theme_is_named_where_its_interval_stands_alone():
    chart = support_chart(with_votes((41, 59), (620, 380)))
    assert chart.finding == "‘주제 2’ 주제가 찬성 62%로 가장 높고, ‘주제 1’ 주제가 41%로 그다음이에요."


def test_no_theme_is_called_the_highest_where_intervals_overlap():
    chart = support_chart(with_votes((60, 40), (62, 38)))
    assert chart.finding == (
        "‘주제 2’ 주제가 찬성 62%, ‘주제 1’ 주제가 60%로 높지만, 구간이 겹쳐서 어느 쪽이 더 높은지는 알 수 없어요."
    )


def test_an_interval_further_down_may_reach_the_highest_too():
    chart = support_chart(with_votes((620, 380), (550, 450), (3, 3)))
    assert "알 수 없어요" in chart.finding


def test_a_single_theme_is_told_with_its_interval():
    assert support_chart(with_votes((8, 2))).finding == "‘주제 1’ 주제는 찬성이 80%예요(90% 구간 54~93%)."


def test_themes_without_a_share_are_left_out_and_counted():
    chart = support_chart(with_votes((8, 2), (4, 0), (0, 0)))
    assert list(chart.table.frame["theme"]) == ["주제 1"]
    assert chart.table.note == "투표가 다섯 표보다 적어 몫을 말할 수 없는 주제 2개는 뺐어요."
    assert support_chart(with_votes((4, 0))) is None


def test_the_table_has_the_numbers_that_are_drawn():
    chart = support_chart(with_votes((41, 59), (620, 380), (5, 0)))
    drawn = words_in(chart)
    assert list(chart.table.frame["theme"]) == ["주제 3", "주제 2", "주제 1"]
    for row in chart.table.frame.itertuples():
        assert row.theme in drawn
        assert f"{row.support:.0%}" in drawn
        assert f"({100 * row.low:.0f}~{100 * row.high:.0f}%)" in drawn
    known = support_of(620, 1000)
    assert tuple(chart.table.frame.iloc[1])[1:] == (known.value, known.low, known.high, 1000)


def test_of_sixty_themes_those_with_most_votes_are_drawn():
    chart = support_chart(with_votes(*((n, n) for n in range(3, 63))))
    assert len(chart.table.frame) == MAX_THEMES == shapes_in(chart, stroke="#256ef4")
    assert chart.table.frame["votes"].min() == 102
    assert chart.finding.startswith("주제 60개 가운데 투표가 많은 12개를 보면 ‘주제 60’")
    assert chart.table.note == "투표가 적은 주제 48개는 그리지 않았어요."


@pytest.mark.parametrize(("agree", "disagree", "words"), [(0, 9, "0%"), (9, 0, "100%"), (1, 400, "1% 미만")])
def test_none_all_and_nearly_none_are_told_apart(agree, disagree, words):
    assert words in words_in(support_chart(with_votes((agree, disagree))))
