from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from nlp.opinion.cells import cells_of
from nlp.opinion.groups import OpinionGroups
from nlp.opinion.placing import group_chances, place_on_map
from nlp.opinion.summary import (
    MIN_PEOPLE,
    LastGroups,
    reweighted,
    summarise,
)
from tests.nlp.opinion.planted import planted

NAN = np.nan


def test_a_summary_holds_no_person():
    made = planted(n_people=120)
    found = summarise(cells_of(made.votes))
    sizes = {len(found.numbers), len(made.votes[0]), len(found.apart), len(found.map.places)}
    assert 120 not in sizes
    arrays = [found.ground.score, found.ground.group_counts, found.gain, found.map.centres, found.reweighted.share]
    assert all(120 not in array.shape for array in arrays)


def test_the_same_votes_give_the_same_summary():
    cells = cells_of(planted(n_people=150).votes)
    first, second = summarise(cells), summarise(cells)
    assert first.ground.score.tolist() == second.ground.score.tolist()
    assert first.map.places == second.map.places


def test_groups_keep_their_numbers_without_a_list_of_people():
    made = planted(n_people=200)
    before = summarise(cells_of(made.votes))
    order = np.random.default_rng(3).permutation(len(made.votes))  # nobody stands where they stood
    numbers = before.numbers[::-1].copy()  # the last summary called its groups otherwise
    last = LastGroups(numbers, before.sizes, before.ground.group_counts, before.map.positions.ideas)
    after = summarise(cells_of(made.votes[order]), last=last)
    now = dict(zip(after.numbers.tolist(), after.sizes.tolist(), strict=True))
    then = dict(zip(numbers.tolist(), before.sizes.tolist(), strict=True))
    assert now == pytest.approx(then, abs=6)


def test_new_ideas_and_new_people_leave_the_numbers_alone():
    made = planted(n_people=260, n_ideas=30)
    before = summarise(cells_of(made.votes[:200, :26]))
    counts = np.zeros((len(before.numbers), 30, 3))
    counts[:, :26] = before.ground.group_counts
    loadings = np.full((30, 2), NAN)
    loadings[:26] = before.map.positions.ideas
    after = summarise(cells_of(made.votes), last=LastGroups(before.numbers, before.sizes, counts, loadings))
    assert set(before.numbers) <= set(after.numbers)


def test_the_map_points_where_it_pointed_last_time():
    cells = cells_of(planted().votes)
    before = summarise(cells)
    flipped = LastGroups(
        before.numbers, before.sizes, before.ground.group_counts, before.map.positions.ideas * [-1.0, 1.0]
    )
    after = summarise(cells, last=flipped)
    assert after.map.centres[:, 0] == pytest.approx(1 - before.map.centres[:, 0], abs=0.05)
    assert after.map.centres[:, 1] == pytest.approx(before.map.centres[:, 1], abs=0.05)


def test_no_place_of_the_map_tells_of_few_people_and_nobody_is_counted_twice():
    made = planted()
    drawn = summarise(cells_of(made.votes)).map
    assert min(place.people for place in drawn.places) >= MIN_PEOPLE
    assert sum(place.people for place in drawn.places) + drawn.n_hidden == len(made.votes)


def test_people_are_told_their_group_from_what_is_kept():
    made = planted()
    cells = cells_of(made.votes)
    found = summarise(cells)
    told = found.numbers[group_chances(cells, found.ground.group_counts, found.sizes).argmax(axis=1)]
    assert adjusted_rand_score(OpinionGroups().fit(made.votes).labels_, told) > 0.9
    placed = place_on_map(found.map.positions, found.map.edges, cells)
    assert ((placed >= 0) & (placed <= 1)).all()


@pytest.mark.parametrize(
    "votes",
    [
        np.zeros((0, 4)),
        np.full((3, 4), NAN),
        np.ones((1, 1)),
        np.zeros((30, 6)),
        np.ones((30, 6)),
        np.array([[1.0, -1.0, NAN, NAN]] * 2),
    ],
    ids=["nobody", "no votes", "one person, one idea", "all pass", "all agree", "few votes"],
)
def test_odd_votes_have_a_summary_too(votes):
    found = summarise(cells_of(votes))
    assert len(found.gain) == votes.shape[1]
    assert (found.gain > 0).all()
    assert len(found.sizes) == len(found.numbers)


def test_reweighting_takes_back_what_the_choice_of_ideas_did():
    """Half of the people agree; those who agree were asked four times as often."""
    votes = np.array([[1.0]] * 80 + [[-1.0]] * 20)
    cells = cells_of(votes)
    shown = [np.full(80, 0.8), np.full(20, 0.2), np.zeros(0)]
    found = reweighted(cells, shown)
    assert found.share[0] == pytest.approx(0.5)
    assert found.effective_votes[0] == pytest.approx((80 + 80) ** 2 / (80 + 20 * 16))


def test_votes_of_unknown_probability_are_left_out_of_the_reweighted_share():
    cells = cells_of(np.array([[1.0, 1.0], [-1.0, NAN], [1.0, NAN]]))
    found = reweighted(cells, [np.array([0.5, NAN, NAN]), np.array([0.5]), np.zeros(0)])
    assert found.share[0] == pytest.approx(0.5)
    assert np.isnan(found.share[1])
    assert found.effective_votes.tolist() == pytest.approx([2.0, 0.0])


def test_one_vote_cannot_outweigh_the_others():
    cells = cells_of(np.array([[1.0]] * 30 + [[-1.0]]))
    found = reweighted(cells, [np.full(30, 1.0), np.array([0.0001]), np.zeros(0)])
    assert found.share[0] == pytest.approx(30 / 50)


def test_impossible_probabilities_are_refused():
    cells = cells_of(np.array([[1.0]]))
    with pytest.raises(ValueError, match="above 0 and at most 1"):
        reweighted(cells, [np.array([0.0]), np.zeros(0), np.zeros(0)])
    with pytest.raises(ValueError, match="probabilities"):
        reweighted(cells, [np.zeros(0), np.zeros(0), np.zeros(0)])


def test_a_small_crowd_is_drawn_on_a_coarser_grid_so_that_most_of_it_is_seen():
    many, few = planted(n_people=2000, n_ideas=20), planted(n_people=60, n_ideas=20)
    fine, coarse = summarise(cells_of(many.votes)).map, summarise(cells_of(few.votes)).map
    assert len({place.x for place in fine.places}) > len({place.x for place in coarse.places})
    assert coarse.n_hidden < 0.4 * 60
