from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError

from forum.administration.mydata.export_tables import DataSubject, _mails
from forum.administration.mydata.models import Departure
from forum.administration.mydata.services import (
    DELETED_APPEAL,
    close_account,
    delete_account,
    delete_overdue_account,
)
from forum.administration.operations.queries import recount
from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.access import ANONYMOUS, SYSTEM, Role
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.people.accounts.queries import account_by_email
from forum.people.accounts.services import add_account, grant_role
from forum.people.follows.models import Follow
from forum.people.passes.services import join_pass
from forum.response.certificates.models import Certificate, NameConsent
from forum.system.audit.models import AuditEntry
from forum.system.notices.models import MailOptOut, MailStream, OutboxMail
from forum.system.notices.services import queue_mail
from forum.voice.guardians.models import GuardianConsent
from forum.voice.guardians.services import give_consent, request_consent
from forum.voice.ideas.models import CommentOriginal, CommentState, IdeaDraft, IdeaOriginal, IdeaState
from forum.voice.ideas.texts import DELETED_COMMENT, DELETED_TITLE
from forum.voice.votes.models import Vote, VoteEvent
from forum.web.form_recovery import RefusedForm
from forum.web.idempotency import IdempotencyRecord
from tests.races import act_elsewhere

PASSWORD = "바다가보이는우리학교"


@pytest.fixture
def person(make):
    """An account with an idea, a comment and two votes."""
    account = add_account("haeun@example.org", "하은", PASSWORD, birth_year=2000, region_code="11")
    account.idea = make.idea(author=account)
    account.other = make.idea()
    account.comment = make.comment(account.other, account)
    make.vote(account.other, account, 1)
    make.vote(account.idea, account, -1)
    make.vote(account.other, make.citizen(), 1)
    db.session.flush()
    return account


def assert_the_recount_is_clean() -> None:
    assert [line for finding in recount() for line in finding.differences] == []


@pytest.mark.parametrize("keep", [True, False])
def test_votes_and_events_go_and_the_tallies_follow(person, keep):
    close_account(person, person, PASSWORD, keep)
    for model in (Vote, VoteEvent):
        of_person = sa.select(model).where(model.participant_id == person.participant_id)
        assert db.session.scalars(of_person).all() == []
    for idea in (person.idea, person.other):
        db.session.refresh(idea.tally)
    assert (person.other.tally.agree, person.idea.tally.disagree) == (1, 0)
    assert_the_recount_is_clean()


def test_nothing_says_who_it_was(person):
    close_account(person, person, PASSWORD, True)
    db.session.refresh(person)
    assert person.display_name == person.idea.author_name == "탈퇴한 참여자"
    kept = (person.password, person.confirmed_at, person.birth_year, person.region_code, person.active)
    assert kept == (None, None, None, None, False)
    assert account_by_email("haeun@example.org") is None
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "accounts.delete")).one()
    assert "haeun" not in str((entry.before, entry.after))
    assert [mail.recipient for mail in db.session.scalars(sa.select(OutboxMail))] == ["haeun@example.org"]


def test_mails_to_another_spelling_of_the_address_go_too(person):
    """As a guardian the person was written to at an address with other letters in capitals."""
    queue_mail("HaEun@example.org", "보호자의 동의", "본문", "guardian-ask:1")
    subject = DataSubject(person.id, person.participant_id, person.email, True, "")
    assert len(db.session.scalars(sa.select(OutboxMail).where(_mails(subject))).all()) == 1
    close_account(person, person, PASSWORD, True)
    assert [mail.message_key for mail in db.session.scalars(sa.select(OutboxMail))] == [f"departed:{person.id}"]


def test_words_stay_or_go_as_the_person_chose(person):
    close_account(person, person, PASSWORD, False)
    assert (person.idea.title, person.idea.state) == (DELETED_TITLE, IdeaState.WITHDRAWN)
    assert (person.comment.body, person.comment.state) == (DELETED_COMMENT, CommentState.VISIBLE)
    assert_the_recount_is_clean()


def test_words_that_stay_are_as_they_were(person):
    title = person.idea.title
    close_account(person, person, PASSWORD, True)
    assert (person.idea.title, person.idea.state) == (title, IdeaState.OPEN)
    assert person.comment.state is CommentState.VISIBLE


@pytest.mark.parametrize("keep", [True, False])
def test_what_was_never_for_everybody_goes_whatever_was_chosen(make, person, keep):
    now, mine = clock.now(), {"account_id": person.id, "path": "/x", "fields": [["body", "쓰던 글"]]}
    stranger = make.citizen()
    report = make.report(make.idea(), person, words="내가 적은 신고")
    hiding = make.hiding(person.idea, appeal_text="내가 낸 이의", appealed_at=now)
    theirs = make.hiding(make.idea(author=stranger), appeal_text="남의 이의", appealed_at=now)
    others = make.report(make.idea(), stranger, words="남의 신고")
    db.session.add_all(
        [
            IdeaDraft(participant_id=person.participant_id, campaign_id=person.idea.campaign_id, title="쓰던", body=""),
            IdeaOriginal(idea_id=person.idea.id, title="적은 그대로", body="적은 그대로"),
            CommentOriginal(comment_id=person.comment.id, body="적은 그대로"),
            RefusedForm(token="t" * 32, **mine),
            IdempotencyRecord(actor=f"account:{person.id}", key="k" * 12, request_hash="h" * 64),
            MailOptOut(account_id=person.id, stream=MailStream.DAILY),
        ]
    )
    make.follow(person, make.idea())
    close_account(person, person, PASSWORD, keep)
    for model in (IdeaDraft, IdeaOriginal, CommentOriginal, RefusedForm, IdempotencyRecord, MailOptOut, Follow):
        assert db.session.scalars(sa.select(model)).all() == [], model
    for thing in (report, hiding, theirs, others):
        db.session.refresh(thing)
    assert (report.words, hiding.appeal_text) == ("", DELETED_APPEAL)
    assert (others.words, theirs.appeal_text) == ("남의 신고", "남의 이의")
    assert hiding.waits_for_decision


def test_a_name_on_a_certificate_is_taken_back(make, person):
    referral = make.referral(make.theme(person.idea.campaign, [person.idea], state=ThemeState.APPROVED))
    paper = Certificate(
        referral_id=referral.id, idea_id=person.idea.id, participant_id=person.participant_id, decision="ACCEPTED"
    )
    db.session.add(paper)
    db.session.flush()
    consent = NameConsent(certificate_id=paper.id, account_id=person.id)
    db.session.add(consent)
    db.session.flush()
    close_account(person, person, PASSWORD, True)
    db.session.refresh(consent)
    assert consent.revoked_at is not None


def test_nobody_is_left_who_speaks_for_a_holder_of_data(make, person):
    steward = make.data_steward(account=person)
    close_account(person, person, PASSWORD, True)
    db.session.refresh(steward)
    assert steward.ended_at is not None
    assert_the_recount_is_clean()


def test_the_address_is_a_new_persons(person):
    close_account(person, person, PASSWORD, True)
    again = add_account("haeun@example.org", "하은", PASSWORD)
    assert again.participant_id != person.participant_id


@pytest.mark.parametrize("password", [None, "", PASSWORD + "!"])
def test_without_the_password_nothing_goes(person, password):
    with pytest.raises(InvalidInput):
        close_account(person, person, password, True)
    assert db.session.scalars(sa.select(Departure)).all() == []


def test_nobody_deletes_another(make, person):
    for actor in (ANONYMOUS, make.citizen(), make.admin()):
        with pytest.raises(Forbidden):
            close_account(person, actor, PASSWORD, True)


def test_a_role_must_be_given_back_first(make):
    analyst = make.analyst()
    with pytest.raises(WrongState, match="역할"):
        delete_account(analyst, SYSTEM, True)


# The only exception to "append-only"
def test_what_is_left_at_a_joined_pass_goes_too(make, person):
    guest, other_guest = make.guest(), make.guest()
    room = make.gathering(state="RUNNING", campaign=person.other.campaign)
    make.entry(room, other_guest)
    merged = make.room_idea(room)
    make.vote(merged, guest), make.vote(merged, other_guest, -1), make.vote(person.other, guest, -1)
    written = make.idea(author_id=guest.participant.id, title="모임에서 쓴 제안")
    merged.state, merged.merged_into_id = IdeaState.MERGED, person.other.id
    db.session.flush()
    join_pass(guest, person, person)
    delete_account(person, person, keep_posts=False)
    left = db.session.scalars(sa.select(VoteEvent.participant_id).distinct()).all()
    assert not {guest.participant.id, person.participant.id} & set(left)
    assert other_guest.participant.id in left
    assert (merged.tally.agree, merged.tally.disagree) == (0, 1)
    assert written.title == DELETED_TITLE
    assert db.session.get(Departure, guest.participant.id) is not None
    assert_the_recount_is_clean()


def test_events_of_those_who_stay_cannot_be_deleted(make, person):
    delete_account(person, SYSTEM, True)
    with pytest.raises(IntegrityError, match="append-only"):
        db.session.execute(sa.delete(VoteEvent))


@pytest.mark.parametrize("act", [sa.delete(Departure), sa.update(Departure).values(keeps_posts=False)])
def test_a_departure_is_never_taken_back(person, act):
    delete_account(person, SYSTEM, True)
    with pytest.raises(IntegrityError, match="append-only"):
        db.session.execute(act)


def test_events_are_never_edited_not_even_of_those_who_left(person):
    db.session.add(Departure(participant_id=person.participant_id, keeps_posts=True))
    db.session.flush()
    with pytest.raises(IntegrityError, match="append-only"):
        db.session.execute(sa.update(VoteEvent).values(value=0))


# What happens between the look and the lock
def test_of_two_leavings_at_once_the_second_is_told(app, person):
    act_elsewhere(app, lambda: delete_account(account_by_email("haeun@example.org"), SYSTEM, True))
    with pytest.raises(WrongState):
        close_account(person, person, PASSWORD, False)


def test_a_role_given_meanwhile_keeps_the_account_open(app, person):
    assert person.grant is None
    act_elsewhere(app, lambda: grant_role(account_by_email("haeun@example.org"), Role.ANALYST, SYSTEM))
    with pytest.raises(WrongState, match="역할"):
        close_account(person, person, PASSWORD, True)


def test_a_password_changed_meanwhile_is_the_one_that_closes(app, person, monkeypatch):
    """Whoever knows only the old one is too late, although it was right when it was looked at."""

    def change() -> None:
        account_by_email("haeun@example.org").password = "another hash"

    act_elsewhere(app, change)
    with pytest.raises(InvalidInput):
        close_account(person, person, PASSWORD, True)
    db.session.rollback()
    assert person.active


def test_a_child_whose_guardian_consents_meanwhile_is_not_deleted(app, make):
    child = make.child()
    consent_id = request_consent(child, child, "eomma@example.org").id
    assert child.waits_for_consent
    act_elsewhere(app, lambda: give_consent(db.session.get_one(GuardianConsent, consent_id), ANONYMOUS, "김보호", {}))
    delete_overdue_account(child.id)
    db.session.commit()
    assert (child.active, child.waits_for_consent) == (True, False)


def test_a_profile_edit_beside_ones_own_leaving_does_not_put_the_name_back(app, person):
    """The request has read the account, or waits to read it, while the leaving is under way."""
    client = FlaskClient(app, app.response_class)  # that does not share the test's session
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = person.fs_uniquifier, True
    db.session.commit()
    close_account(person, person, PASSWORD, True)
    edit = {"display_name": "새하은", "region_code": "26"}
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(client.post, "/profile", data=edit)
        with suppress(TimeoutError):
            answer.result(timeout=0.4)  # long enough to come to the lock; if it is not there yet, all is well anyway
        db.session.commit()
        assert answer.result(timeout=30).status_code in {302, 401, 409}
    db.session.refresh(person)
    assert (person.display_name, person.region_code) == ("탈퇴한 참여자", None)
