"""A guardian is asked, consents, takes it back; a child turns 14. Family 66 of the bad inputs has its cases here."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from forum.core import clock
from forum.core.access import ANONYMOUS
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.people.accounts.permissions import may_take_part
from forum.system.audit.models import AuditEntry
from forum.system.notices.models import Notice, OutboxMail
from forum.voice.guardians.models import ConsentHiddenText, ConsentState, GuardianConsent
from forum.voice.guardians.services import (
    erase_unanswered_guardians,
    give_consent,
    refuse_consent,
    release_accounts_at_14,
    request_consent,
    revoke_consent,
)
from forum.voice.ideas.models import CommentState, IdeaState
from forum.voice.moderation.services import hide, restore
from tests.races import at_once

GUARDIAN = "eomma@example.org"


def give(consent, actor=ANONYMOUS, name="김보호"):
    give_consent(consent, actor, name, {})


@pytest.fixture
def consent(make):
    child = make.child(email="aidan@example.org")
    return request_consent(child, child, GUARDIAN)


def test_asking_mails_the_guardian_a_link(app, consent):
    mail = db.session.scalars(sa.select(OutboxMail)).one()
    assert mail.recipient == GUARDIAN
    assert f"{app.config['BASE_URL']}/guardian/" in mail.body
    assert consent.state is ConsentState.ASKED
    assert not may_take_part(consent.account)


def test_consent_says_who_when_and_how_it_was_checked(consent):
    give(consent)
    assert may_take_part(consent.account)
    assert (consent.guardian_name, consent.guardian_email, consent.verifier) == ("김보호", GUARDIAN, "mailed_link")
    assert consent.given_at is not None
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert (entry.action, entry.after["verifier"]) == ("guardians.consent", "mailed_link")
    assert GUARDIAN not in str(entry.after)
    kinds = db.session.scalars(sa.select(Notice.kind).where(Notice.account_id == consent.account_id)).all()
    assert kinds == ["consent_given"]


# A child is never its own guardian
@pytest.mark.parametrize(
    "email", ["aidan@example.org", "AIDAN@example.org", "aidan+mom@example.org", "ａidan@example.org"]
)
def test_a_child_does_not_name_its_own_address(make, email):
    child = make.child(email="aidan@example.org")
    with pytest.raises(InvalidInput, match="내 주소"):
        request_consent(child, child, email)


def test_a_child_does_not_consent_for_itself(consent):
    with pytest.raises(Forbidden, match="보호자가 직접"):
        give(consent, actor=consent.account)
    assert consent.account.waits_for_consent


def test_another_child_does_not_consent(make, consent):
    with pytest.raises(Forbidden):
        give(consent, actor=make.child(waits_for_consent=False))


def test_an_address_of_somebody_under_14_is_no_guardians(make, consent):
    make.child(email=GUARDIAN, waits_for_consent=False)
    with pytest.raises(InvalidInput, match="만 14세 미만"):
        give(consent)


def test_the_database_refuses_ones_own_guardian(make):
    child = make.child()
    with pytest.raises(IntegrityError, match="never_ones_own_guardian"):
        make.consent(child, guardian_account_id=child.id)


def test_a_grown_ups_account_is_noted(make, consent):
    parent = make.citizen(email=GUARDIAN, birth_year=1980)
    give(consent)
    assert consent.guardian_account_id == parent.id


# Who may ask, and how often
def test_only_a_confirmed_child_that_waits_asks_and_only_for_itself(make):
    child = make.child()
    for actor, account in [
        (make.child(confirmed=False),) * 2,
        (make.citizen(),) * 2,
        (make.child(waits_for_consent=False),) * 2,
        (make.citizen(), child),
        (make.admin(), child),
    ]:
        with pytest.raises(Forbidden):
            request_consent(account, actor, GUARDIAN)


def test_nobody_is_mailed_more_than_three_times_a_day(make):
    child = make.child()
    for _ in range(3):
        request_consent(child, child, GUARDIAN)
    with pytest.raises(WrongState):
        request_consent(child, child, "appa@example.org")
    other = make.child()
    with pytest.raises(WrongState):
        request_consent(other, other, GUARDIAN)
    with clock.at(clock.now() + timedelta(days=1, seconds=1)):
        request_consent(child, child, GUARDIAN)


def test_other_spellings_of_a_mailbox_are_mailed_no_more_often(make):
    for spelling in (GUARDIAN, GUARDIAN.upper(), "Eomma+mom@example.org"):
        child = make.child()
        request_consent(child, child, spelling)
    child = make.child()
    with pytest.raises(WrongState):
        request_consent(child, child, "eomma+1@example.org")


def test_no_child_consents_from_another_spelling_of_its_mailbox(make):
    make.child(email="b.o.ram@gmail.com")
    child = make.child()
    consent = request_consent(child, child, "boram+mom@googlemail.com")
    with pytest.raises(InvalidInput):
        give(consent)


def test_a_newer_request_makes_the_older_one_void(consent):
    newer = request_consent(consent.account, consent.account, "appa@example.org")
    assert consent.guardian_email is None
    with pytest.raises(WrongState):
        give(consent)
    give(newer)


# Answers that come too late or twice
def test_an_answer_counts_once(consent):
    give(consent)
    with pytest.raises(WrongState):
        give(consent)
    with pytest.raises(WrongState):
        refuse_consent(consent, ANONYMOUS)


def test_a_refusal_erases_the_guardian(consent):
    refuse_consent(consent, ANONYMOUS)
    assert (consent.guardian_email, consent.state) == (None, ConsentState.REFUSED)
    with pytest.raises(WrongState):
        give(consent)


def test_a_link_lapses_after_five_days_and_the_guardian_is_forgotten(consent):
    with clock.at(clock.now() + timedelta(days=5)):
        with pytest.raises(WrongState, match="기한"):
            give(consent)
        assert erase_unanswered_guardians() == 1
        assert consent.guardian_email is None
        assert erase_unanswered_guardians() == 0


def test_a_given_consent_is_not_forgotten(consent):
    give(consent)
    with clock.at(clock.now() + timedelta(days=50)):
        assert erase_unanswered_guardians() == 0
    assert consent.guardian_email == GUARDIAN


def test_no_name_no_consent(consent):
    with pytest.raises(InvalidInput):
        give(consent, name=" ")


# Taking it back
@pytest.fixture
def given(consent):
    give(consent)
    return consent


def test_taking_it_back_hides_the_posts_and_sets_a_day_for_deletion(make, given):
    child, target = given.account, make.idea()
    idea = make.idea(author=child)
    merged = make.idea(author=child, state=IdeaState.MERGED, merged_into_id=target.id)
    withdrawn = make.idea(author=child, state=IdeaState.WITHDRAWN)
    revoke_consent(given, ANONYMOUS)
    assert [it.state for it in (idea, merged, withdrawn)] == [IdeaState.WITHDRAWN] * 3
    assert not may_take_part(child)
    assert given.delete_after == given.revoked_at + timedelta(days=5)
    with pytest.raises(IntegrityError, match="may not take part"):
        make.idea(author=child)


def test_consent_that_comes_back_brings_the_posts_back(make, given):
    child, target = given.account, make.idea()
    idea = make.idea(author=child)
    merged = make.idea(author=child, state=IdeaState.MERGED, merged_into_id=target.id)
    withdrawn = make.idea(author=child, state=IdeaState.WITHDRAWN)
    revoke_consent(given, ANONYMOUS)
    give(request_consent(child, child, GUARDIAN))
    assert [it.state for it in (idea, merged, withdrawn)] == [IdeaState.OPEN, IdeaState.MERGED, IdeaState.WITHDRAWN]
    assert merged.merged_into_id == target.id
    assert given.delete_after is None
    assert db.session.scalars(sa.select(ConsentHiddenText)).all() == []
    assert may_take_part(child)


def test_only_a_consent_in_force_is_taken_back_and_only_once(consent):
    with pytest.raises(WrongState):
        revoke_consent(consent, ANONYMOUS)
    give(consent)
    with pytest.raises(Forbidden):
        revoke_consent(consent, consent.account)
    revoke_consent(consent, ANONYMOUS)
    with pytest.raises(WrongState):
        revoke_consent(consent, ANONYMOUS)


def test_nothing_is_taken_back_after_14(given):
    given.account.needs_consent_until = None
    db.session.flush()
    with pytest.raises(WrongState, match="만 14세"):
        revoke_consent(given, ANONYMOUS)


# What the database refuses
def test_a_child_without_consent_cannot_be_let_in(make):
    child = make.child()
    child.waits_for_consent = False
    with pytest.raises(IntegrityError, match="waits"):
        db.session.flush()


def test_a_consent_that_is_relied_on_cannot_end_alone(given):
    given.revoked_at = clock.now()
    with pytest.raises(IntegrityError, match="relies on this consent"):
        db.session.flush()


def test_a_consent_that_is_relied_on_cannot_be_deleted(given):
    with pytest.raises(IntegrityError, match="relies on this consent"):
        db.session.execute(sa.delete(GuardianConsent))


def test_a_child_has_one_consent_in_force(make, given):
    with pytest.raises(IntegrityError):
        make.consent(given.account, given_at=clock.now())


# Turning 14
def at_noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("needs_until", "last_day", "first_day"),
    [
        (date(2030, 3, 1), date(2030, 2, 28), date(2030, 3, 1)),  # born on 29 February 2016
        (date(2028, 2, 29), date(2028, 2, 28), date(2028, 2, 29)),
        (date(2027, 1, 1), date(2026, 12, 31), date(2027, 1, 1)),
    ],
)
def test_the_birthday_errand_frees_on_the_day_and_not_before(make, needs_until, last_day, first_day):
    child = make.child(needs_consent_until=needs_until)
    with clock.at(at_noon(last_day)):
        assert release_accounts_at_14() == 0
        assert not may_take_part(child)
    with clock.at(at_noon(first_day)):
        assert release_accounts_at_14() == 1
        assert may_take_part(child)
        assert child.needs_consent_until is None
        assert release_accounts_at_14() == 0


def test_the_day_begins_at_midnight_in_seoul(make):
    child = make.child(needs_consent_until=date(2027, 1, 1))
    with clock.at(datetime(2026, 12, 31, 14, 59, tzinfo=UTC)):
        assert release_accounts_at_14() == 0
    with clock.at(datetime(2026, 12, 31, 15, 0, tzinfo=UTC)):
        assert release_accounts_at_14() == 1
    assert may_take_part(child)


def test_at_14_the_guardian_is_forgotten_and_posts_come_back(make, given):
    child = given.account
    idea = make.idea(author=child)
    revoke_consent(given, ANONYMOUS)
    with clock.at(at_noon(child.needs_consent_until)):
        release_accounts_at_14()
    assert (given.guardian_email, given.guardian_name, given.delete_after) == (None, None, None)
    assert given.verifier == "mailed_link"
    assert idea.state is IdeaState.OPEN


def test_the_worker_does_it_by_itself(make, work):
    child = make.child(needs_consent_until=clock.today())
    work()
    assert may_take_part(child)


def test_comments_go_and_come_back_and_the_tally_follows(make, given):
    idea = make.idea()
    comment = make.comment(idea, given.account)
    db.session.flush()
    revoke_consent(given, ANONYMOUS)
    db.session.refresh(idea.tally)
    assert (comment.state, idea.tally.comments) == (CommentState.HIDDEN, 0)
    give(request_consent(given.account, given.account, GUARDIAN))
    db.session.refresh(idea.tally)
    assert (comment.state, idea.tally.comments) == (CommentState.VISIBLE, 1)


def test_twelve_requests_at_once_send_three_mails(app, make):
    child_id = make.child().id

    def asking(n: int):
        def act() -> None:
            child = db.session.get_one(Account, child_id)
            request_consent(child, child, f"guardian{n}@example.org")

        return act

    results = at_once(app, [asking(n) for n in range(12)])
    assert sum(isinstance(result, WrongState) for result in results) == 9
    assert db.session.scalar(sa.select(sa.func.count()).select_from(OutboxMail)) == 3


def test_one_guardian_gets_three_mails_a_day_however_many_children_ask_at_once(app, make):
    ids = [make.child().id for _ in range(8)]

    def asking(child_id: int):
        def act() -> None:
            child = db.session.get_one(Account, child_id)
            request_consent(child, child, GUARDIAN)

        return act

    results = at_once(app, [asking(child_id) for child_id in ids])
    assert sum(isinstance(result, WrongState) for result in results) == 5


def test_an_idea_hidden_while_the_consent_was_revoked_is_open_once_both_are_over(make, given):
    """It used to come back as withdrawn for good: moderation remembered the state that the revocation had made."""
    idea, analyst = make.idea(author=given.account), make.analyst()
    revoke_consent(given, ANONYMOUS)
    hide(idea, analyst, "SPAM")
    give(request_consent(given.account, given.account, GUARDIAN))
    assert idea.state is IdeaState.HIDDEN
    restore(idea, analyst, "MISTAKE")
    assert idea.state is IdeaState.OPEN
