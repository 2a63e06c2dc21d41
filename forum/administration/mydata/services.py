"""Export a person's data, and close accounts: votes are deleted, posts become anonymous or lose their text."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import IO, Any

import sqlalchemy as sa
from flask import current_app
from flask_security.utils import verify_password

from forum.administration.mydata.archive import write_archive
from forum.administration.mydata.export_tables import DataSubject, is_mailed_to
from forum.administration.mydata.models import Departure
from forum.administration.mydata.permissions import can_delete_account, can_export_data
from forum.analysis.opinions.standing import forget_consents
from forum.analysis.shortlists.services import forget_voter
from forum.core import clock
from forum.core.access import STAFF_ROLES, SYSTEM, Actor, require
from forum.core.database import snapshot
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.mail import SUBJECT_PREFIX
from forum.deliberation.council.services import forget_member
from forum.deliberation.gatherings.registering import forget_registrations
from forum.deliberation.gatherings.team import forget_helper
from forum.deliberation.joint.late import forget_actions_of_person
from forum.deliberation.rooms.people import forget_entrant
from forum.people.accounts.models import Account
from forum.people.accounts.passwords import normal_form
from forum.people.accounts.services import lock_account
from forum.people.follows.models import Follow
from forum.people.passes.queries import participants_of_passes
from forum.people.signin.attempts import account_hash
from forum.publication.subscriptions.services import forget_address
from forum.response.certificates.facts import NAME_CONSENTS
from forum.response.certificates.models import NameConsent
from forum.response.datarequests.reviewing import forget_seat
from forum.response.datasets.holders import forget_steward
from forum.system.audit.services import record
from forum.system.notices.models import MailOptOut, Notice, OutboxMail
from forum.system.notices.services import queue_mail
from forum.system.texts.limits import forget_sender
from forum.system.texts.queries import is_about_a_text_of
from forum.system.texts.registry import text_kinds
from forum.voice.guardians.models import GuardianConsent
from forum.voice.guardians.queries import due_for_deletion, never_consented
from forum.voice.ideas.models import IdeaTally
from forum.voice.integrity.services import forget_found_person
from forum.voice.moderation.models import Hiding, Report
from forum.voice.votes.exclusions import lock_voters
from forum.voice.votes.models import AGREE, DISAGREE, PASS, Vote, VoteEvent
from forum.web.form_recovery import RefusedForm
from forum.web.idempotency import IdempotencyRecord

TALLY_COLUMNS = {AGREE: IdeaTally.agree, PASS: IdeaTally.pass_, DISAGREE: IdeaTally.disagree}
DELETED_NAME = "탈퇴한 참여자"
DELETED_APPEAL = "글쓴이가 탈퇴하면서 지웠어요."
CLOSED_ACCOUNT_MAIL = """안녕하세요.

탄소중립 국민포럼의 계정과 개인정보, 투표를 지웠어요. {posts}

이 주소로 다시 가입하실 수 있고, 그때는 새 참여자가 돼요. 그동안 고마웠어요.

탄소중립 국민포럼
"""


def record_download(account: Account, actor: Actor) -> None:
    """Record in the audit log that somebody with a role downloads their data. The caller commits before the export.

    :raise Forbidden: somebody else's account
    """
    require(can_export_data(actor, account))
    if actor.role in STAFF_ROLES:
        record(actor, "accounts.download", account)


def export_data(account: Account, actor: Actor) -> IO[bytes]:
    """Return a ZIP of everything that is committed about a person. Nothing of it is stored here.

    :return: the open file (`forum.administration.mydata.archive`); the caller closes it
    :raise Forbidden: somebody else's account
    """
    require(can_export_data(actor, account))
    assert account.participant_id is not None
    signin_hash = account_hash(account.email)
    subject = DataSubject(account.id, account.participant_id, account.email, account.is_confirmed, signin_hash)
    with snapshot(db.engine) as connection:
        return write_archive(connection, subject, str(current_app.config["BASE_URL"]))


def close_account(account: Account, actor: Actor, password: str | None, keep_posts: bool) -> None:
    """Delete one's own account after checking the password again. The caller commits.

    :raise Forbidden: somebody else's account
    :raise InvalidInput: the password is wrong
    :raise WrongState: a role is still held, or the account was closed meanwhile
    """
    require(can_delete_account(actor, account))
    checked = account.password
    is_right = checked is not None and verify_password(normal_form(password or ""), checked)
    lock_account(account)
    if not is_right or account.password != checked:
        raise InvalidInput({"password": _("비밀번호가 맞지 않아요.")})
    delete_account(account, actor, keep_posts)


def delete_account(account: Account, actor: Actor, keep_posts: bool) -> None:
    """Delete a person's data in one transaction, with what is left at the passes they joined. The caller commits.

    Votes and their events are deleted and tallies updated; ideas and comments become anonymous or lose their text; all
    sessions end. The rows of account and participant remain, without a name, for the rows that refer to them.

    :raise Forbidden: somebody else's account
    :raise WrongState: a role is still held, or the account was closed meanwhile
    """
    require(can_delete_account(actor, account))
    lock_account(account)
    require(can_delete_account(actor, account))
    if account.grant is not None:
        raise WrongState(
            f"‘{account.grant.role.label}’ 역할을 맡고 있어 아직 탈퇴할 수 없어요. "
            "먼저 관리자에게 역할을 거두어 달라고 하세요."
        )
    participant_id, email = account.participant_id, account.email
    assert participant_id is not None
    people = sorted([participant_id, *participants_of_passes(account.id)])
    # Posts that are being written hold the participant by their foreign key: wait for them, then find them below.
    lock_voters(people)
    db.session.add_all([Departure(participant_id=one, keeps_posts=keep_posts) for one in people])
    db.session.flush()
    for one in people:
        forget_actions_of_person(one)
        forget_entrant(one)  # before the events of their votes are deleted
    _delete_votes(people)
    for one in people:
        _erase_reports_and_appeals(one)
        for kind in text_kinds():
            kind.leave_behind(one, keep_posts)
        forget_sender(one)
        forget_voter(one)
        forget_found_person(one)
    forget_member(account.id, actor)
    forget_steward(account.id, actor)
    forget_seat(account.id, actor)
    forget_consents(account.id)
    forget_registrations(account.id)
    forget_helper(account.id)
    _anonymise_account(account)
    named = db.session.scalars(sa.select(NameConsent.id).where(NameConsent.account_id == account.id)).all()
    record(actor, "accounts.delete", account, after={"keeps_posts": keep_posts}, facts=NAME_CONSENTS.of(named))
    posts = "쓰신 글은 ‘탈퇴한 참여자’의 글로 남아요." if keep_posts else "쓰신 글의 내용도 지웠어요."
    queue_mail(
        email, SUBJECT_PREFIX + "계정을 지웠어요", CLOSED_ACCOUNT_MAIL.format(posts=posts), f"departed:{account.id}"
    )


def overdue_account_ids() -> list[int]:
    """Return the ids of children whose guardian revoked the consent, or for whom nobody consented in time."""
    now = clock.now()
    waited = now - timedelta(days=int(current_app.config["CONSENT_WAIT_DAYS"]))
    ids = {consent.account_id for consent in due_for_deletion(now)} | {
        account.id for account in never_consented(waited)
    }
    return sorted(ids)


def delete_overdue_account(account_id: int) -> None:
    """Delete a child's account if it still waits for consent. The caller commits."""
    account = db.session.get(Account, account_id, populate_existing=True, with_for_update={"of": Account})
    if account is not None and account.active and account.waits_for_consent:
        delete_account(account, SYSTEM, keep_posts=False)


def _delete_votes(people: Sequence[int]) -> None:
    """Delete votes, then their events, then update the tallies by idea id: the lock order of a vote.

    Votes that are excluded stand in no tally.
    """
    gone = db.session.execute(
        sa.delete(Vote)
        .where(Vote.participant_id.in_(people))
        .returning(Vote.idea_id, Vote.value, Vote.excluded_by_id)
        .execution_options(synchronize_session=False)
    ).all()
    mine = sa.delete(VoteEvent).where(VoteEvent.participant_id.in_(people))
    db.session.execute(mine.execution_options(synchronize_session=False))
    for idea_id, value in sorted((idea_id, value) for idea_id, value, excluded_by in gone if excluded_by is None):
        _update_tally(idea_id, {TALLY_COLUMNS[value]: TALLY_COLUMNS[value] - 1})


def _erase_reports_and_appeals(participant_id: int) -> None:
    """Erase the texts of reports and appeals, which were never public, whether or not the posts remain.

    That something was reported, and that an appeal was made and decided, stays on record.
    """
    mine = is_about_a_text_of(Hiding, participant_id) & Hiding.appeal_text.is_not(None)
    for statement in (
        sa.update(Report).where(Report.reporter_id == participant_id).values(words=""),
        sa.update(Hiding).where(mine).values(appeal_text=DELETED_APPEAL),
    ):
        db.session.execute(statement.execution_options(synchronize_session=False))


def _anonymise_account(account: Account) -> None:
    """Remove everything that identifies the person; the address can be registered again."""
    for model in (Notice, Follow, MailOptOut, OutboxMail):
        _delete(model.account_id == account.id, model)
    if account.confirmed_at is not None:  # else the address may be somebody else's
        forget_address(account.email)
    _delete(is_mailed_to(account.email), OutboxMail)
    _delete(RefusedForm.account_id == account.id, RefusedForm)
    _delete(IdempotencyRecord.actor == f"account:{account.id}", IdempotencyRecord)
    named = sa.update(NameConsent).where(NameConsent.account_id == account.id, NameConsent.revoked_at.is_(None))
    db.session.execute(named.values(revoked_at=clock.now()).execution_options(synchronize_session=False))
    account.email = f"left-{account.id}@left.invalid"
    account.display_name, account.password, account.active = DELETED_NAME, None, False
    account.confirmed_at = account.birth_year = account.region_code = account.reset_asked_at = None
    account.needs_consent_until, account.waits_for_consent = None, False
    account.fs_uniquifier = uuid.uuid4().hex
    consents = db.session.scalars(sa.select(GuardianConsent).where(GuardianConsent.account_id == account.id))
    for consent in consents.all():
        if consent.guardian_email:
            _delete(is_mailed_to(consent.guardian_email), OutboxMail)
        consent.guardian_email = consent.guardian_name = consent.guardian_account_id = consent.delete_after = None
    db.session.flush()


def _delete(which: sa.ColumnElement[bool], model: type) -> None:
    db.session.execute(sa.delete(model).where(which).execution_options(synchronize_session=False))


def _update_tally(idea_id: int, changes: dict[Any, Any]) -> None:
    tally = sa.update(IdeaTally).where(IdeaTally.idea_id == idea_id).values(changes)
    db.session.execute(tally.execution_options(synchronize_session=False))
