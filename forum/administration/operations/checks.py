"""Checks of what only a recorded act may change, and of rules that no constraint can hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import sqlalchemy as sa

from forum.administration.operations.findings import Finding, compare_bytes
from forum.core import clock
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.minutes.checks import wrong_minutes
from forum.people.accounts.identity import GUARDIAN_CONSENT_AGE
from forum.people.accounts.models import Account
from forum.people.policies.models import PolicyKind
from forum.people.policies.queries import outdated_policies
from forum.publication.representation.models import Dimension, ParticipantCount
from forum.response.certificates.models import Certificate
from forum.response.certificates.queries import is_borne_out
from forum.response.referrals.models import Answer, AssignmentState, Milestone, MinistryAssignment, ReferralFile
from forum.response.referrals.queries import is_current_answer
from forum.system.audit.queries import FactReport, compare_facts
from forum.voice.guardians.models import GuardianConsent

REVOCATION_GRACE = timedelta(minutes=10)


def recorded_rows() -> list[Finding]:
    """Compare each kind of row that only recorded acts change with the facts in the audit."""
    findings = []
    for report in compare_facts():
        name = _("감사 기록과 견줌, %(what)s (%(code)s)", what=str(report.kind.label), code=report.kind.code)
        findings.append(Finding(name, report.n_rows, list(_fact_differences(report))))
    return findings


def _fact_differences(report: FactReport) -> Iterator[str]:
    if report.unrecorded and not report.has_baseline:
        yield _("아직 기준이 없습니다. ‘flask forum setup’을 한 번 실행하면 지금 있는 것을 기준으로 적습니다.")
    yield from (_("%(key)s번: 감사 기록에 적힌 것과 다릅니다", key=key) for key in report.changed)
    yield from (_("%(key)s번: 감사 기록에는 있는데 사라졌습니다", key=key) for key in report.gone)
    yield from (_("%(key)s번: 감사 기록에 없습니다", key=key) for key in report.unrecorded)


def completed_deliveries() -> Finding:
    """Check that a completed delivery has steps, and none of them open."""
    is_open = ~Milestone.is_closed | (Milestone.percent_done < 100)
    query = (
        sa.select(
            MinistryAssignment.referral_id,
            sa.func.count(Milestone.id),
            sa.func.sum(sa.case((is_open, 1), else_=0)),
        )
        .select_from(MinistryAssignment)
        .outerjoin(Answer, sa.and_(Answer.referral_id == MinistryAssignment.referral_id, is_current_answer()))
        .outerjoin(Milestone, Milestone.answer_id == Answer.id)
        .where(MinistryAssignment.is_lead, MinistryAssignment.state == AssignmentState.COMPLETED)
        .group_by(MinistryAssignment.referral_id)
        .order_by(MinistryAssignment.referral_id)
    )
    finding = Finding(_("완료한 이행의 단계"), 0)
    for referral_id, n_steps, n_open in db.session.execute(query):
        finding.n_checked += 1
        if n_open or not n_steps:
            line = _(
                "전달 %(id)s번: 완료인데 이행 단계 %(all)s개 가운데 %(n)s개가 끝나지 않았습니다",
                id=referral_id,
                all=n_steps,
                n=int(n_open),
            )
            finding.differences.append(line)
    return finding


def certificates_in_force() -> Finding:
    """Check that the current answer accepts each idea with a certificate in force, as the certificate says.

    The worker revokes others every minute, so an answer of the last `REVOCATION_GRACE` is not looked at.
    """
    is_fresh = sa.exists().where(
        Answer.referral_id == Certificate.referral_id,
        is_current_answer(),
        Answer.published_at > clock.now() - REVOCATION_GRACE,
    )
    query = (
        sa.select(Certificate.id, is_borne_out())
        .where(Certificate.revoked_at.is_(None), ~is_fresh)
        .order_by(Certificate.id)
    )
    finding = Finding(_("효력이 있는 증서와 소관부처의 답변"), 0)
    for certificate_id, borne_out in db.session.execute(query):
        finding.n_checked += 1
        if not borne_out:
            line = _(
                "증서 제%(id)s호: 소관부처가 받아들이지 않은 제안이거나 결정이 다릅니다. 작업자가 돌면 취소합니다",
                id=certificate_id,
            )
            finding.differences.append(line)
    return finding


def referral_files() -> Finding:
    """Compare the hash of each file of a letter with its bytes."""
    query = sa.select(ReferralFile.id, ReferralFile.sha256, ReferralFile.content).order_by(ReferralFile.id)
    return compare_bytes(
        _("전달 문서 파일의 해시"), query, lambda key: _("파일 %(key)s번: 내용이 바뀌었습니다", key=key)
    )


def policies() -> Finding:
    """Check that what people read and agreed to says what the settings are."""
    finding = Finding(_("약관과 안내, 그리고 설정"), len(PolicyKind))
    for one in outdated_policies():
        line = _("%(kind)s: 올린 뒤 설정이 바뀌었습니다. 새 판을 올리세요(/admin/policies).", kind=one.kind.label)
        finding.differences.append(line)
    return finding


def children() -> Finding:
    """Check that people under 14 are known as such, and take part only with a guardian's consent in force."""
    last_grown_up_year = clock.today().year - GUARDIAN_CONSENT_AGE
    in_force = sa.exists().where(
        GuardianConsent.account_id == Account.id,
        GuardianConsent.given_at.is_not(None),
        GuardianConsent.revoked_at.is_(None),
    )
    is_child = (Account.birth_year > last_grown_up_year) | Account.needs_consent_until.is_not(None)
    query = (
        sa.select(Account.id, Account.birth_year, Account.needs_consent_until, Account.waits_for_consent, in_force)
        .where(Account.active, is_child)
        .order_by(Account.id)
    )
    finding = Finding(_("만 14세 미만과 보호자의 동의"), 0)
    for account_id, birth_year, until, waits, has_consent in db.session.execute(query):
        finding.n_checked += 1
        if until is None or (birth_year is not None and until.year != birth_year + GUARDIAN_CONSENT_AGE):
            finding.differences.append(_("계정 %(id)s번: 만 14세가 되는 날이 태어난 해와 맞지 않습니다", id=account_id))
        elif not waits and not has_consent:
            finding.differences.append(_("계정 %(id)s번: 보호자의 동의 없이 참여합니다", id=account_id))
    return finding


def participant_counts() -> Finding:
    """Check that the participants by age are as many as those by region, in each campaign.

    The figures are of some day and move only for several people, so they are not compared with who takes part now.
    """
    of_ages = sa.case((ParticipantCount.dimension == Dimension.AGE, ParticipantCount.people), else_=0)
    query = (
        sa.select(ParticipantCount.campaign_id, sa.func.sum(ParticipantCount.people), sa.func.sum(of_ages))
        .group_by(ParticipantCount.campaign_id)
        .order_by(ParticipantCount.campaign_id)
    )
    finding = Finding(_("참여자 수 (나이와 지역)"), 0)
    for campaign_id, n_all, n_ages in db.session.execute(query):
        finding.n_checked += 1
        if n_all != 2 * n_ages:
            finding.differences.append(_("포럼 %(id)s번: 나이와 지역의 참여자 수가 다릅니다", id=campaign_id))
    return finding


def minutes_of_gatherings() -> Finding:
    """Recount what the rooms answered to their minutes, and look for the quotes in the ideas."""
    n_checked, differences = wrong_minutes()
    return Finding(_("모임의 회의록과 확인, 인용"), n_checked, differences)
