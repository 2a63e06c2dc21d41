from __future__ import annotations

from forum.core.access import Role
from forum.core.korean import day
from forum.people.accounts.queries import staff_accounts
from forum.response.referrals.mails import notify_staff, officers_of
from forum.response.referrals.models import MinistryAssignment


def notify_of_due_date(assignment: MinistryAssignment, words: str, key: str, is_overdue: bool) -> None:
    """Remind the ministry's officers of a due date, and the analysts too once it has passed. The caller commits."""
    referral = assignment.referral
    text = (
        f"{referral.code} ‘{referral.title}’ ({assignment.ministry.name}): {words} 기한 {day(assignment.clock.due_on)}"
    )
    people = list(officers_of([assignment.ministry_id]))
    if is_overdue:
        people += [account for account in staff_accounts() if account.role is Role.ANALYST]
    subject = "답변 기한이 지났습니다" if is_overdue else "답변 기한이 다가옵니다"
    notify_staff(referral, people, "overdue" if is_overdue else "due_soon", text, subject, key)


def notify_of_lapse(assignment: MinistryAssignment) -> None:
    """Notify the ministry's officers that the correction did not come and the clock resumes. The caller commits."""
    referral = assignment.referral
    text = (
        f"{referral.code} ‘{referral.title}’의 보완 기간이 끝나 시계가 다시 갑니다. 기한 {day(assignment.clock.due_on)}"
    )
    officers = officers_of([assignment.ministry_id])
    notify_staff(referral, officers, "correction_lapsed", text, "보완 기간이 끝났습니다", f"lapsed:{assignment.id}")
