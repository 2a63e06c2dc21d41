"""Issue certificates, record or revoke the consent to be named, and render certificates as PDF."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import SYSTEM, Actor, require
from forum.core.database import insert_or_ignore
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.korean import day
from forum.core.links import link_to, path_for
from forum.core.pdf import typeset
from forum.people.accounts.models import Account
from forum.response.certificates.facts import CERTIFICATES, NAME_CONSENTS
from forum.response.certificates.models import Certificate, NameConsent
from forum.response.certificates.permissions import can_agree_to_be_named, is_own_certificate
from forum.response.certificates.queries import ideas_without_certificate
from forum.system.audit.services import record
from forum.system.notices.services import notify_all

BATCH_SIZE = 200
TEMPLATE = Path(__file__).parent / "templates" / "certificates" / "certificate.typ"
NOT_MY_CERTIFICATE = "내 제안의 증서에만 이름을 넣을 수 있습니다."
UNNAMED = "이름을 밝히지 않은 제안자"


def issue_batch_of_certificates() -> int | None:
    """Issue up to `BATCH_SIZE` certificates for ideas of accepted letters, and notify the authors. The caller commits.

    :return: number of certificates issued; None if no idea is left without its certificate
    """
    rows = ideas_without_certificate(BATCH_SIZE)
    issued: list[int] = []
    for referral_id, idea_id, participant_id, account_id, title in rows:
        values = {"referral_id": referral_id, "idea_id": idea_id, "participant_id": participant_id}
        insert = insert_or_ignore(db.session, Certificate).values(values | {"issued_at": clock.now()})
        certificate_id = db.session.scalar(insert.returning(Certificate.id))
        if certificate_id is not None:  # else another worker was faster
            text = _("내 제안 ‘%(title)s’{이} 정책이 되었습니다. 증서를 받아 보세요.", title=title)
            path = path_for("certificates.show", certificate_id=certificate_id)
            notify_all([account_id], "certificate", text, path, in_daily_mail=True)
            issued.append(certificate_id)
    if issued:
        record(SYSTEM, "certificates.issue", None, after={"issued": len(issued)}, facts=CERTIFICATES.of(issued))
    return len(issued) if rows else None


def agree_to_be_named(certificate: Certificate, actor: Actor) -> None:
    """Record the author's consent to be named on the certificate. The caller commits.

    :raise Forbidden: `actor` is not the author
    :raise WrongState: there is a consent already
    """
    require(can_agree_to_be_named(actor, certificate), NOT_MY_CERTIFICATE)
    assert actor.id is not None
    account = _lock_account(actor.id)
    require(account.active and can_agree_to_be_named(account, certificate), NOT_MY_CERTIFICATE)
    db.session.expire(certificate, ["consent"])
    if certificate.consent is not None:
        raise WrongState("이미 이름을 밝힌 증서입니다.")
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
    require(is_own_certificate(actor, certificate), "내 제안의 증서에서만 이름을 뺄 수 있습니다.")
    if certificate.consent is None:
        raise WrongState("이름을 밝히지 않은 증서입니다.")
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


def certificate_pdf(certificate: Certificate) -> bytes:
    """Return the certificate as a tagged PDF (PDF/UA-1)."""
    return typeset(TEMPLATE, _facts(certificate))


def _facts(certificate: Certificate) -> Mapping[str, object]:
    referral = certificate.referral
    answer = referral.published_answer
    assert answer is not None
    assert answer.published_at is not None
    return {
        "number": f"정책이 된 제안 제{certificate.id}호",
        "name": certificate.shown_name or UNNAMED,
        "idea": certificate.idea.title,
        "idea_id": certificate.idea_id,
        "proposed_on": day(certificate.idea.created_at),
        "theme": referral.title,
        "campaign": referral.theme.campaign.title,
        "code": referral.code,
        "ministry": referral.lead.ministry.name,
        "decision": answer.decision.label,
        "answered_on": day(answer.published_at),
        "issued_on": day(certificate.issued_at),
        "milestones": [
            {"title": step.title, "due_on": day(step.due_on), "percent": step.percent_done}
            for step in answer.milestones
        ],
        "url": link_to("certificates.show", certificate_id=certificate.id),
        "is_sample": referral.theme.campaign.is_sample,
    }
