from __future__ import annotations

from dataclasses import replace

from forum.publication.digests.charts.opinion import COLOURS, opinion_map
from tests.forum.publication.digests.charts.pictures import shapes_in, words_in
from tests.forum.publication.digests.contents import example_content

SNAPSHOT = example_content().opinion


def drawn(**changes):
    return opinion_map(example_content(opinion=replace(SNAPSHOT, **changes)))


def test_the_finding_names_the_groups_by_size():
    small, large = SNAPSHOT.groups[1], replace(SNAPSHOT.groups[0], size=1234, share=0.97)
    assert drawn(groups=(small, large)).finding == (
        "비슷하게 투표한 사람끼리 모으면 1,274명이 의견 갈래 2개로 나뉘어요: 가 갈래 1,234명(97%), 나 갈래 40명(33%)."
    )


def test_a_single_group_holds_everybody():
    assert drawn(groups=SNAPSHOT.groups[:1]).finding == "비슷하게 투표한 사람끼리 모으면 80명이 모두 한 의견 갈래예요."


def test_the_table_has_the_numbers_that_are_drawn():
    chart = drawn()
    assert chart.table.frame.values.tolist() == [["가 갈래", 80, 0.67, 60], ["나 갈래", 40, 0.33, 30]]
    assert {"가 갈래", "80명 (67%)", "나 갈래", "40명 (33%)"} <= set(words_in(chart))


def test_each_place_is_a_shape_in_its_groups_look():
    chart = drawn()
    signs = 2  # on the map and beside it
    assert shapes_in(chart, fill=COLOURS[0], stroke="#ffffff") == 2 + signs
    assert shapes_in(chart, fill=COLOURS[1], stroke="#ffffff") == 1 + signs


def test_a_map_without_places_still_shows_the_groups():
    chart = drawn(places=())
    assert list(chart.table.frame["drawn"]) == [0, 0]
    assert words_in(chart).count("가") == 2


def test_groups_at_one_place_stand_beside_each_other():
    alone = drawn(places=((0.5, 0.5, "가", 9), (0.7, 0.5, "가", 9)))
    shared = drawn(places=((0.5, 0.5, "가", 9), (0.5, 0.5, "나", 9), (0.7, 0.5, "가", 9)))
    assert alone.svg != shared.svg
    assert shapes_in(shared, fill=COLOURS[1], stroke="#ffffff") == 3


def test_no_snapshot_and_no_group_give_no_map():
    assert opinion_map(example_content(opinion=None)) is None
    assert drawn(groups=()) is None


def test_no_number_of_a_scale_stands_on_the_map():
    words = [one for one in words_in(drawn()) if any(char.isdigit() for char in one)]
    assert words == ["80명 (67%)", "40명 (33%)"]
