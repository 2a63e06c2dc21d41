"""The job over the database: an attack is found, a class is not, and no vote is touched."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.system.jobs.models import Job, JobState
from forum.voice.integrity.models import FindingKind, VoteFinding
from forum.voice.integrity.queries import LOOK_JOB, due_campaign_ids, found_people, public_record, votes_by_minute
from forum.voice.integrity.services import exclude_people
from forum.voice.integrity.words import evidence_words
from forum.voice.votes.models import Vote, VoteEvent, VoteExclusion
from tests.factories import TALLY_COLUMN
from tests.forum.analysis.opinions.crowd import people

N_IDEAS = 16
SOME_HOURS = timedelta(hours=5)


def cast(rows) -> None:
    """Add votes with events and tallies, a quarter of a minute between somebody's: (idea, participant id, value)."""
    begin, people_ids, votes = clock.now() - SOME_HOURS, {}, []
    for idea, who, value in rows:
        n, m = people_ids.setdefault(who, [len(people_ids), 0])
        people_ids[who][1] += 1
        at = begin + timedelta(seconds=60 * n + 15 * m)
        votes.append({"idea_id": idea.id, "participant_id": who, "value": value, "cast_at": at})
        setattr(idea.tally, TALLY_COLUMN[value], getattr(idea.tally, TALLY_COLUMN[value]) + 1)
    now = clock.now()
    events = [{name: vote[name] for name in ("idea_id", "participant_id", "value")} | {"at": now} for vote in votes]
    db.session.execute(sa.insert(VoteEvent), events)
    db.session.execute(sa.insert(Vote), votes)
    db.session.flush()


def vote_at_random(ideas, ids, agreement=0.5) -> None:
    """Let people who think for themselves vote on all ideas, one after the other."""
    random = np.random.default_rng(7)
    cast([(idea, who, 1 if random.random() < agreement else -1) for who in ids for idea in ideas])


@pytest.fixture
def campaign(make):
    """A campaign whose voting began a month ago, with 30 people who signed up in the course of it."""
    campaign = make.campaign()
    month_ago = clock.now() - timedelta(days=30)
    for phase in campaign.phases:
        phase.opens_at = month_ago
    campaign.ideas = [make.idea(campaign, created_at=month_ago) for _ in range(N_IDEAS)]
    ids = people(30)
    accounts = db.session.scalars(sa.select(Account).where(Account.email.like("crowd%")).order_by(Account.id))
    for n, account in enumerate(accounts):
        account.created_at = month_ago + timedelta(hours=23 * n)
    vote_at_random(campaign.ideas, ids)
    return campaign


def copies(ideas, n=12) -> list[int]:
    """Add accounts, all made now, that vote by the same list."""
    ids = people(n)
    cast([(idea, who, 1 if m % 3 else -1) for who in ids for m, idea in enumerate(ideas)])
    return ids


def findings() -> list[VoteFinding]:
    return list(db.session.scalars(sa.select(VoteFinding).order_by(VoteFinding.id)))


def test_copies_are_found_and_nothing_is_done_about_them(campaign, work):
    ids = copies(campaign.ideas)
    before = db.session.execute(sa.select(Vote.idea_id, Vote.participant_id, Vote.value)).all()
    work(), work()
    found = {one.kind: one for one in findings()}
    assert set(found) == {FindingKind.SAME_PATTERN, FindingKind.SAME_HOUR}
    for one in found.values():
        assert [person.participant_id for person in found_people(one)] == ids
        assert one.is_open
    assert "계정 12개가 제안 16건에 똑같이 투표했어요" in evidence_words(found[FindingKind.SAME_PATTERN])
    assert "만들어졌고" in evidence_words(found[FindingKind.SAME_HOUR])
    assert sum(n for _at, n in votes_by_minute(found[FindingKind.SAME_PATTERN]).spans) == 12 * N_IDEAS
    assert db.session.execute(sa.select(Vote.idea_id, Vote.participant_id, Vote.value)).all() == before
    assert db.session.scalar(sa.select(sa.func.count()).select_from(VoteExclusion)) == 0


def test_a_class_that_signs_up_and_votes_together_is_not_found(campaign, work):
    vote_at_random(campaign.ideas, people(25), agreement=0.8)
    work(), work()
    assert findings() == []
    assert db.session.scalar(sa.select(Job.state).where(Job.kind == LOOK_JOB)) is JobState.DONE


def test_votes_that_arrived_late_are_counted_beside_the_person(campaign, work):
    ids = copies(campaign.ideas)
    work(), work()
    assert {person.n_late for person in found_people(findings()[0])} == {N_IDEAS}
    assert {person.n_all for person in found_people(findings()[0])} == {N_IDEAS}
    assert len(ids) == 12


def test_the_votes_are_looked_at_again_only_when_there_are_new_ones(campaign, work, make):
    assert due_campaign_ids() == [campaign.id]
    work(), work()
    later = clock.now() + timedelta(minutes=11)
    with clock.at(later):
        assert due_campaign_ids() == []
        vote_at_random(campaign.ideas[:10], people(1))
        assert due_campaign_ids() == [campaign.id]
    assert due_campaign_ids() == []  # ten minutes have not passed


def test_excluded_votes_are_not_found_again(campaign, work, make):
    copies(campaign.ideas)
    work(), work()
    moderator = make.analyst()
    ids = [person.participant_id for person in findings()[0].people]
    for one in findings()[:1]:
        exclude_people(one, moderator, ids, "MANY_ACCOUNTS", "한 사람이 만든 계정이에요")
    with clock.at(clock.now() + timedelta(minutes=11)):
        vote_at_random(campaign.ideas[:10], people(2))
        work(), work()
    assert len(findings()) == 2


def test_the_public_record_tells_numbers_reasons_and_both_results_of_many(campaign, work, make):
    ids = copies(campaign.ideas)
    work(), work()
    tally = campaign.ideas[0].tally
    with_them = tally.agree, tally.disagree
    exclude_people(findings()[0], make.analyst(), ids, "MANY_ACCOUNTS", "한 사람이 만든 계정이에요")
    record = public_record(campaign)
    assert (record.people, record.votes, record.n_hidden) == (12, 12 * N_IDEAS, 0)
    [reason] = record.reasons
    assert (reason.people, reason.in_force, reason.objected) == (12, 12, 0)
    first = next(one for one in record.ideas if one.idea.id == campaign.ideas[0].id)
    assert first.without == (tally.agree, tally.disagree, tally.pass_)
    assert first.without == (with_them[0], with_them[1] - 12, 0)
    assert first.with_them == (None, with_them[1], None)  # empty cells look like those of a few


def test_the_public_record_hides_what_a_few_people_voted(campaign, make):
    make.exclusion(campaign, make.citizen())
    person = make.citizen()
    for idea in campaign.ideas[:3]:
        make.vote(idea, person)
    make.exclusion(campaign, person)
    record = public_record(campaign)
    assert (record.people, record.votes, record.ideas, record.n_hidden) == (2, 3, [], 3)
    assert [one.people for one in record.reasons] == [2]


def test_events_of_other_campaigns_make_no_look(campaign, work, make):
    work(), work()
    with clock.at(clock.now() + timedelta(minutes=11)):
        other = make.idea()
        db.session.execute(
            sa.insert(VoteEvent), [{"idea_id": other.id, "participant_id": who, "value": 1} for who in people(12)]
        )
        assert due_campaign_ids() == [other.campaign_id]
