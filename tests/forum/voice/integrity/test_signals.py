"""Crowds that are honest, in which nothing may be found, and attacks, which are."""

from __future__ import annotations

import math

import numpy as np
import pytest

from forum.voice.integrity import signals
from forum.voice.integrity.signals import (
    BURST,
    CHARS_PER_SECOND,
    DAY,
    HOUR,
    SAME_HOUR,
    SAME_PATTERN,
    TOO_FAST,
    CastVotes,
    find_signals,
    log_tail_bound,
)

START = 1_790_000_000.0
MORNING = START + 10 * DAY
EVERY = "all ideas of the list's first page"


class Crowd:
    """People who vote in a campaign of 40 ideas that between 30 and 90 % agree with, in the course of a month."""

    def __init__(self, seed: int, n_ideas: int = 40) -> None:
        self.random = np.random.default_rng(seed)
        self.agreement = self.random.uniform(0.3, 0.9, n_ideas)
        self.rows: list[tuple[int, int, int, float]] = []
        self.made: list[float] = []

    def person(self, made: float) -> int:
        self.made.append(made)
        return len(self.made) - 1

    def vote(self, who: int, idea: int, value: int, at: float) -> None:
        self.rows.append((who, idea, value, at))

    def honest(self, n: int, first_page: int = 0, at: float | None = None, agreement: np.ndarray | None = None) -> None:
        """Add people who read and think for themselves.

        :param first_page: all of them vote on so many ideas, those of a list's first page; 0: on 3 to 20 of their own
        :param at: they sign up and vote in this hour, as a class does
        """
        agreement = self.agreement if agreement is None else agreement
        for _ in range(n):
            made = START + self.random.uniform(0, 30 * DAY) if at is None else at + self.random.uniform(0, 1_500)
            who, moment = self.person(made), made if at is None else at + HOUR / 2 + self.random.uniform(0, 600)
            n_own = int(self.random.integers(3, 20))
            ideas = range(first_page) if first_page else self.random.choice(len(agreement), n_own, replace=False)
            for idea in ideas:
                moment += self.random.lognormal(2.3, 0.6)
                value = 1 if self.random.random() < agreement[idea] else int(self.random.choice([-1, -1, 0]))
                self.vote(who, int(idea), value, moment)

    def copies(self, n: int, n_ideas: int = 20, pause: float = 1.0, at: float = MORNING) -> list[int]:
        """Add accounts made one after the other that all vote by the same list."""
        pattern = self.random.choice([1, -1], n_ideas)
        people = [self.person(at + 200 * k) for k in range(n)]
        for k, who in enumerate(people):
            for idea in range(n_ideas):
                self.vote(who, idea, int(pattern[idea]), at + HOUR + 300 * k + pause * idea)
        return people

    def votes(self, n_chars: int = 200) -> CastVotes:
        who, idea, value, at = (np.array(column) for column in zip(*self.rows, strict=True))
        people, person = np.unique(who, return_inverse=True)
        made = np.array(self.made)[people]
        n_ideas = len(self.agreement)
        return CastVotes(people, made, np.arange(n_ideas), np.full(n_ideas, n_chars), person, idea, value, at)

    def found(self) -> dict[str, set[int]]:
        """Return the people of each kind."""
        found: dict[str, set[int]] = {}
        for one in find_signals(self.votes()):
            found.setdefault(one.kind, set()).update(one.people)
        return found


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_found_among_people_who_think_for_themselves(seed):
    crowd = Crowd(seed)
    crowd.honest(300)
    assert crowd.found() == {}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("likeness", ["usual", "of one mind", "popular ideas"])
def test_nothing_is_found_where_a_class_signs_up_and_votes_in_the_same_hour(seed, likeness):
    crowd = Crowd(seed)
    if likeness == "popular ideas":
        crowd.agreement[:20] = 0.97
    crowd.honest(200)
    own = np.where(crowd.agreement > 0.5, 0.95, 0.1) if likeness == "of one mind" else crowd.agreement
    crowd.honest(30, first_page=20, at=MORNING, agreement=own)
    assert crowd.found() == {}


def test_nothing_is_found_where_a_class_agrees_with_all_that_everybody_agrees_with():
    crowd = Crowd(0)
    crowd.agreement[:20] = 0.97
    crowd.honest(200)
    crowd.honest(30, first_page=20, at=MORNING, agreement=np.ones(40))
    assert crowd.found() == {}


def test_a_forum_that_begins_with_one_class_has_nobody_to_compare_it_with():
    crowd = Crowd(0)
    crowd.agreement[:] = 0.9
    crowd.honest(40, first_page=20, at=MORNING)
    assert crowd.found() == {}


@pytest.mark.parametrize("seed", range(2))
def test_two_camps_of_one_mind_are_no_copies(seed):
    """A quarter of each camp votes exactly alike on all twelve ideas."""
    crowd = Crowd(seed, 12)
    for camp in ([0.99] * 4 + [0.93, 0.07] * 4, [0.99] * 4 + [0.07, 0.93] * 4):
        crowd.honest(300, first_page=12, agreement=np.array(camp))
    same = {tuple(sorted(row[1:3] for row in crowd.rows if row[0] == who)) for who in range(300)}
    assert len(same) < 250
    assert crowd.found() == {}


@pytest.mark.parametrize("seed", range(3))
def test_copies_of_one_ballot_are_found_whole_and_nobody_else(seed):
    crowd = Crowd(seed)
    crowd.honest(300)
    copies = set(crowd.copies(12))
    assert crowd.found() == {SAME_PATTERN: copies, TOO_FAST: copies, SAME_HOUR: copies}


def test_a_copy_that_votes_on_more_beside_is_found_too():
    crowd = Crowd(0)
    crowd.honest(300)
    copies = crowd.copies(8, pause=30)
    crowd.vote(copies[0], 39, 1, MORNING + DAY)
    assert crowd.found() == {SAME_PATTERN: set(copies)}


def test_four_copies_are_too_few_to_be_named():
    crowd = Crowd(0)
    crowd.honest(300)
    crowd.copies(4, pause=30)
    assert crowd.found() == {}


def attack_on_one_idea(crowd: Crowd, n: int = 15) -> set[int]:
    people = [crowd.person(START + 7_000 * k) for k in range(n)]
    for k, who in enumerate(people):
        crowd.vote(who, 3, 1, MORNING + 30 * k)
    return set(people)


def test_a_burst_on_one_idea_by_people_who_do_nothing_else_is_found():
    crowd = Crowd(1)
    crowd.honest(300)
    people = attack_on_one_idea(crowd)
    [found] = find_signals(crowd.votes())
    assert (found.kind, set(found.people)) == (BURST, people)
    assert found.measured["votes"] == found.measured["only_few"] == 15
    assert found.measured["expected"] <= 2


def test_a_busy_hour_on_all_ideas_hides_no_burst_and_is_none():
    crowd = Crowd(1)
    crowd.honest(200)
    crowd.honest(60, first_page=10, at=MORNING)
    assert BURST not in crowd.found()


def test_votes_that_waited_on_a_device_are_judged_by_when_they_were_cast():
    """Fifteen people in a train, who arrive together, are no burst; nor do they read too fast."""
    crowd = Crowd(1)
    crowd.honest(300)
    for k in range(15):
        who = crowd.person(START + k * DAY)
        for idea in range(25):
            crowd.vote(who, (idea + k) % 40, 1 if idea % 3 else -1, START + k * DAY + HOUR + 20 * idea)
    assert crowd.found() == {}


def test_votes_of_one_moment_tell_nothing_about_reading():
    crowd = Crowd(1)
    crowd.honest(100)
    for _ in range(5):
        who, moment = crowd.person(START), MORNING + crowd.random.uniform(0, DAY / 2)
        for idea in range(30):
            crowd.vote(who, idea, int(crowd.random.choice([1, -1])), moment)
    assert TOO_FAST not in crowd.found()


@pytest.mark.parametrize(("pause", "is_found"), [(1.9, True), (2.1, False)])
def test_too_fast_is_faster_than_the_texts_take(pause, is_found):
    crowd = Crowd(1)
    crowd.honest(100)
    assert pytest.approx(2) == signals.MAX_CHARS_READ / CHARS_PER_SECOND
    for k in range(4):
        who = crowd.person(START + k * DAY)
        for idea in range(20):
            crowd.vote(who, (7 * k + idea) % 40, int(crowd.random.choice([1, -1])), MORNING + 600 * k + pause * idea)
    assert (TOO_FAST in crowd.found()) is is_found


def test_two_quick_people_are_no_finding():
    crowd = Crowd(1)
    crowd.honest(100)
    for k in range(2):
        who = crowd.person(START)
        for idea in range(20):
            crowd.vote(who, (7 * k + idea) % 40, 1, MORNING + 600 * k + 0.5 * idea)
    assert crowd.found() == {}


def test_a_finding_has_the_same_key_when_it_is_measured_again():
    crowd = Crowd(1)
    crowd.honest(300)
    attack_on_one_idea(crowd)
    crowd.copies(12)
    before = {(one.kind, one.key) for one in find_signals(crowd.votes())}
    crowd.honest(20)
    assert {(one.kind, one.key) for one in find_signals(crowd.votes())} == before
    assert all(len(key) <= 64 for _kind, key in before)


def test_no_votes_give_no_signals():
    nothing = np.zeros(0)
    whole = np.zeros(0, dtype=np.int64)
    assert find_signals(CastVotes(whole, nothing, whole, whole, whole, whole, whole, nothing)) == []


def test_the_bound_of_the_tail_is_above_the_tail():
    for expected in (1.0, 4.0, 20.0):
        for n in range(1, 60):
            tail = sum(math.exp(-expected) * expected**k / math.factorial(k) for k in range(n, n + 100))
            assert log_tail_bound(n, expected) >= math.log(tail) - 1e-9
