"""Notices about chosen tasks on their way: to proposers, followers, analysts and officers."""

from __future__ import annotations

from collections.abc import Sequence

from forum.core import clock
from forum.core.access import Role
from forum.core.i18n import _
from forum.core.korean import day
from forum.core.links import address_of, path_for
from forum.core.mail import SUBJECT_PREFIX
from forum.deliberation.rounds.models import CouncilRound, CouncilTask
from forum.deliberation.rounds.queries import followers_of_task, proposer_accounts
from forum.people.accounts.models import Account
from forum.response.commissions.models import Commission, QuarterlyReport
from forum.response.commissions.quarters import quarter_code, quarter_words
from forum.response.referrals.mails import having_role, officers_of
from forum.system.notices.services import notify_all, queue_mails


def ask_for_sending(round_: CouncilRound, n_tasks: int) -> None:
    """Ask the analysts to send what was chosen. The caller commits."""
    text = _("‘%(round)s’에서 고른 대표과제 %(n)s개를 소관부처에 보내 주세요.", round=round_.title, n=n_tasks)
    path = path_for("rounds.desk", round_id=round_.id)
    _to_staff(having_role(Role.ANALYST), "commission_waits", text, path, _("보낼 대표과제가 있어요"), f"{round_.id}")


def notify_of_commission(commission: Commission) -> None:
    """Notify proposers and followers of the task that it was sent. The caller commits."""
    referral = commission.referral
    text = _(
        "협의회의 대표과제 ‘%(title)s’{이} %(ministry)s에 전달됐어요. %(day)s까지 답변을 받아요.",
        title=commission.task.title,
        ministry=referral.lead.ministry.name,
        day=day(referral.due_on),
    )
    path = path_for("commissions.show", task_id=commission.task_id)
    notify_all(proposers_and_followers(commission.task), "commission_sent", text, path, in_daily_mail=True)


def notify_of_report(report: QuarterlyReport) -> None:
    """Notify proposers and followers that a report is there. The caller commits."""
    commission = report.commission
    text = _(
        "%(ministry)s{이} 대표과제 ‘%(title)s’의 %(quarter)s 보고를 냈어요.",
        ministry=commission.referral.lead.ministry.name,
        title=commission.task.title,
        quarter=quarter_words(report.quarter_from),
    )
    notify_all(
        proposers_and_followers(commission.task), "quarterly_report", text, report_path(report), in_daily_mail=True
    )


def remind_of_report(report: QuarterlyReport) -> None:
    """Remind the officers of the ministry that leads; once it is late, the analysts too. The caller commits."""
    lead = report.commission.referral.lead.ministry
    words = {"title": report.commission.task.title, "quarter": quarter_words(report.quarter_from)}
    late = (clock.today() - report.due_on).days
    if late > 0:
        text = _("대표과제 ‘%(title)s’의 %(quarter)s 보고가 %(n)s일 늦었어요.", n=late, **words)
    else:
        text = _("대표과제 ‘%(title)s’의 %(quarter)s 보고를 %(day)s까지 내 주세요.", day=day(report.due_on), **words)
    people = list(officers_of([lead.id]))
    if late > 0:
        people += having_role(Role.ANALYST)
    key = f"{report.id}:{clock.today().isoformat()}"
    _to_staff(people, "report_due", text, report_path(report), _("분기 보고를 기다려요"), key)


def proposers_and_followers(task: CouncilTask) -> list[int]:
    """Return the accounts of those whose ideas a task comes from, and of who follows them."""
    return sorted(proposer_accounts(task.id) | set(followers_of_task(task)))


def report_path(report: QuarterlyReport) -> str:
    return path_for("commissions.report", task_id=report.task_id, quarter=quarter_code(report.quarter_from))


def _to_staff(accounts: Sequence[Account], kind: str, text: str, path: str, subject: str, key: str) -> None:
    notify_all([one.id for one in accounts], kind, text, path)
    body = f"{text}\n\n{address_of(path)}\n"
    queue_mails({one.email: f"{kind}:{key}:{one.id}" for one in accounts}, SUBJECT_PREFIX + subject, body)
