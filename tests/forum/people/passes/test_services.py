from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Role
from forum.core.errors import Forbidden, WrongState
from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.people.passes.actor import guest_of
from forum.people.passes.models import GuestPass, PassKind
from forum.people.passes.queries import pass_of_code, passes_of
from forum.people.passes.services import admit, end_passes, expire_passes, join_pass, withdraw_pass
from forum.voice.campaigns.models import PhaseKind
from forum.voice.ideas.models import Idea, IdeaOriginal, IdeaState
from forum.voice.integrity.models import VoteFindingPerson
from forum.voice.votes.models import Vote, VoteEvent
from forum.voice.votes.services import cast_votes
from forum.web.idempotency import IdempotencyRecord
from tests.races import at_once

HOUR = timedelta(hours=1)


def counts(idea: Idea) -> tuple[int, int, int]:
    db.session.expire_all()
    return idea.tally.agree, idea.tally.pass_, idea.tally.disagree


def vote_of(idea: Idea, person: Account | GuestPass) -> int | None:
    key = (idea.id, person.participant.id)
    found = db.session.get(Vote, key, populate_existing=True)
    return None if found is None else found.value


def recounted(idea: Idea) -> tuple[int, int, int]:
    """The tally as the newest event of each person says."""
    newest = sa.select(sa.func.max(VoteEvent.id)).where(VoteEvent.idea_id == idea.id).group_by(VoteEvent.participant_id)
    values = db.session.scalars(sa.select(VoteEvent.value).where(VoteEvent.id.in_(newest))).all()
    return values.count(1), values.count(0), values.count(-1)


# joining


def test_ideas_and_votes_become_the_accounts(make):
    gathering, guest, account = make.gathering(state="RUNNING"), make.guest(), make.citizen()
    idea = make.room_idea(gathering, make.entry(gathering, guest))
    voted = make.room_idea(gathering)
    make.vote(voted, guest, -1)
    join_pass(guest, account, account)
    assert idea.author_id == account.participant.id
    assert idea.author_name == account.display_name
    assert (vote_of(voted, account), vote_of(voted, guest)) == (-1, None)
    assert counts(voted) == recounted(voted) == (0, 0, 1)
    assert (guest.joined_to_id, guest.code_hash) == (account.id, None)
    assert guest.joined_at is not None
    assert passes_of(account.id) == [guest]
    assert pass_of_code(guest.code) is None


@pytest.mark.parametrize(("guest_is_later", "counts_now"), [(True, (0, 0, 1)), (False, (1, 0, 0))])
def test_two_votes_of_one_person_fall_into_one_and_the_later_decision_counts(make, guest_is_later, counts_now):
    idea, guest, account, now = make.idea(), make.guest(), make.citizen(), clock.now()
    mine, theirs = make.vote(idea, account, 1), make.vote(idea, guest, -1)
    mine.cast_at, theirs.cast_at = now - 2 * HOUR, now - (HOUR if guest_is_later else 3 * HOUR)
    db.session.flush()
    join_pass(guest, account, account)
    assert counts(idea) == recounted(idea) == counts_now
    assert vote_of(idea, guest) is None


def test_a_vote_that_the_account_cleared_later_stays_cleared(make):
    idea, guest, account = make.idea(campaign=make.campaign()), make.guest(), make.citizen()
    theirs = make.vote(idea, guest, 1)
    theirs.cast_at = clock.now() - HOUR
    cast_votes({idea.id: 1}, account)
    cast_votes({idea.id: None}, account)
    join_pass(guest, account, account)
    assert counts(idea) == recounted(idea) == (0, 0, 0)


def test_on_an_idea_that_is_not_open_one_vote_stays_where_it_is_and_two_become_one(make):
    guest, account = make.guest(), make.citizen()
    target = make.idea()
    alone, both = make.idea(target.campaign), make.idea(target.campaign)
    make.vote(alone, guest), make.vote(both, guest), make.vote(both, account, -1)
    for idea in (alone, both):
        idea.state, idea.merged_into_id = IdeaState.MERGED, target.id
    db.session.flush()
    join_pass(guest, account, account)
    assert (vote_of(alone, guest), vote_of(alone, account)) == (1, None)
    assert (vote_of(both, guest), vote_of(both, account)) == (None, -1)
    assert counts(alone) == (1, 0, 0)
    assert counts(both) == recounted(both) == (0, 0, 1)


def test_votes_are_joined_also_after_the_voting_phase(make):
    guest, account, now = make.guest(), make.citizen(), clock.now()
    idea = make.idea()
    make.vote(idea, guest, -1).cast_at = now - 2 * HOUR
    voting = next(phase for phase in idea.campaign.phases if phase.kind is PhaseKind.VOTING)
    voting.closes_at = now - HOUR
    db.session.flush()
    join_pass(guest, account, account)
    assert counts(idea) == recounted(idea) == (0, 0, 1)
    assert vote_of(idea, account) == -1


def test_a_slip_of_paper_is_joined_too(make):
    gathering, slip, account = make.gathering(state="RUNNING"), make.guest(PassKind.PAPER), make.citizen()
    idea = make.room_idea(gathering, make.entry(gathering, slip), slip=1)
    join_pass(slip, account, account)
    assert idea.author_id == account.participant.id


def test_what_is_hidden_can_be_appealed_by_the_account_and_the_words_as_typed_come_along(make):
    guest, account = make.guest(), make.citizen()
    idea = make.idea(author_id=guest.participant.id, state=IdeaState.HIDDEN)
    db.session.add(IdeaOriginal(idea_id=idea.id, title=idea.title, body="010-1234-5678"))
    join_pass(guest, account, account)
    assert idea.author_id == account.participant.id
    assert db.session.get(IdeaOriginal, idea.id) is not None


def test_an_open_finding_is_about_the_account_from_then_on(make):
    guest, account, campaign = make.guest(), make.citizen(), make.campaign()
    finding = make.finding(campaign, [guest])
    join_pass(guest, account, account)
    assert db.session.scalars(sa.select(VoteFindingPerson.participant_id)).all() == [account.participant.id]
    assert finding.is_open


def test_a_pass_is_joined_to_one_account_although_two_try_at_once(app, make):
    guest, idea = make.guest(), make.idea()
    make.vote(idea, guest)
    pass_id, ids = guest.id, [make.citizen().id, make.citizen().id]

    def join_to(account_id):
        account = db.session.get_one(Account, account_id)
        join_pass(db.session.get_one(GuestPass, pass_id), account, account)

    results = at_once(app, [lambda one=one: join_to(one) for one in ids])
    assert [type(one) for one in results if one is not None] == [WrongState]
    assert counts(idea) == recounted(idea) == (1, 0, 0)


def test_two_passes_of_one_account_are_joined_at_once(app, make):
    idea, account = make.idea(), make.citizen()
    guests = [make.guest(), make.guest()]
    for n, guest in enumerate(guests):
        make.vote(idea, guest, 1 - 2 * n).cast_at = clock.now() - (2 - n) * HOUR
    ids, account_id = [guest.id for guest in guests], account.id

    def join(pass_id):
        one = db.session.get_one(Account, account_id)
        join_pass(db.session.get_one(GuestPass, pass_id), one, one)

    assert at_once(app, [lambda one=one: join(one) for one in ids]) == [None, None]
    assert counts(idea) == recounted(idea) == (0, 0, 1)


@pytest.mark.parametrize(
    "account",
    [
        lambda make: make.citizen(confirmed=False),
        lambda make: make.child(waits_for_consent=True),
        lambda make: make.analyst(),
        lambda make: make.account(Role.ADMIN),
    ],
)
def test_who_may_not_take_part_joins_nothing(make, account):
    guest, one = make.guest(), account(make)
    with pytest.raises(Forbidden):
        join_pass(guest, one, one)
    with pytest.raises(Forbidden):
        join_pass(guest, make.citizen(), make.citizen())
    assert guest.joined_at is None


@pytest.mark.parametrize("whose", ["guest", "account"])
def test_excluded_votes_of_either_keep_the_pass_apart(make, whose):
    guest, account, campaign = make.guest(), make.citizen(), make.campaign()
    make.vote(make.idea(campaign), guest)
    make.exclusion(campaign, guest if whose == "guest" else account)
    with pytest.raises(WrongState, match="집계에서 뺀"):
        join_pass(guest, account, account)


def test_an_exclusion_elsewhere_does_not_matter(make):
    guest, account = make.guest(), make.citizen()
    make.vote(make.idea(), guest)
    make.exclusion(make.campaign(), account)
    join_pass(guest, account, account)
    assert guest.joined_to_id == account.id


def test_an_expired_pass_is_not_joined(make):
    past = clock.now() - HOUR
    guest, account = make.guest(acts_until=past, expires_at=past), make.citizen()
    with pytest.raises(WrongState):
        join_pass(guest, account, account)


# taking everything back


def test_a_guest_takes_everything_back(make):
    guest, gathering = make.guest(), make.gathering(state="RUNNING")
    own = make.room_idea(gathering, make.entry(gathering, guest))
    db.session.add(IdeaOriginal(idea_id=own.id, title=own.title, body="010-1234-5678"))
    voted = make.room_idea(gathering)
    make.vote(own, guest), make.vote(voted, guest), make.vote(voted)
    withdraw_pass(guest, guest_of(guest))
    assert own.state is IdeaState.WITHDRAWN
    assert db.session.get(IdeaOriginal, own.id) is None
    assert counts(voted) == recounted(voted) == (1, 0, 0)
    assert counts(own) == (0, 0, 0)
    assert (guest.code_hash, guest.may_act(), guest.may_be_read()) == (None, False, False)
    assert pass_of_code(guest.code) is None


def test_also_after_the_gathering_and_for_paper(make):
    now = clock.now()
    for kind in (PassKind.PHONE, PassKind.PAPER):
        guest = make.guest(kind, acts_until=None)
        idea = make.idea(author_id=guest.participant.id)
        end_passes([guest.id], now - HOUR, now + HOUR)
        withdraw_pass(guest, guest_of(guest))
        assert idea.state is IdeaState.WITHDRAWN


def test_an_idea_that_a_ministry_has_answered_stays(make):
    guest = make.guest()
    idea = make.answer().referral.theme.members[0].idea
    idea.author_id = guest.participant.id
    db.session.flush()
    withdraw_pass(guest, guest_of(guest))
    assert idea.state is IdeaState.OPEN


def test_votes_that_do_not_count_are_taken_back_without_touching_a_tally(make):
    guest, campaign = make.guest(), make.campaign()
    idea = make.idea(campaign)
    make.vote(idea, guest)
    make.exclusion(campaign, guest)
    assert counts(idea) == (0, 0, 0)
    withdraw_pass(guest, guest_of(guest))
    assert vote_of(idea, guest) is None
    assert counts(idea) == recounted(idea) == (0, 0, 0)


def test_nobody_takes_back_what_is_anothers(make):
    guest = make.guest()
    for other in (guest_of(make.guest()), make.citizen(), make.admin()):
        with pytest.raises(Forbidden):
            withdraw_pass(guest, other)


def test_taking_back_twice_at_once_and_a_vote_meanwhile(app, make):
    guest, idea = make.guest(), make.idea()
    make.vote(idea, guest)
    pass_id, idea_id = guest.id, idea.id

    def withdraw():
        one = db.session.get_one(GuestPass, pass_id)
        withdraw_pass(one, guest_of(one))

    results = at_once(app, [withdraw, withdraw])
    assert [type(one) for one in results if one is not None] == [WrongState]
    assert counts(db.session.get_one(Idea, idea_id)) == (0, 0, 0)


# expiry


def test_the_code_of_an_expired_pass_is_deleted_and_what_was_said_stays(make):
    guest, other = make.guest(), make.guest()
    idea = make.idea(author_id=guest.participant.id)
    make.vote(idea, guest)
    end_passes([guest.id], clock.now() - 2 * HOUR, clock.now() - HOUR)
    for actor, status in ((f"pass:{guest.id}", 303), (f"pass:{other.id}", 303)):
        db.session.add(IdempotencyRecord(actor=actor, key="12345678", request_hash="0" * 64, status=status))
    db.session.flush()
    assert expire_passes() == 1
    assert expire_passes() == 0
    assert guest.code_hash is None
    assert other.code_hash is not None
    assert counts(idea) == (1, 0, 0)
    assert db.session.scalars(sa.select(IdempotencyRecord.actor)).all() == [f"pass:{other.id}"]


def test_a_pass_that_was_taken_back_is_not_opened_again_when_its_gathering_ends(make):
    guest = make.guest()
    withdraw_pass(guest, guest_of(guest))
    end_passes([guest.id], clock.now(), clock.now() + HOUR)
    assert pass_of_code(guest.code) is None
    with pytest.raises(WrongState):
        admit(guest)
