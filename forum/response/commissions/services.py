"""Send chosen tasks to their ministries, and publish the reports on each quarter.

Lock order: the task, then its theme and the letter as `forward_theme` takes them; a report after its letter.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from forum.analysis.curation.services import adopt_task
from forum.analysis.themes.models import Theme, ThemeState
from forum.core import clock
from forum.core.access import SYSTEM, Actor, require
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.failpoints import failpoint
from forum.core.i18n import _
from forum.core.text import clean_text, refuse_resident_numbers
from forum.deliberation.rounds.locking import CHANGED_MEANWHILE
from forum.deliberation.rounds.models import CouncilRound, CouncilTask, TaskState
from forum.people.ministries.models import Ministry
from forum.response.commissions import mails
from forum.response.commissions.facts import COMMISSIONS, REPORTS
from forum.response.commissions.models import Commission, QuarterlyReport
from forum.response.commissions.permissions import ANALYSTS_ONLY, LEAD_ONLY, can_report, can_send_task
from forum.response.commissions.quarters import due_day, next_quarter, quarter_code, quarter_of
from forum.response.commissions.queries import commissions_without, is_to_be_reminded, unsent_tasks
from forum.response.referrals.locks import lock_referral
from forum.response.referrals.services import forward_theme
from forum.system.audit.services import record, text_hash

MAX_REPORT_CHARS = 5_000


def ask_for_letters(round_: CouncilRound, _actor: Actor) -> None:
    """Ask the analysts to send the tasks of a round that has just finished. The caller commits."""
    waiting = unsent_tasks(round_.id)
    if waiting:
        mails.ask_for_sending(round_, len(waiting))


def send_task(
    task: CouncilTask,
    actor: Actor,
    lead: Ministry,
    partners: Sequence[Ministry] = (),
    letter: str = "",
    *,
    seen: int,
) -> Commission:
    """Send a chosen task to its ministries as a letter with a clock. The caller commits.

    Its approved theme goes out; a task without one gets a theme of its own, with those of its ideas that are open.

    :param seen: revision of the task that the page showed
    :raise Forbidden: only analysts
    :raise WrongState: not chosen, sent already, changed since, or its theme cannot be sent now
    :raise InvalidInput: over-long letter, or a resident registration number
    """
    require(can_send_task(actor), str(ANALYSTS_ONLY))
    db.session.refresh(task, with_for_update={"of": CouncilTask})
    require(can_send_task(actor), str(ANALYSTS_ONLY))
    if task.state is not TaskState.CHOSEN:
        raise WrongState(_("두 공동위원장이 서명해 확정한 대표과제만 보낼 수 있어요."))
    if db.session.get(Commission, task.id) is not None:
        raise WrongState(_("벌써 소관부처에 보낸 대표과제예요."))
    if task.revision != seen:
        raise WrongState(str(CHANGED_MEANWHILE))
    theme = _theme_of(task)
    made_theme = theme is None
    if theme is None:
        theme = _make_theme(task, actor)
    referral = forward_theme(
        theme,
        actor,
        lead,
        partners,
        letter,
        version=theme.version,
        told=mails.proposers_and_followers(task),
        may_quote_nothing=not task.ideas,
    )
    commission = Commission(
        task_id=task.id, referral_id=referral.id, made_theme=made_theme, sent_by_id=actor.id, sent_at=clock.now()
    )
    db.session.add(commission)
    db.session.flush()
    first = _open_report(commission)
    after = {"letter": referral.code, "lead": lead.code, "made_theme": made_theme, "first": first}
    record(actor, "commissions.send", commission, after=after, facts=COMMISSIONS.of([task.id]))
    mails.notify_of_commission(commission)
    return commission


def write_report(report: QuarterlyReport, officer: Actor, text: str, *, seen: int) -> None:
    """Publish the report on a quarter; it never changes afterwards. The caller commits.

    :param seen: revision of the report that the page showed
    :raise Forbidden: only officers of the ministry that leads now
    :raise WrongState: published already, or changed since
    :raise InvalidInput: no text, too long, or a resident registration number
    """
    referral = report.commission.referral
    require(can_report(officer, referral), str(LEAD_ONLY))
    text = clean_text(text, "text", _("분기 보고"), max_chars=MAX_REPORT_CHARS)
    refuse_resident_numbers(text, "text")
    lock_referral(referral)
    require(can_report(officer, referral), str(LEAD_ONLY))
    db.session.refresh(report, with_for_update={"of": QuarterlyReport})
    if report.published_at is not None:
        raise WrongState(_("벌써 낸 분기 보고예요. 낸 뒤에는 고칠 수 없어요."))
    if report.revision != seen:
        raise WrongState(str(CHANGED_MEANWHILE))
    report.text, report.author_id, report.published_at = text, officer.id, clock.now()
    report.revision += 1
    db.session.flush()
    after = {"quarter": quarter_code(report.quarter_from), "text": text_hash(text)}
    record(officer, "commissions.report", report, after=after, facts=REPORTS.of([report.id]))
    mails.notify_of_report(report)


def open_reports() -> int:
    """Open the present quarter's reports of tasks that ministries still work on. The caller commits.

    A task whose letter went out before, and that was missed, gets those of the quarters between too.

    :return: how many tasks got one
    """
    waiting = commissions_without(quarter_of(clock.today()))
    query = sa.select(Commission).where(Commission.task_id.in_(waiting)).order_by(Commission.task_id)
    for commission in db.session.scalars(query.with_for_update(of=Commission)):
        _open_report(commission)
    return len(waiting)


def remind_of(report_id: int) -> bool:
    """Remind of a report unless that is no longer due. The caller commits.

    :return: whether it was; two workers remind once
    """
    query = sa.select(QuarterlyReport).where(QuarterlyReport.id == report_id, is_to_be_reminded())
    locked = query.with_for_update(of=QuarterlyReport).execution_options(populate_existing=True)
    report = db.session.scalar(locked)
    if report is None:
        return False
    report.reminded_on = clock.today()
    db.session.flush()
    mails.remind_of_report(report)
    failpoint("commissions.reminding")
    return True


def _theme_of(task: CouncilTask) -> Theme | None:
    theme = task.theme
    while theme is not None and theme.merged_into is not None:
        theme = theme.merged_into
    if theme is not None and theme.state is not ThemeState.APPROVED:
        words = {"title": theme.title, "state": theme.state.label}
        raise WrongState(_("이 과제의 정책 주제 ‘%(title)s’{이} ‘%(state)s’ 상태라 보낼 수 없어요.", **words))
    return theme


def _make_theme(task: CouncilTask, actor: Actor) -> Theme:
    """Make the theme that a letter needs. Its summary is the task's own, with the numbers of its ideas."""
    ideas = sorted(one.idea_id for one in task.ideas)
    marks = " ".join(f"[#{idea_id}]" for idea_id in ideas)
    told = _("협의회가 고른 대표과제예요 %(marks)s.", marks=marks) if marks else _("협의회가 고른 대표과제예요.")
    summary = "\n\n".join(filter(None, (task.summary, told)))
    why = _("협의회가 대표과제로 골라, 소관부처에 전하려고 만든 정책 주제예요.")
    return adopt_task(task.round.campaign_id, actor, task.title, summary, ideas, why)


def _open_report(commission: Commission) -> str:
    """Add the reports up to the present quarter, from the one in which the letter went out.

    :return: code of the last one
    """
    newest = sa.select(sa.func.max(QuarterlyReport.quarter_from)).where(QuarterlyReport.task_id == commission.task_id)
    last = db.session.scalar(newest)
    present = quarter_of(clock.today())
    quarter = next_quarter(last) if last else quarter_of(commission.referral.sent_on)
    while quarter <= present:
        report = QuarterlyReport(task_id=commission.task_id, quarter_from=quarter, due_on=due_day(quarter))
        db.session.add(report)
        db.session.flush()
        after = {"quarter": quarter_code(quarter)}
        record(SYSTEM, "commissions.open_report", report, after=after, facts=REPORTS.of([report.id]))
        quarter = next_quarter(quarter)
    return quarter_code(present)
