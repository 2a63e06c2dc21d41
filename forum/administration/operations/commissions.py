"""Checks of chosen tasks on their way: their letters, and one report for each quarter since. Counts quarters itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

import sqlalchemy as sa

from forum.administration.operations.findings import Finding
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.rounds.models import CouncilTask, TaskIdea, TaskState
from forum.response.commissions.models import Commission, QuarterlyReport
from forum.response.referrals.models import Referral, ReferralIdea


def commissions() -> Finding:
    """Check that only chosen tasks were sent, each as a letter about its theme that quotes no idea from elsewhere."""
    finding = Finding(_("대표과제를 전한 문서"), 0)
    query = (
        sa.select(Commission, CouncilTask, Referral)
        .join(CouncilTask, CouncilTask.id == Commission.task_id)
        .join(Referral, Referral.id == Commission.referral_id)
        .order_by(Commission.task_id)
    )
    strangers = _quoted_from_elsewhere()
    for commission, task, letter in db.session.execute(query):
        finding.n_checked += 1
        for words in _wrong_letter(commission, task, letter, strangers):
            finding.differences.append(_("과제 %(id)s번: %(words)s", id=task.id, words=words))
    return finding


def _wrong_letter(commission: Commission, task: CouncilTask, letter: Referral, strangers: set[int]) -> Iterator[str]:
    if task.state is not TaskState.CHOSEN:
        yield _("대표과제가 아닌데 보냈다고 되어 있어요")
    if commission.made_theme == (task.theme_id is not None):
        yield _("정책 주제를 새로 만들었는지가 과제와 맞지 않아요")
    if commission.sent_at < letter.sent_at:
        yield _("문서보다 먼저 보냈다고 되어 있어요")
    if commission.made_theme and task.id in strangers:
        yield _("과제에 없는 제안이 문서에 실렸어요")


def _quoted_from_elsewhere() -> set[int]:
    """Return the tasks whose letter, about a theme of their own, quotes an idea that is not theirs."""
    own = sa.exists().where(TaskIdea.task_id == Commission.task_id, TaskIdea.idea_id == ReferralIdea.idea_id)
    query = (
        sa.select(Commission.task_id)
        .join(ReferralIdea, ReferralIdea.referral_id == Commission.referral_id)
        .where(Commission.made_theme, ~own)
    )
    return set(db.session.scalars(query))


def quarterly_reports() -> Finding:
    """Check that the reports on a task follow quarter upon quarter from that of its letter, each due on its day."""
    finding = Finding(_("대표과제의 분기 보고"), 0)
    query = (
        sa.select(QuarterlyReport, Referral.sent_on)
        .join(Commission, Commission.task_id == QuarterlyReport.task_id)
        .join(Referral, Referral.id == Commission.referral_id)
        .order_by(QuarterlyReport.task_id, QuarterlyReport.quarter_from)
    )
    seen: dict[int, int] = defaultdict(int)
    for report, sent_on in db.session.execute(query):
        finding.n_checked += 1
        place = _months(sent_on) // 3 + seen[report.task_id]
        seen[report.task_id] += 1
        months = 3 * place
        for words in _wrong_report(report, months):
            finding.differences.append(_("분기 보고 %(id)s번: %(words)s", id=report.id, words=words))
    return finding


def _wrong_report(report: QuarterlyReport, months: int) -> Iterator[str]:
    if report.quarter_from != date(months // 12, months % 12 + 1, 1):
        yield _("분기가 이어지지 않아요")
    if (_months(report.due_on) - _months(report.quarter_from), report.due_on.day) != (3, 15):
        yield _("기한이 다음 달 15일이 아니에요")


def _months(day: date) -> int:
    return 12 * day.year + day.month - 1


def themes_without_words() -> sa.Select[int]:
    """Return the themes that were made to send a task which comes from no idea."""
    has_ideas = sa.exists().where(TaskIdea.task_id == Commission.task_id)
    query = sa.select(Referral.theme_id).join(Commission, Commission.referral_id == Referral.id)
    return query.where(Commission.made_theme, ~has_ideas)


COMMISSION_CHECKS = (commissions, quarterly_reports)
