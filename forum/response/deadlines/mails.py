from __future__ import annotations

from forum.core.access import Role
from forum.core.i18n import _
from forum.core.korean import day
from forum.people.accounts.queries import staff_accounts
from forum.response.referrals.mails import notify_staff, officers_of
from forum.response.referrals.models import MinistryAssignment


def notify_of_due_date(assignment: MinistryAssignment, words: str, key: str, is_overdue: bool) -> None:
    """Remind the ministry's officers of a due date, and the analysts too once it has passed. The caller commits."""
    referral = assignment.referral
    text = _(
        "%(code)s ‘%(title)s’ (%(ministry)s): %(words)s 기한 %(day)s",
        code=referral.code,
        title=referral.title,
        ministry=assignment.ministry.name,
        words=words,
        day=day(assignment.clock.due_on),
    )
    people = list(officers_of([assignment.ministry_id]))
    if is_overdue:
        people += [account for account in staff_accounts() if account.role is Role.ANALYST]
    subject = _("답변 기한이 지났어요") if is_overdue else _("답변 기한이 다가와요")
    notify_staff(referral, people, "overdue" if is_overdue else "due_soon", text, subject, key)


def notify_of_lapse(assignment: MinistryAssignment) -> None:
    """Notify the ministry's officers that the correction did not come and the clock resumes. The caller commits."""
    referral = assignment.referral
    text = _(
        "%(code)s ‘%(title)s’의 보완 기간이 끝나 시계가 다시 가요. 기한 %(day)s",
        code=referral.code,
        title=referral.title,
        day=day(assignment.clock.due_on),
    )
    officers = officers_of([assignment.ministry_id])
    notify_staff(referral, officers, "correction_lapsed", text, _("보완 기간이 끝났어요"), f"lapsed:{assignment.id}")
