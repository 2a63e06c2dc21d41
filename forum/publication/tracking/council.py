"""The way of an idea through the council: the tasks that come from it, what each stage decided, and what followed.

`tasks_of_idea` sends one statement, and three more where there is a task; `council_entries` sends none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from forum.core import clock
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.korean import day
from forum.core.links import path_for
from forum.deliberation.rounds.models import (
    CouncilRound,
    CouncilTask,
    RoundStage,
    RoundState,
    StageDecision,
    StageKind,
    TaskIdea,
    TaskState,
)
from forum.people.ministries.models import Ministry
from forum.publication.tracking.entries import TimelineEntry, shortened
from forum.response.commissions.models import Commission, QuarterlyReport
from forum.response.commissions.quarters import quarter_code, quarter_words
from forum.response.referrals.models import MinistryAssignment


@dataclass(frozen=True)
class TaskDecision:
    stage: StageKind
    goes_on: bool
    reason: str
    at: datetime | None


@dataclass(frozen=True)
class TaskReport:
    """Of a quarter; `published_at` is None while it is not there."""

    quarter_from: date
    due_on: date
    published_at: datetime | None


@dataclass(frozen=True)
class TaskWay:
    """A task that comes from an idea.

    decisions : in the order of the stages
    sent_at, ministry : when it went out as a letter, and who leads it now
    reports : the oldest first
    """

    task: CouncilTask
    decisions: Sequence[TaskDecision] = ()
    sent_at: datetime | None = None
    ministry: str = ""
    reports: Sequence[TaskReport] = ()

    @property
    def is_chosen(self) -> bool:
        return self.task.state is TaskState.CHOSEN


def tasks_of_idea(idea_id: int) -> list[TaskWay]:
    """Return the tasks that come from an idea, the oldest first; none of a round that is only planned."""
    query = (
        sa.select(CouncilTask)
        .join(TaskIdea, TaskIdea.task_id == CouncilTask.id)
        .join(CouncilRound, CouncilRound.id == CouncilTask.round_id)
        .where(TaskIdea.idea_id == idea_id, CouncilRound.state != RoundState.PLANNED)
        .options(joinedload(CouncilTask.round), joinedload(CouncilTask.merged_into))
        .order_by(CouncilTask.id)
    )
    tasks = db.session.scalars(query).all()
    if not tasks:
        return []
    ids = [task.id for task in tasks]
    decisions, sent, reports = _decisions(ids), _sent(ids), _reports(ids)
    ways = []
    for task in tasks:
        sent_at, ministry = sent.get(task.id, (None, ""))
        ways.append(TaskWay(task, decisions[task.id], sent_at, ministry, reports[task.id]))
    return ways


def council_entries(ways: Sequence[TaskWay]) -> Iterator[TimelineEntry]:
    """Yield the entries of the tasks that come from an idea."""
    for way in ways:
        yield from _weighed(way)
        yield from _followed(way)


def _weighed(way: TaskWay) -> Iterator[TimelineEntry]:
    task, words = way.task, {"title": way.task.title}
    url = path_for("rounds.task", task_id=task.id)
    yield TimelineEntry(_("협의회의 과제 ‘%(title)s’에 들어갔어요", **words), task.round.title, task.added_at, url)
    for decision in way.decisions:
        told, why = words | {"stage": decision.stage.label}, shortened(decision.reason)
        if not decision.goes_on:
            title = _("협의회가 과제 ‘%(title)s’{을} ‘%(stage)s’에서 이번에는 고르지 않았어요", **told)
            yield TimelineEntry(title, why, decision.at, url)
        elif decision.stage not in {StageKind.LONG_LIST, StageKind.ASSEMBLY}:
            title = _("과제 ‘%(title)s’{이} ‘%(stage)s’에서 다음 단계로 올라갔어요", **told)
            yield TimelineEntry(title, why, decision.at, url)
    if task.state is TaskState.WITHDRAWN:
        yield TimelineEntry(_("협의회가 과제 ‘%(title)s’{을} 거두었어요", **words), shortened(task.reason), url=url)
    elif task.merged_into is not None:
        title = _("과제 ‘%(title)s’{을} 과제 ‘%(other)s’에 합쳤어요", other=task.merged_into.title, **words)
        there = path_for("rounds.task", task_id=task.merged_into.id)
        yield TimelineEntry(title, shortened(task.reason), url=there)
    elif way.is_chosen:
        title = _("과제 ‘%(title)s’{이} 협의회의 대표과제가 됐어요", **words)
        yield TimelineEntry(title, task.round.title, task.round.finished_at, url)


def _followed(way: TaskWay) -> Iterator[TimelineEntry]:
    """Yield the letter, the reports that came, and the first one that is late."""
    if not way.is_chosen:
        return
    url = path_for("commissions.show", task_id=way.task.id)
    if way.sent_at is None:
        yield TimelineEntry(_("대표과제를 맡을 부처에 전달"), done=False, url=url)
        return
    title = _("대표과제 ‘%(title)s’{을} 문서로 보냈어요", title=way.task.title)
    yield TimelineEntry(title, _("지금 %(ministry)s{이} 맡고 있어요.", ministry=way.ministry), way.sent_at, url)
    for report in way.reports:
        if report.published_at is not None:
            words = {"ministry": way.ministry, "quarter": quarter_words(report.quarter_from)}
            title = _("%(ministry)s{이} 대표과제의 %(quarter)s 보고를 냈어요", **words)
            yield TimelineEntry(title, way.task.title, report.published_at, _report_path(way, report))
    waiting = [one for one in way.reports if one.published_at is None]
    if waiting:
        first = waiting[0]
        late = (clock.today() - first.due_on).days
        told = _("%(n)s일 늦었어요.", n=late) if late > 0 else _("%(day)s까지 내야 해요.", day=day(first.due_on))
        title = _("대표과제의 %(quarter)s 보고", quarter=quarter_words(first.quarter_from))
        yield TimelineEntry(title, told, url=_report_path(way, first), done=False)


def _report_path(way: TaskWay, report: TaskReport) -> str:
    return path_for("commissions.report", task_id=way.task.id, quarter=quarter_code(report.quarter_from))


def _decisions(task_ids: Sequence[int]) -> dict[int, list[TaskDecision]]:
    query = (
        sa.select(
            StageDecision.task_id, RoundStage.kind, StageDecision.goes_on, StageDecision.reason, RoundStage.decided_at
        )
        .join(RoundStage, RoundStage.id == StageDecision.stage_id)
        .where(StageDecision.task_id.in_(task_ids))
        .order_by(StageDecision.task_id, RoundStage.position)
    )
    found: dict[int, list[TaskDecision]] = defaultdict(list)
    for task_id, kind, goes_on, reason, decided_at in db.session.execute(query):
        found[task_id].append(TaskDecision(kind, goes_on, reason, decided_at))
    return found


def _sent(task_ids: Sequence[int]) -> dict[int, tuple[datetime, str]]:
    lead = sa.and_(MinistryAssignment.referral_id == Commission.referral_id, MinistryAssignment.is_lead)
    query = (
        sa.select(Commission.task_id, Commission.sent_at, Ministry.name)
        .join(MinistryAssignment, lead)
        .join(Ministry, Ministry.id == MinistryAssignment.ministry_id)
        .where(Commission.task_id.in_(task_ids))
        .order_by(Commission.task_id)
    )
    return {task_id: (sent_at, name) for task_id, sent_at, name in db.session.execute(query)}


def _reports(task_ids: Sequence[int]) -> dict[int, list[TaskReport]]:
    query = (
        sa.select(
            QuarterlyReport.task_id, QuarterlyReport.quarter_from, QuarterlyReport.due_on, QuarterlyReport.published_at
        )
        .where(QuarterlyReport.task_id.in_(task_ids))
        .order_by(QuarterlyReport.task_id, QuarterlyReport.quarter_from)
    )
    found: dict[int, list[TaskReport]] = defaultdict(list)
    for task_id, quarter_from, due_on, published_at in db.session.execute(query):
        found[task_id].append(TaskReport(quarter_from, due_on, published_at))
    return found
