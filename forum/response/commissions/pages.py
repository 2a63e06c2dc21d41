"""What pages show of chosen tasks on their way: the task's, the theme's, the round's and those of officers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for
from flask_login import current_user

from forum.analysis.themes.models import Theme
from forum.core import clock
from forum.core.access import Actor
from forum.core.i18n import _
from forum.deliberation.rounds.models import CouncilRound, CouncilTask, RoundState, TaskState
from forum.deliberation.rounds.queries import tasks_of
from forum.response.commissions.models import Commission, QuarterlyReport
from forum.response.commissions.permissions import can_report, can_send_task
from forum.response.commissions.quarters import last_day_of, quarter_code, quarter_words
from forum.response.commissions.queries import (
    commission_of,
    commissions_led_by,
    commissions_of_tasks,
    count_reports_to_write,
    count_unsent,
    tasks_of_theme,
)
from forum.web.waiting import Waiting


@dataclass(frozen=True)
class ReportLine:
    """A report in a list.

    days_late : of one that is not there; 0 before its day
    is_over : its quarter is
    """

    report: QuarterlyReport
    name: str
    url: str
    days_late: int
    is_over: bool


@dataclass(frozen=True)
class CommissionPage:
    """A chosen task and what became of it; `commission` is None until it is sent.

    lines : its reports, the newest first
    """

    task: CouncilTask
    commission: Commission | None
    lines: Sequence[ReportLine]
    may_send: bool
    may_report: bool

    @property
    def n_late(self) -> int:
        return sum(line.days_late > 0 for line in self.lines)

    @property
    def to_write(self) -> ReportLine | None:
        """The oldest report that an officer may write now."""
        waiting = [line for line in self.lines if line.report.published_at is None]
        return waiting[-1] if waiting and self.may_report else None


def page_of(task: CouncilTask, commission: Commission | None, actor: Actor) -> CommissionPage:
    lines = [line_of(one) for one in reversed(commission.reports)] if commission else []
    may_report = commission is not None and can_report(actor, commission.referral)
    return CommissionPage(task, commission, lines, commission is None and can_send_task(actor), may_report)


def line_of(report: QuarterlyReport) -> ReportLine:
    today = clock.today()
    late = (today - report.due_on).days if report.published_at is None else 0
    quarter = quarter_code(report.quarter_from)
    url = url_for("commissions.report", task_id=report.task_id, quarter=quarter)
    name = quarter_words(report.quarter_from)
    return ReportLine(report, name, url, max(late, 0), last_day_of(report.quarter_from) < today)


def task_panel(task: CouncilTask, actor: Actor) -> CommissionPage | None:
    """Return what the page of a task shows; None until it is chosen."""
    return page_of(task, commission_of(task.id), actor) if task.state is TaskState.CHOSEN else None


def round_panel(round_: CouncilRound, actor: Actor) -> Sequence[CommissionPage] | None:
    """Return the chosen tasks of a finished round with their letters; None before."""
    if round_.state is not RoundState.FINISHED:
        return None
    chosen = tasks_of(round_.id, TaskState.CHOSEN)
    sent = commissions_of_tasks([task.id for task in chosen])
    return [page_of(task, sent.get(task.id), actor) for task in chosen] or None


def theme_tasks(theme: Theme) -> Sequence[CouncilTask]:
    """Return the tasks on the page of a theme; none that a round only plans."""
    return [task for task in tasks_of_theme(theme.id) if task.round.state is not RoundState.PLANNED]


def office_commissions(_officer: object) -> Sequence[CommissionPage]:
    """Return the chosen tasks on an officer's desk: those that their ministry leads."""
    if current_user.ministry_id is None:
        return ()
    return [page_of(one.task, one, current_user) for one in commissions_led_by(current_user.ministry_id)]


def reports_waiting(officer: Actor) -> list[Waiting]:
    """Return how many reports on quarters that are over an officer's ministry has not written."""
    count = count_reports_to_write(officer.ministry_id) if officer.ministry_id is not None else 0
    return [Waiting(_("쓸 분기 보고"), count, f"{url_for('referrals.desk')}#commissions")] if count else []


def letters_waiting(_analyst: Actor) -> list[Waiting]:
    """Return how many chosen tasks wait to be sent."""
    count = count_unsent()
    return [Waiting(_("보낼 대표과제"), count, url_for("commissions.listing"))] if count else []
