"""Checks of hearings: votes of questions, consents of guardians, whether a hearing may still be to come, documents.

Everything here is worked out from the rows in plain Python, and not by what the services and pages use.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import timedelta

import sqlalchemy as sa

from forum.administration.operations.findings import Finding
from forum.core import clock
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.hearings.models import (
    Hearing,
    HearingFile,
    HearingInvitation,
    HearingQuestion,
    QuestionVote,
)
from forum.deliberation.rounds.models import CouncilTask
from forum.people.accounts.models import Account, Participant

KEPT_DAYS = 31 + 2
"""A month, written out here, and two days for a worker that stood still."""
OF_AGE = 19


def question_votes() -> Finding:
    """Count who wants each question asked, and look for authors who want their own."""
    finding = Finding(_("직접 설명에 보낸 질문과 듣고 싶은 사람의 수"), 0)
    wanted: Counter[int] = Counter()
    by: set[tuple[int, int]] = set()
    for question_id, participant_id in db.session.execute(
        sa.select(QuestionVote.question_id, QuestionVote.participant_id)
    ):
        wanted[question_id] += 1
        by.add((question_id, participant_id))
    query = sa.select(HearingQuestion.id, HearingQuestion.n_votes, HearingQuestion.author_id).order_by(
        HearingQuestion.id
    )
    for question_id, n_votes, author_id in db.session.execute(query):
        finding.n_checked += 1
        if n_votes != wanted[question_id] or (question_id, author_id) in by:
            told = {"id": question_id, "n": n_votes, "found": wanted[question_id]}
            finding.differences.append(_("질문 %(id)s번: 저장 %(n)s명, 다시 세면 %(found)s명", **told))
    return finding


def guardians_consents() -> Finding:
    """Check of each invitation whether a minor is called one, when the guardian answered, and who is still kept."""
    finding = Finding(_("직접 설명의 보호자 동의"), 0)
    query = (
        sa.select(HearingInvitation, Hearing.starts_at, Account.birth_year)
        .join(Hearing, Hearing.id == HearingInvitation.hearing_id)
        .join(Participant, Participant.id == HearingInvitation.author_id)
        .outerjoin(Account, Account.id == Participant.account_id)
        .order_by(HearingInvitation.id)
    )
    for one, starts_at, birth_year in db.session.execute(query):
        finding.n_checked += 1
        moments = (one.consent_asked_at, one.consent_given_at, one.consent_revoked_at)
        known = [moment for moment in moments if moment is not None]
        is_accepted = one.state.name == "ACCEPTED" and one.answered_at is not None
        year = one.answered_at.astimezone(clock.SEOUL).year if one.answered_at is not None else 0
        is_young = birth_year is not None and year - birth_year < OF_AGE
        is_kept = one.guardian_email is not None or one.guardian_name is not None
        wrong = (
            known != sorted(known)
            or (is_accepted and is_young and not one.is_minor)
            or (is_accepted and one.is_minor is not (one.consent_asked_at is not None))
            or (is_kept and starts_at < clock.now() - timedelta(days=KEPT_DAYS))
        )
        if wrong:
            finding.differences.append(_("초대 %(id)s번의 동의나 보호자의 주소", id=one.id))
    return finding


def hearing_states() -> Finding:
    """Check that no hearing is to come of a task that left its round, and none was held before it began."""
    finding = Finding(_("직접 설명의 상태와 과제의 상태"), 0)
    query = (
        sa.select(Hearing, CouncilTask.state).join(CouncilTask, CouncilTask.id == Hearing.task_id).order_by(Hearing.id)
    )
    for hearing, state in db.session.execute(query):
        finding.n_checked += 1
        is_gone = state.name in {"WITHDRAWN", "MERGED"} and hearing.state.name == "PLANNED"
        is_early = hearing.held_at is not None and hearing.held_at < hearing.starts_at
        if is_gone or is_early:
            finding.differences.append(_("직접 설명 %(id)s번", id=hearing.id))
    return finding


def hearing_files() -> Finding:
    """Hash each document anew, and check that it belongs to an invitation or question of its own hearing."""
    finding = Finding(_("직접 설명의 자료"), 0)
    query = (
        sa.select(HearingFile, HearingFile.content, HearingInvitation.hearing_id, HearingQuestion.hearing_id)
        .outerjoin(HearingInvitation, HearingInvitation.id == HearingFile.invitation_id)
        .outerjoin(HearingQuestion, HearingQuestion.id == HearingFile.question_id)
        .order_by(HearingFile.id)
        .execution_options(yield_per=20)
    )
    for file, content, of_invitation, of_question in db.session.execute(query):
        finding.n_checked += 1
        is_whole = hashlib.sha256(content).hexdigest() == file.sha256 and len(content) == file.size_bytes
        if not is_whole or {of_invitation, of_question} - {None, file.hearing_id}:
            finding.differences.append(_("자료 %(id)s번", id=file.id))
    return finding


HEARING_CHECKS = (question_votes, guardians_consents, hearing_states, hearing_files)
