"""Guardians' consent for people under 14: request, give, refuse and revoke it; release accounts at 14.

Revoking hides the child's texts and schedules the deletion of the account; a new consent restores both. The child's
account is locked first, so that answers and revocations of one child run in turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import sqlalchemy as sa
from flask import current_app

from forum.core import clock
from forum.core.access import SYSTEM, Actor, require
from forum.core.database import lock_name
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.people.accounts.identity import email_address, mailbox_key, shown_name
from forum.people.accounts.models import Account
from forum.system.audit.services import record
from forum.system.notices.services import notify
from forum.system.texts.queries import reference_of
from forum.system.texts.registry import TextKind, text_kinds
from forum.voice.guardians.facts import CONSENTS
from forum.voice.guardians.mails import mail_consent_given, mail_consent_revoked
from forum.voice.guardians.models import ConsentHiddenText, ConsentState, GuardianConsent
from forum.voice.guardians.permissions import can_answer_for, can_request_consent
from forum.voice.guardians.queries import account_of_guardian, consents_of, request_mails_today, requests_today
from forum.voice.guardians.verifiers import verifier
from forum.voice.moderation.services import amend_earlier_state

MAX_REQUESTS_PER_DAY = 3
ONLY_A_CHILD = "이메일 주소를 확인한 만 14세 미만 회원만 보호자에게 부탁할 수 있어요."
ONLY_THE_GUARDIAN = "보호자가 직접 해 주셔야 해요. 어린이 계정에서 로그아웃한 뒤, 보호자의 기기에서 링크를 열어 주세요."
ONLY_A_CHILD = "이메일 주소를 확인한 만 14세 미만 회원만 보호자에게 부탁할 수 있어요."
ACCOUNT_PAGE = "/profile/guardian"


def request_consent(account: Account, actor: Actor, guardian_email: str | None) -> GuardianConsent:
    """Ask a guardian for consent on behalf of a child. Earlier requests without an answer expire. The caller commits.

    :raise Forbidden: not one's own account, an unconfirmed address, or an account that needs no consent
    :raise InvalidInput: not an address, or one of the child's own mailbox
    :raise WrongState: too many requests today, or no verifier is configured
    """
    require(can_request_consent(actor, account), ONLY_A_CHILD)
    email = email_address(guardian_email, "guardian_email")
    # Of requests at once, each counts those before it: the account's by its row, the guardian's by a named lock.
    lock_name(db.session, f"guardian:{mailbox_key(email)}")
    db.session.refresh(account, with_for_update={"of": Account})
    require(can_request_consent(actor, account), ONLY_A_CHILD)
    if mailbox_key(email) == mailbox_key(account.email):
        raise InvalidInput({"guardian_email": "내 주소예요. 보호자가 쓰는 이메일 주소를 적어 주세요."})
    if requests_today(account.id) >= MAX_REQUESTS_PER_DAY or request_mails_today(email) >= MAX_REQUESTS_PER_DAY:
        raise WrongState("오늘은 여러 번 부탁했어요. 내일 다시 해 주세요.")
    for earlier in consents_of(account.id):
        if earlier.state is ConsentState.ASKED:
            _erase_guardian(earlier)
            earlier.expires_at = clock.now()
    method = verifier()
    days = int(current_app.config["GUARDIAN_ASK_DAYS"])
    consent = GuardianConsent(
        account_id=account.id,
        guardian_email=email,
        verifier=method.name,
        asked_at=clock.now(),
        expires_at=clock.now() + timedelta(days=days),
    )
    db.session.add(consent)
    db.session.flush()
    method.begin(consent)
    return consent


def give_consent(
    consent: GuardianConsent, actor: Actor, guardian_name: str | None, evidence: Mapping[str, str]
) -> None:
    """Record a guardian's consent: who, when and how it was verified. Hidden posts are restored. The caller commits.

    :param actor: the person with the link, usually a visitor
    :param evidence: what the verifier needs
    :raise Forbidden: the child itself, or somebody under 14
    :raise InvalidInput: no name, or the verifier rejects the evidence
    :raise WrongState: already answered, expired, or no longer needed
    """
    require(can_answer_for(actor, consent), ONLY_THE_GUARDIAN)
    name = shown_name(guardian_name, "guardian_name")
    child = _lock_child(consent)
    require(can_answer_for(actor, consent), ONLY_THE_GUARDIAN)
    guardian = account_of_guardian(consent.guardian_email or "")
    if guardian is not None and (guardian.id == child.id or guardian.needs_consent_until is not None):
        raise InvalidInput({"guardian_name": "만 14세 미만인 사람의 이메일 주소로는 보호자가 될 수 없어요."})
    verifier().check(consent, evidence)
    consent.guardian_name, consent.given_at = name, clock.now()
    consent.guardian_account_id = guardian.id if guardian else None
    db.session.flush()
    child.waits_for_consent = False
    db.session.flush()
    _restore_texts(child)
    mail_consent_given(consent)
    notify(child.id, "consent_given", "보호자가 동의했어요. 이제 제안하고 투표할 수 있어요.", ACCOUNT_PAGE)
    after = {"verifier": consent.verifier, "account_id": child.id}
    record(SYSTEM, "guardians.consent", consent, after=after, facts=CONSENTS.of([consent.id]))


def refuse_consent(consent: GuardianConsent, actor: Actor) -> None:
    """Record a guardian's refusal and erase the guardian's data. The caller commits.

    :raise Forbidden: as `give_consent`
    :raise WrongState: as `give_consent`
    """
    require(can_answer_for(actor, consent), ONLY_THE_GUARDIAN)
    child = _lock_child(consent)
    require(can_answer_for(actor, consent), ONLY_THE_GUARDIAN)
    consent.refused_at = clock.now()
    _erase_guardian(consent)
    db.session.flush()
    notify(child.id, "consent_refused", "보호자가 이번에는 동의하지 않았어요. 함께 이야기해 보세요.", ACCOUNT_PAGE)


def revoke_consent(consent: GuardianConsent, actor: Actor) -> None:
    """Revoke a consent: hide the child's posts, and schedule the account's deletion. The caller commits.

    The account is deleted after `REVOKED_CONSENT_DAYS` unless consent is given again.

    :raise Forbidden: the child itself, or somebody under 14
    :raise WrongState: not in force, or the child has turned 14 and decides alone
    """
    require(can_answer_for(actor, consent), ONLY_THE_GUARDIAN)
    child = consent.account
    db.session.refresh(child, with_for_update={"of": Account})
    db.session.refresh(consent)
    require(can_answer_for(actor, consent), ONLY_THE_GUARDIAN)
    if consent.state is not ConsentState.GIVEN:
        raise WrongState("지금 효력이 있는 동의가 아니에요.")
    if child.needs_consent_until is None:
        raise WrongState("이 회원은 이제 만 14세가 되어 스스로 정해요.")
    child.waits_for_consent = True
    db.session.flush()
    days = int(current_app.config["REVOKED_CONSENT_DAYS"])
    consent.revoked_at = clock.now()
    consent.delete_after = consent.revoked_at + timedelta(days=days)
    db.session.flush()
    _hide_texts(consent)
    mail_consent_revoked(consent)
    text = f"보호자가 동의를 거두어 글을 가렸어요. {days}일 안에 다시 동의하지 않으면 계정과 글을 지워요."
    notify(child.id, "consent_revoked", text, ACCOUNT_PAGE)
    after = {"account_id": child.id, "delete_days": days}
    record(SYSTEM, "guardians.revoke", consent, after=after, facts=CONSENTS.of([consent.id]))


def release_accounts_at_14() -> int:
    """Let everybody who has turned 14 take part without consent, and erase their guardians. The caller commits.

    :return: how many accounts
    """
    due = sa.select(Account).where(Account.needs_consent_until <= clock.today()).order_by(Account.id)
    released = db.session.scalars(due.with_for_update(of=Account, skip_locked=True)).unique().all()
    for account in released:
        account.needs_consent_until, account.waits_for_consent = None, False
        db.session.flush()
        _restore_texts(account)
        for consent in consents_of(account.id):
            _erase_guardian(consent)
            consent.expires_at = min(consent.expires_at, clock.now())
        notify(account.id, "turned_14", "만 14세가 되었어요. 이제 보호자 동의 없이 참여할 수 있어요.", "/profile")
    return len(released)


def erase_unanswered_guardians() -> int:
    """Erase the data of guardians who did not answer in time: it is kept no longer than needed. The caller commits.

    :return: how many requests
    """
    stale = GuardianConsent.given_at.is_(None) & GuardianConsent.guardian_email.is_not(None)
    query = sa.select(GuardianConsent).where(stale, GuardianConsent.expires_at <= clock.now())
    # Locked: who consents in this very moment is not erased. Rows that somebody else holds wait for the next minute.
    found = db.session.scalars(query.with_for_update(of=GuardianConsent, skip_locked=True)).all()
    for consent in found:
        _erase_guardian(consent)
    db.session.flush()
    return len(found)


def _lock_child(consent: GuardianConsent) -> Account:
    """Lock and return the child's account.

    :raise WrongState: the request expired, was answered, or consent is no longer needed
    """
    child = consent.account
    db.session.refresh(child, with_for_update={"of": Account})
    db.session.refresh(consent)
    if consent.state is ConsentState.LAPSED:
        raise WrongState("링크의 기한이 지났어요. 어린이가 ‘내 정보’에서 다시 부탁할 수 있어요.")
    if consent.state is not ConsentState.ASKED:
        raise WrongState("이미 답하신 링크예요.")
    if not child.waits_for_consent:
        raise WrongState("이제 동의가 필요하지 않아요. 고마워요.")
    return child


def _erase_guardian(consent: GuardianConsent) -> None:
    consent.guardian_email = consent.guardian_name = consent.guardian_account_id = None


def _hide_texts(consent: GuardianConsent) -> None:
    """Hide the child's texts of every kind, and store their earlier states."""
    participant_id = consent.account.participant_id
    assert participant_id is not None
    for kind in text_kinds():
        for text in kind.lock_shown(participant_id):
            was = kind.take_down(text)
            db.session.add(
                ConsentHiddenText(
                    consent_id=consent.id, was_state=was.state, was_target_id=was.target_id, **reference_of(text)
                )
            )
    db.session.flush()


def _restore_texts(account: Account) -> None:
    """Undo `_hide_texts`, and cancel the scheduled deletion.

    A text that moderation has hidden since stays hidden; what it was before then is corrected.
    """
    for kind in text_kinds():
        markers = _hidden_for_consent(account, kind)
        for text in kind.lock_all(kind.model.id.in_(markers)) if markers else ():
            marker = markers[text.id]
            if not kind.put_back(text, marker.earlier):
                amend_earlier_state(text, marker.earlier)
            db.session.delete(marker)
    for consent in consents_of(account.id):
        consent.delete_after = None
    db.session.flush()


def _hidden_for_consent(account: Account, kind: TextKind) -> dict[int, ConsentHiddenText]:
    query = (
        sa.select(ConsentHiddenText)
        .join(GuardianConsent, GuardianConsent.id == ConsentHiddenText.consent_id)
        .where(GuardianConsent.account_id == account.id, ConsentHiddenText.text_kind == kind.code)
    )
    return {marker.text_id: marker for marker in db.session.scalars(query)}
