"""Issue and revoke certificates, record or revoke the consent to be named, and render certificates as PDF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import SYSTEM, Actor, require
from forum.core.database import affected, insert_or_ignore
from forum.core.errors import Gone, WrongState
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.core.korean import day
from forum.core.links import link_to, path_for
from forum.core.pdf import typeset
from forum.people.accounts.models import Account
from forum.response.certificates.facts import CERTIFICATES, NAME_CONSENTS, VALIDITY
from forum.response.certificates.models import Certificate, NameConsent, RevocationReason
from forum.response.certificates.permissions import can_agree_to_be_named, is_own_certificate
from forum.response.certificates.queries import due_certificates, due_revocations
from forum.response.certificates.wording import Wording, wording_of
from forum.system.audit.services import record
from forum.system.notices.services import notify_all

BATCH_SIZE = 200
TEMPLATE = Path(__file__).parent / "templates" / "certificates" / "certificate.typ"
NOT_MY_CERTIFICATE = _l("내 제안의 증서에만 이름을 넣을 수 있어요.")
UNNAMED = "이름을 밝히지 않은 제안자"


def issue_batch_of_certificates() -> int | None:
    """Issue up to `BATCH_SIZE` certificates for accepted ideas, and notify the authors. The caller commits.

    :return: number of certificates issued; None if no idea is left without its certificate
    """
    due = due_certificates(BATCH_SIZE)
    issued: list[int] = []
    for one in due:
        values: dict[str, object] = {
            "referral_id": one.referral_id,
            "idea_id": one.idea_id,
            "participant_id": one.participant_id,
        }
        values |= {"decision": one.decision, "issued_at": clock.now()}
        insert = insert_or_ignore(db.session, Certificate).values(values)
        certificate_id = db.session.scalar(insert.returning(Certificate.id))
        if certificate_id is not None:  # else another worker was faster
            path = path_for("certificates.show", certificate_id=certificate_id)
            text = wording_of(one.referral_id, one.decision, one.title).told
            notify_all([one.account_id], "certificate", text, path, in_daily_mail=True)
            issued.append(certificate_id)
    if issued:
        facts = CERTIFICATES.of(issued) | VALIDITY.of(issued)
        record(SYSTEM, "certificates.issue", None, after={"issued": len(issued)}, facts=facts)
    return len(issued) if due else None


def revoke_batch_of_certificates() -> int | None:
    """Revoke up to `BATCH_SIZE` certificates that the current answers do not bear out, and notify the authors.

    The consents to be named on them end too. The caller commits.

    :return: number of certificates revoked; None if none is left
    """
    due = due_revocations(BATCH_SIZE)
    revoked: dict[int, RevocationReason] = {}
    for one in due:
        update = (
            sa.update(Certificate)
            .where(Certificate.id == one.certificate_id, Certificate.revoked_at.is_(None))
            .values(revoked_at=clock.now(), revoked_reason=one.reason)
        )
        if affected(db.session.execute(update.execution_options(synchronize_session=False))):
            path = path_for("certificates.show", certificate_id=one.certificate_id)
            people = [one.account_id] if one.account_id is not None else []
            text = _revoked_text(one.certificate_id, one.title, one.reason)
            notify_all(people, "certificate_revoked", text, path, in_daily_mail=True)
            revoked[one.certificate_id] = one.reason
    if revoked:
        ended = _end_consents(list(revoked))
        after = {"revoked": {str(number): reason.name for number, reason in revoked.items()}}
        facts = CERTIFICATES.of(list(revoked)) | VALIDITY.of(list(revoked)) | NAME_CONSENTS.of(ended)
        record(SYSTEM, "certificates.revoke", None, after=after, facts=facts)
    return len(revoked) if due else None


def _revoked_text(number: int, title: str, reason: RevocationReason) -> str:
    """Return what the author hears; without a title if the idea is withdrawn or hidden."""
    which = {"number": number, "idea": _("내 제안 ‘%(title)s’", title=title) if title else _("내 제안")}
    if reason is RevocationReason.ISSUED_IN_ERROR:
        return _(
            "%(idea)s에 드린 증서 제%(number)s호는 잘못 나간 증서라서 취소했어요. 소관부처의 답변은 이 제안을 "
            "받아들인다고 말하지 않았어요. 기대하게 해 드려 죄송해요. 제안과 투표, 답변은 그대로예요.",
            **which,
        )
    if reason is RevocationReason.REPLACED:
        return _(
            "소관부처가 %(idea)s에 한 결정을 고쳐서, 증서 제%(number)s호를 새 증서로 바꾸었어요.",
            **which,
        )
    return _(
        "소관부처가 답변을 고쳐서, %(idea)s에 드린 증서 제%(number)s호를 취소했어요. 새 답변과 그 까닭은 증서 "
        "화면에서 볼 수 있어요. 제안해 주셔서 고마워요.",
        **which,
    )


def _end_consents(certificate_ids: Sequence[int]) -> list[int]:
    """End the consents to be named on certificates that were just revoked: nothing is left to be named on."""
    ended = (
        sa.update(NameConsent)
        .where(NameConsent.certificate_id.in_(certificate_ids), NameConsent.revoked_at.is_(None))
        .values(revoked_at=clock.now())
        .returning(NameConsent.id)
    )
    return list(db.session.scalars(ended.execution_options(synchronize_session=False)))


def agree_to_be_named(certificate: Certificate, actor: Actor) -> None:
    """Record the author's consent to be named on the certificate. The caller commits.

    :raise Forbidden: `actor` is not the author
    :raise WrongState: there is a consent already, or the certificate was revoked
    """
    require(can_agree_to_be_named(actor, certificate), str(NOT_MY_CERTIFICATE))
    assert actor.id is not None
    account = _lock_account(actor.id)
    require(account.active and can_agree_to_be_named(account, certificate), str(NOT_MY_CERTIFICATE))
    # Shared with others who only read the row: a revocation meanwhile waits, or is seen here.
    db.session.refresh(certificate, with_for_update={"of": Certificate, "read": True})
    db.session.expire(certificate, ["consent"])
    if certificate.revoked_at is not None:
        raise WrongState(_("취소된 증서에는 이름을 넣을 수 없어요."))
    if certificate.consent is not None:
        raise WrongState(_("이미 이름을 밝힌 증서예요."))
    consent = NameConsent(certificate_id=certificate.id, account_id=actor.id, given_at=clock.now())
    db.session.add(consent)
    db.session.flush()
    record(SYSTEM, "certificates.name", certificate, facts=NAME_CONSENTS.of([consent.id]))
    db.session.expire(certificate, ["consent"])


def take_name_back(certificate: Certificate, actor: Actor) -> None:
    """Revoke the author's consent to be named on the certificate. The caller commits.

    :raise Forbidden: `actor` is not the author
    :raise WrongState: there is no consent
    """
    require(is_own_certificate(actor, certificate), _("내 제안의 증서에서만 이름을 뺄 수 있어요."))
    if certificate.consent is None:
        raise WrongState(_("이름을 밝히지 않은 증서예요."))
    consent_id = certificate.consent.id
    db.session.execute(
        sa.update(NameConsent)
        .where(NameConsent.id == consent_id, NameConsent.revoked_at.is_(None))
        .values(revoked_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    record(SYSTEM, "certificates.unname", certificate, facts=NAME_CONSENTS.of([consent_id]))
    db.session.expire(certificate, ["consent"])


def _lock_account(account_id: int) -> Account:
    """Lock the author's account: they may be leaving, or a guardian taking the consent back, at this moment."""
    lock = {"of": Account, "key_share": True}
    return db.session.get_one(Account, account_id, populate_existing=True, with_for_update=lock)


def shown_words(certificate: Certificate) -> Wording:
    """Return what the certificate says, which is no more than the ministry did."""
    return wording_of(certificate.referral_id, certificate.decision, certificate.idea.title)


def certificate_pdf(certificate: Certificate) -> bytes:
    """Return the certificate as a tagged PDF (PDF/UA-1).

    :raise Gone: it was revoked
    """
    if certificate.revoked_at is not None:
        raise Gone(_("취소된 증서라 내려받을 수 없어요. 언제, 왜 취소했는지는 증서 화면에 있어요."))
    return typeset(TEMPLATE, _facts(certificate))


def _facts(certificate: Certificate) -> Mapping[str, object]:
    referral = certificate.referral
    answer = referral.published_answer
    assert answer is not None
    assert answer.published_at is not None
    words = shown_words(certificate)
    return {
        "number": _("증서 제%(number)s호", number=certificate.id),
        "name": certificate.shown_name or UNNAMED,
        "idea": certificate.idea.title,
        "idea_id": certificate.idea_id,
        "proposed_on": day(certificate.idea.created_at),
        "theme": referral.title,
        "campaign": referral.theme.campaign.title,
        "code": referral.code,
        "ministry": referral.lead.ministry.name,
        "title": words.heading,
        "outcome": words.outcome,
        "decision": certificate.decision.label,
        "answered_on": day(answer.published_at),
        "issued_on": day(certificate.issued_at),
        "milestones": [
            {"title": step.title, "due_on": day(step.due_on), "percent": step.percent_done}
            for step in answer.milestones
        ],
        "url": link_to("certificates.show", certificate_id=certificate.id),
        "is_sample": referral.theme.campaign.is_sample,
    }
