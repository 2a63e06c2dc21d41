from __future__ import annotations

import pytest

from nlp.cluster.align import LinkKind, align, pairs_kept


def group(*keys: int, weight: float = 1.0) -> dict[int, float]:
    return dict.fromkeys(keys, weight)


def told(links):
    return [(link.kind, link.old, link.new) for link in links]


def test_a_group_found_again_is_the_same_though_it_grew():
    (link,) = align({1: group(*range(10))}, {7: group(*range(12))}, new_idea_ids=range(12), old_idea_ids=range(10))
    assert told([link]) == [(LinkKind.SAME, 1, 7)]
    assert (link.score, link.old_share, link.new_share, link.n_shared, link.is_successor) == (1.0, 1.0, 1.0, 10, True)


def test_a_group_cut_in_two_is_split_and_the_larger_piece_carries_it_on():
    links = align({1: group(*range(10))}, {1: group(*range(6, 10)), 2: group(*range(6))})
    assert told(links) == [(LinkKind.SPLIT, 1, 2), (LinkKind.SPLIT, 1, 1)]
    assert [link.is_successor for link in links] == [True, False]


def test_two_groups_in_one_are_merged_and_the_larger_one_is_carried_on():
    links = align({1: group(*range(4)), 2: group(*range(4, 10))}, {5: group(*range(10))})
    assert told(links) == [(LinkKind.MERGED, 1, 5), (LinkKind.MERGED, 2, 5)]
    assert [link.is_successor for link in links] == [False, True]


def test_a_few_ideas_breaking_away_leave_the_rest_the_same():
    links = align({1: group(*range(20))}, {1: group(*range(18)), 2: group(18, 19)})
    assert told(links) == [(LinkKind.SAME, 1, 1), (LinkKind.SPLIT, 1, 2)]


def test_a_small_group_joining_a_large_one_leaves_the_large_one_the_same():
    links = align({1: group(*range(20)), 2: group(20, 21)}, {1: group(*range(22))})
    assert told(links) == [(LinkKind.SAME, 1, 1), (LinkKind.MERGED, 2, 1)]


def test_what_has_no_counterpart_is_new_or_gone():
    links = align({1: group(1, 2)}, {2: group(8, 9)}, old_idea_ids=[1, 2, 3], new_idea_ids=[1, 2, 8, 9])
    assert told(links) == [(LinkKind.GONE, 1, None), (LinkKind.NEW, None, 2)]


def test_ideas_that_scattered_are_no_lineage():
    scattered = {n: group(n * 3, n * 3 + 1, n * 3 + 2, *range(20 + n * 10, 30 + n * 10)) for n in range(3)}
    links = align({1: group(*range(9))}, scattered, old_idea_ids=range(60), new_idea_ids=range(60))
    assert told(links) == [
        (LinkKind.GONE, 1, None),
        (LinkKind.NEW, None, 0),
        (LinkKind.NEW, None, 1),
        (LinkKind.NEW, None, 2),
    ]


def test_withdrawn_ideas_do_not_count_against_a_match_but_unthemed_ones_do():
    old, new = {1: group(*range(10))}, {1: group(*range(4))}
    assert told(align(old, new, new_idea_ids=range(4))) == [(LinkKind.SAME, 1, 1)]
    (link,) = align(old, new, new_idea_ids=range(10))
    assert (link.kind, link.old_share) == (LinkKind.SPLIT, 0.4)


def test_a_group_of_newcomers_with_two_old_acquaintances_is_new():
    links = align(
        {1: group(*range(10))}, {1: group(*range(8)), 2: group(8, 9, *range(100, 120))}, old_idea_ids=range(10)
    )
    assert told(links) == [(LinkKind.SAME, 1, 1), (LinkKind.NEW, None, 2)]


def test_firm_members_weigh_more_than_those_at_the_edge():
    core, edge = group(1, 2, 3), group(4, 5, 6, 7, weight=0.2)
    (link,) = [link for link in align({1: core | edge}, {1: group(1, 2, 3)}, new_idea_ids=range(8)) if link.old == 1]
    assert link.kind is LinkKind.SAME
    assert link.old_share == pytest.approx(3 / 3.8, abs=1e-4)


def test_an_idea_may_stand_in_several_groups_of_a_side():
    links = align({1: group(1, 2, 3, 4), 2: group(4, 5, 6)}, {1: group(1, 2, 3, 4), 2: group(4, 5, 6)})
    assert told(links) == [(LinkKind.SAME, 1, 1), (LinkKind.SAME, 2, 2)]


def test_every_group_of_both_sides_is_spoken_of_and_the_order_of_ideas_does_not_matter():
    old = {n: group(*range(n * 5, n * 5 + 5)) for n in range(6)}
    new = {n: group(*range(n * 7, n * 7 + 7)) for n in range(5)}
    links = align(old, new)
    assert {link.old for link in links} - {None} == set(old)
    assert {link.new for link in links} - {None} == set(new)
    turned = {name: dict(reversed(members.items())) for name, members in old.items()}
    assert align(turned, new) == links


def test_nothing_to_match_is_an_empty_lineage():
    assert align({}, {}) == ()
    assert told(align({}, {3: group(1)})) == [(LinkKind.NEW, None, 3)]
    assert told(align({3: group(1)}, {})) == [(LinkKind.GONE, 3, None)]
    assert told(align({3: {}}, {4: {}})) == [(LinkKind.GONE, 3, None), (LinkKind.NEW, None, 4)]


@pytest.mark.parametrize("weight", [0.0, -1.0, float("nan"), float("inf")])
def test_a_weight_that_is_none_is_refused(weight):
    with pytest.raises(ValueError, match="weight"):
        align({1: {1: weight}}, {1: {1: 1.0}})


def test_pairs_that_stay_together_are_counted_among_ideas_that_both_runs_read():
    old, new = {1: group(1, 2, 3, 4), 2: group(5, 6)}, {7: group(1, 2, 5), 8: group(3)}
    # of 1 2 3 (4 was withdrawn since) one pair of three stays; 6 was read and left out, so 5 6 does not
    assert pairs_kept(old, new, {1, 2, 3, 5, 6}) == (1, 4)
    assert pairs_kept(old, old) == (7, 7)
    assert pairs_kept({}, new) == (0, 0)
