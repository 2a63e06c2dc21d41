"""Votes at the same moment, by real threads with connections of their own.

The first half holds on both engines. The controls, which take the primary key away and expect the very same harness
to find double votes, run on PostgreSQL only: SQLite lets one writer in at a time, so nothing can race there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

import pytest
import sqlalchemy as sa

from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.voice.ideas.models import IdeaTally
from forum.voice.votes.models import Vote, VoteEvent
from forum.voice.votes.services import cast_votes

THREADS = 8
ROUNDS = 4
on_postgresql = pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)


def at_once(app, acts: list[Callable[[], object]]) -> None:
    """Do all acts at the same moment, each in a thread with a session of its own that commits."""
    db.session.commit()
    barrier = Barrier(len(acts), timeout=20)

    def run(act: Callable[[], object]) -> None:
        with app.app_context():
            db.session.execute(sa.text("SELECT 1"))  # connected before the start, so that all begin together
            db.session.rollback()
            barrier.wait()
            act()
            db.session.commit()

    with ThreadPoolExecutor(len(acts)) as pool:
        for future in [pool.submit(run, act) for act in acts]:
            future.result(timeout=30)
    db.session.expire_all()


def casting(idea_id: int, account_id: int, value: int | None) -> Callable[[], object]:
    def act() -> None:
        account = db.session.get_one(Account, account_id)
        cast_votes({idea_id: value}, account)

    return act


def rows(idea_id: int) -> list[tuple[int, int]]:
    """(participant, value) of every vote row there is."""
    query = sa.select(Vote.participant_id, Vote.value).where(Vote.idea_id == idea_id)
    return [(row[0], row[1]) for row in db.session.execute(query)]


def kept_counts(idea_id: int) -> tuple[int, int, int]:
    query = sa.select(IdeaTally.agree, IdeaTally.pass_, IdeaTally.disagree).where(IdeaTally.idea_id == idea_id)
    agree, passed, disagree = db.session.execute(query).one()
    return agree, passed, disagree


def recount(idea_id: int) -> tuple[int, int, int]:
    values = [value for _participant, value in rows(idea_id)]
    return values.count(1), values.count(0), values.count(-1)


def double_votes(idea_id: int) -> int:
    people = [participant for participant, _value in rows(idea_id)]
    return len(people) - len(set(people))


def last_event(idea_id: int) -> int | None:
    query = sa.select(VoteEvent.value).where(VoteEvent.idea_id == idea_id).order_by(VoteEvent.id.desc()).limit(1)
    return db.session.scalar(query)


def test_one_person_on_many_devices_has_one_vote(app, make):
    voter = make.citizen()
    for _ in range(ROUNDS):
        idea_id = make.idea().id
        at_once(app, [casting(idea_id, voter.id, (1, -1, 0)[n % 3]) for n in range(THREADS)])
        assert [value for _participant, value in rows(idea_id)] == [last_event(idea_id)]  # the last one won
        assert kept_counts(idea_id) == recount(idea_id)


def test_changing_and_clearing_at_once_leaves_tally_and_events_true(app, make):
    voter = make.citizen()
    idea_id = make.idea().id
    for _ in range(ROUNDS):
        at_once(app, [casting(idea_id, voter.id, (1, None, -1, None)[n % 4]) for n in range(THREADS)])
        present = [value for _participant, value in rows(idea_id)]
        assert present == [value for value in [last_event(idea_id)] if value is not None]
        assert kept_counts(idea_id) == recount(idea_id)


def test_many_people_on_one_idea_all_count(app, make):
    idea_id = make.idea().id
    people = [make.citizen().id for _ in range(THREADS)]
    for turn in range(ROUNDS):
        at_once(app, [casting(idea_id, person, (1, -1, 0)[(n + turn) % 3]) for n, person in enumerate(people)])
        assert len(rows(idea_id)) == len(people)
        assert kept_counts(idea_id) == recount(idea_id)


@contextmanager
def without_primary_key() -> Iterator[None]:
    """The vote table as it must not be. Afterwards it is emptied, and the key is back."""
    db.session.commit()
    db.session.execute(sa.text("ALTER TABLE vote DROP CONSTRAINT pk_vote"))
    db.session.commit()
    try:
        yield
    finally:
        db.session.rollback()
        db.session.execute(sa.text("DELETE FROM vote"))
        db.session.execute(sa.text("ALTER TABLE vote ADD CONSTRAINT pk_vote PRIMARY KEY (idea_id, participant_id)"))
        db.session.commit()


@on_postgresql
def test_control_without_the_key_our_own_code_votes_twice(app, make):
    voter = make.citizen()
    idea_id = make.idea().id
    with without_primary_key():
        at_once(app, [casting(idea_id, voter.id, 1) for _ in range(THREADS)])
        assert double_votes(idea_id) > 0
    db.session.expire_all()


def look_then_insert(idea_id: int, account_id: int) -> Callable[[], object]:
    """How it is often written. Right for one request after the other, wrong for two at once."""

    def act() -> None:
        participant_id = db.session.get_one(Account, account_id).participant_id
        mine = sa.and_(Vote.idea_id == idea_id, Vote.participant_id == participant_id)
        if db.session.scalar(sa.select(Vote.value).where(mine)) is None:
            db.session.execute(sa.insert(Vote).values(idea_id=idea_id, participant_id=participant_id, value=1))

    return act


@on_postgresql
def test_control_the_harness_makes_a_naive_vote_race(app, make):
    voter = make.citizen()
    with without_primary_key():
        one_by_one = make.idea().id
        for _ in range(THREADS):
            at_once(app, [look_then_insert(one_by_one, voter.id)])
        assert double_votes(one_by_one) == 0
        doubles = 0
        for _ in range(ROUNDS):
            idea_id = make.idea().id
            at_once(app, [look_then_insert(idea_id, voter.id) for _ in range(THREADS)])
            doubles += double_votes(idea_id)
        assert doubles > 0


def test_the_table_itself_refuses_a_second_row(make):
    vote = make.vote()
    second = sa.insert(Vote).values(idea_id=vote.idea_id, participant_id=vote.participant_id, value=-vote.value)
    with pytest.raises(sa.exc.IntegrityError):
        db.session.execute(second)


def test_batches_that_meet_in_opposite_orders_neither_wait_in_a_circle_nor_lose_a_vote(app, make):
    ideas = [make.idea().id for _ in range(6)]
    accounts = [make.citizen().id for _ in range(THREADS)]

    def batch(account_id: int, ids: list[int], value: int) -> Callable[[], object]:
        return lambda: cast_votes(dict.fromkeys(ids, value), db.session.get_one(Account, account_id))

    for value in (1, -1, 1):
        acts = [
            batch(account_id, ideas if place % 2 else ideas[::-1], value) for place, account_id in enumerate(accounts)
        ]
        at_once(app, acts)
    for idea_id in ideas:
        assert kept_counts(idea_id) == recount(idea_id) == (THREADS, 0, 0)


def test_one_person_with_a_batch_and_a_single_vote_at_once_has_one_vote(app, make):
    ideas, account_id = [make.idea().id for _ in range(4)], make.citizen().id
    for _ in range(ROUNDS):
        batch = dict.fromkeys(ideas, 1)
        at_once(
            app,
            [
                lambda batch=batch: cast_votes(batch, db.session.get_one(Account, account_id)),
                *(casting(idea_id, account_id, -1) for idea_id in reversed(ideas)),
                *(casting(idea_id, account_id, None) for idea_id in ideas),
            ],
        )
        for idea_id in ideas:
            assert kept_counts(idea_id) == recount(idea_id)
            assert len(rows(idea_id)) <= 1
