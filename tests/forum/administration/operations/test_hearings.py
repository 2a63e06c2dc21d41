"""`flask forum check` and hearings: what the services leave is right, and each planted error is named."""

from __future__ import annotations

from datetime import timedelta

import pytest

from forum.administration.operations.hearings import (
    guardians_consents,
    hearing_files,
    hearing_states,
    question_votes,
)
from forum.administration.operations.queries import recount
from forum.core import clock
from forum.core.access import ANONYMOUS, Role
from forum.core.extensions import db
from forum.deliberation.hearings.consents import give_consent, revoke_consent
from forum.deliberation.hearings.invitations import accept, decline, invite
from forum.deliberation.hearings.models import HearingWay
from forum.deliberation.hearings.planning import attach_file
from forum.deliberation.hearings.questions import ask_question, vote_question
from forum.deliberation.rounds.long_list import withdraw_task
from forum.web.uploads import Upload
from tests.unguarded import unguarded

CHECKS = (question_votes, guardians_consents, hearing_states, hearing_files)
TABLES = ("hearing", "hearing_invitation", "hearing_question", "hearing_question_vote", "hearing_file")
PDF = Upload("지붕.pdf", "application/pdf", b"%PDF-1.4 x")


def hold_a_hearing(make):
    """A hearing with minors who were answered for and refused, a question and a document; a cancelled one."""
    analyst, hearing = make.account(Role.ANALYST), make.hearing()
    for answer in (give_consent, revoke_consent):
        minor = make.citizen(birth_year=clock.today().year - 16)
        invitation = invite(hearing, analyst, minor)
        accept(invitation, minor, HearingWay.IN_PERSON, guardian_email="guardian@example.org", seen=1)
        arguments = ("보호자",) if answer is give_consent else ()
        answer(invitation, ANONYMOUS, *arguments)
    decline(invitation, minor, seen=invitation.revision)
    question = ask_question(hearing, make.citizen(), "얼마예요?")
    for _n in range(2):
        vote_question(question, make.citizen(), wants=True)
    attach_file(hearing, analyst, PDF)
    gone = make.hearing()
    withdraw_task(gone.task, analyst, "거두어요.", seen=1)
    db.session.commit()
    return {"hearing": hearing.id, "gone": gone.id, "author": question.author_id, "asked": question.id}


@pytest.fixture
def heard(once, make):
    return once(lambda: hold_a_hearing(make))


def plant(statement: str) -> None:
    with unguarded(*TABLES) as connection:
        connection.exec_driver_sql(statement)
    db.session.expire_all()


def test_hearings_are_recounted_without_a_difference(heard):
    for check in CHECKS:
        found = check()
        assert (found.differences, found.n_checked > 0) == ([], True)
    assert {check().name for check in CHECKS} <= {finding.name for finding in recount()}


PLANTED = {
    "a vote too many": (question_votes, "UPDATE hearing_question SET n_votes = 3"),
    "a vote that was lost": (question_votes, "DELETE FROM hearing_question_vote"),
    "an author who wants the own question": (
        question_votes,
        "UPDATE hearing_question_vote SET participant_id = {author} "
        "WHERE participant_id = (SELECT min(participant_id) FROM hearing_question_vote)",
    ),
    "a minor who is called of age": (
        guardians_consents,
        "UPDATE hearing_invitation SET is_minor = false WHERE state = 'ACCEPTED'",
    ),
    "a minor for whom nobody was asked": (
        guardians_consents,
        "UPDATE hearing_invitation SET consent_asked_at = NULL, consent_given_at = NULL WHERE state = 'ACCEPTED'",
    ),
    "an answer before it was asked": (
        guardians_consents,
        "UPDATE hearing_invitation SET consent_given_at = '2001-01-01 00:00:00.000000' WHERE state = 'ACCEPTED'",
    ),
    "a hearing of a task that left": (
        hearing_states,
        "UPDATE hearing SET state = 'PLANNED', cancel_reason = '' WHERE id = {gone}",
    ),
    "a hearing held before it began": (
        hearing_states,
        "UPDATE hearing SET state = 'HELD', held_at = '2001-01-01 00:00:00.000000' WHERE id = {hearing}",
    ),
    "another document": (hearing_files, "UPDATE hearing_file SET size_bytes = 1"),
    "a document of another hearing's question": (
        hearing_files,
        "UPDATE hearing_file SET hearing_id = {gone}, question_id = {asked}",
    ),
}


@pytest.mark.parametrize("error", PLANTED)
def test_a_planted_error_of_a_hearing_is_named(heard, error):
    check, statement = PLANTED[error]
    plant(statement.format(**heard))
    assert check().differences, error


def test_a_guardian_who_is_kept_too_long_is_named(heard):
    with clock.at(clock.now() + timedelta(days=40)):
        assert len(guardians_consents().differences) == 1
