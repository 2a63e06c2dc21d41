"""Play the sample's rounds of the council: one from its long list to both signatures and letters, and one under way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from random import Random

import sqlalchemy as sa

from forum.analysis.shortlists.queries import SLATE_JOB as CITIZENS_JOB
from forum.analysis.themes.models import Theme
from forum.core import clock
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.deliberation.advisory.queries import SLATE_JOB as MEMBERS_JOB
from forum.deliberation.advisory.services import explain_departure, open_ballot, rate_finalists
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.hearings.consents import give_consent
from forum.deliberation.hearings.invitations import accept, invite
from forum.deliberation.hearings.models import Hearing, HearingWay
from forum.deliberation.hearings.opinions import invite_opinion, send_opinion
from forum.deliberation.hearings.planning import hold_hearing, plan_hearing
from forum.deliberation.hearings.queries import questions_of
from forum.deliberation.hearings.questions import answer_question, ask_question, vote_question
from forum.deliberation.meetings.attending import arrive
from forum.deliberation.meetings.dissenting import record_dissent
from forum.deliberation.meetings.models import AttendanceWay, Choice, CouncilMeeting, MotionRule, TieRule
from forum.deliberation.meetings.planning import add_item, open_meeting, plan_meeting
from forum.deliberation.meetings.voting import add_motion, cast_ballot, close_motion, open_motion
from forum.deliberation.meetings.writing import close_meeting, sign_minutes
from forum.deliberation.minutes.models import GatheringMinutes
from forum.deliberation.rounds.conflicts import declare_conflict
from forum.deliberation.rounds.long_list import (
    add_idea_task,
    add_minutes_task,
    add_theme_task,
    change_task,
    propose_task,
)
from forum.deliberation.rounds.models import CouncilRound, CouncilTask, StageKind, TaskState
from forum.deliberation.rounds.planning import StagePlan, plan_round
from forum.deliberation.rounds.queries import Member, has_tie, scorers_of, tasks_of
from forum.deliberation.rounds.services import close_stage, decide_stage, open_stage
from forum.deliberation.rounds.signing import sign_result
from forum.deliberation.scorecards.criteria import CriterionRow, set_criteria
from forum.deliberation.scorecards.models import Beside
from forum.deliberation.scorecards.queries import RESULT_JOB, criteria_of, ranks_by_scores
from forum.deliberation.scorecards.services import explain, score
from forum.development.sample.council import Council, Story
from forum.development.sample.letters import ANALYST
from forum.development.sample.people import CITIZEN
from forum.development.sample.shortlist import vote_on
from forum.development.sample.stage import Stage
from forum.people.accounts.models import Account
from forum.people.ministries.queries import get_ministry
from forum.publication.councilpapers.services import make_paper
from forum.response.commissions.services import send_task
from forum.system.jobs.models import Job, JobState
from forum.voice.campaigns.models import Campaign

Runner = Callable[[int], None]
FIRST_HOUR, CLOSING = 0.02, 0.5  # days: acts of one day follow each other
REASONS = (
    _l("우리 동네에서 바로 시작할 수 있어요."),
    _l("효과가 크지만 사람과 돈이 더 필요해요."),
    _l("다음 세대에 꼭 남겨야 할 일이에요."),
    _l("이미 하는 곳이 있어 배우면서 할 수 있어요."),
    _l("준비가 더 필요해 보여요."),
)


def plan_rounds(stage: Stage, council: Council, campaign: Campaign, run: Runner) -> None:
    """Plan the acts of both rounds, each at its moment.

    :param run: runs a job at once, as a worker would within minutes
    """
    for key in ("finished", "running"):
        _Round(stage, council, campaign, council.story[key], run).plan()


class _Round:
    """One round as it is played."""

    def __init__(self, stage: Stage, council: Council, campaign: Campaign, story: Story, run: Runner) -> None:
        self.stage, self.council, self.campaign, self.story, self.run = stage, council, campaign, story, run
        self.random = Random(f"council {story['title']}")  # noqa: S311  (seeded on purpose)
        self.tasks: dict[str, CouncilTask] = {}
        self.round: CouncilRound | None = None
        self.hearing: Hearing | None = None
        self.first_meeting: CouncilMeeting | None = None

    @property
    def analyst(self) -> Account:
        return self.stage.staff[ANALYST]

    @property
    def played(self) -> CouncilRound:
        assert self.round is not None
        return self.round

    def at(self, days_ago: float, act: Callable[[], object]) -> None:
        self.stage.plan(days_ago, act)

    def plan(self) -> None:
        days = self.story["days_ago"]
        self.at(days["plan"], self._plan_round)
        for kind in StageKind:
            if days[kind.name] > 0:
                self.at(days[kind.name], partial(self._begin, kind))
                self.at(days[kind.name] - FIRST_HOUR, partial(self._act, kind))
        self.at(days["LONG_LIST"] - CLOSING, self._declare_early)
        if hearing := self.story.get("hearing"):
            self.at(hearing.get("days_ago", 1.5) + 3 * CLOSING, partial(self._plan_hearing, hearing))
            if "days_ago" in hearing:
                self.at(hearing["days_ago"] - FIRST_HOUR, partial(self._hold_hearing, hearing))
        if opinion := self.story.get("opinion"):
            self.at(days["DELEGATES"] - CLOSING, partial(self._sign_opinion, opinion))
        if "signed" in days:
            self.at(days["meeting"] + 3 * CLOSING, self._plan_first_meeting)
            self.at(days["meeting"], self._meet)
            self.at(days["signed"], self._sign)
            self.at(days["letters"], self._send)
        elif meeting := self.story.get("meeting"):
            self.at(days["DELEGATES"] - CLOSING, partial(self._plan_next_meeting, meeting))

    def _plan_round(self) -> None:
        today, days, n_on = clock.today(), self.story["days_ago"], self.story["n_on"]
        order = list(StageKind)
        begins = [today + timedelta(days=round(days["plan"] - days[kind.name])) for kind in order]
        ends = [*(day for day in begins[1:]), begins[-1] + timedelta(days=7)]
        spans = zip(order, begins, ends, strict=True)
        plans = [StagePlan(kind, begin, end, n_on[kind.name]) for kind, begin, end in spans]
        assert self.council.term is not None
        title, n_chosen = self.story["title"], self.story["n_chosen"]
        self.round = plan_round(self.council.term, self.campaign, self.analyst, title, n_chosen, plans)
        rows = [
            CriterionRow(one["name"], one["question"], one["weight"], Beside[one["beside"]]) for one in self.criteria
        ]
        set_criteria(self.round, self.analyst, rows, seen=self.round.revision)

    @property
    def criteria(self) -> list[Story]:
        found: list[Story] = self.council.story["criteria"]
        return found

    def _begin(self, kind: StageKind) -> None:
        """Close, compute and decide the stage before, and open this one."""
        if self.played.present_stage is not None:
            self._close()
            self._decide()
        open_stage(self.played, self.analyst, seen=self.played.revision)

    def _close(self) -> None:
        close_stage(self.played, self.analyst, seen=self.played.revision)
        self._work()

    def _decide(self) -> None:
        stage = self.played.present_stage
        assert stage is not None
        tasks = tasks_of(self.played.id, TaskState.IN_ROUND)
        ranks = ranks_by_scores(stage) or {task.id: task.number for task in tasks}
        chosen = [task.id for task in tasks if ranks[task.id] <= stage.n_on]
        decide_stage(self.played, self.analyst, chosen, {}, seen=self.played.revision)

    def _act(self, kind: StageKind) -> None:
        if kind is StageKind.LONG_LIST:
            self._fill()
        elif kind is StageKind.ASSEMBLY:
            self._rate()
        else:
            self._score(kind)

    def _fill(self) -> None:
        for plan in self.story["tasks"]:
            task = self._add(plan)
            self.tasks[plan["key"]] = task
            group = self.council.groups[plan["group"]]
            words = (plan["title"], plan["summary"])
            change_task(task, self.analyst, *words, group, task.lead_idea_id, seen=task.revision)

    def _add(self, plan: Story) -> CouncilTask:
        if "idea" in plan:
            return add_idea_task(self.played, self.analyst, self.stage.ideas[plan["idea"]])
        if "theme" in plan:
            named = sa.select(Theme).where(Theme.campaign_id == self.campaign.id, Theme.title == plan["theme"])
            return add_theme_task(self.played, self.analyst, db.session.scalars(named).one())
        if "minutes" in plan:
            held = (
                sa.select(GatheringMinutes)
                .join(Gathering, Gathering.id == GatheringMinutes.gathering_id)
                .where(Gathering.campaign_id == self.campaign.id)
                .order_by(GatheringMinutes.id)
                .limit(1)
            )
            minutes = db.session.scalars(held).one()
            return add_minutes_task(self.played, self.analyst, minutes, plan["title"], plan["summary"])
        return propose_task(self.played, self.council.account(plan["member"]), plan["title"], plan["summary"])

    def _declare_early(self) -> None:
        self._declare(late=False)

    def _declare(self, late: bool) -> None:
        for plan in self.story.get("conflicts", ()):
            if plan.get("late", False) is late:
                declare_conflict(self.tasks[plan["task"]], self.council.account(plan["member"]), plan["text"])

    def _score(self, kind: StageKind) -> None:
        """Let those who weigh a task score it, near to how well it is liked; of the running stage only some have."""
        stage = self.played.stage(kind)
        is_running = self.story["days_ago"]["ASSEMBLY"] < 0 and kind is StageKind.DELEGATES
        early = {self.council.seats[key].id for key in self.story.get("scored_by_delegates", ())}
        for plan in self.story["tasks"]:
            task = self.tasks[plan["key"]]
            if task.state is not TaskState.IN_ROUND:
                continue
            for member in scorers_of(stage, task):
                waits = is_running and (member.seat is None or member.seat.id not in early)
                if not waits and not has_tie(task, member):
                    self._fill_in(task, member, plan["likes"])
        if not is_running and kind is StageKind.SUBCOMMITTEE:
            self._declare(late=True)

    def _fill_in(self, task: CouncilTask, member: Member, likes: float) -> None:
        account = db.session.get_one(Account, member.account_id)
        drawn = (likes + self.random.gauss(0, 0.8) for _criterion in criteria_of(self.played.id))
        values = {
            one.id: min(5, max(1, round(value))) for one, value in zip(criteria_of(self.played.id), drawn, strict=True)
        }
        card = score(task, account, values, str(self.random.choice(REASONS)))
        if card.far_asked_at is not None:
            explain(card, account, str(REASONS[-1]), seen=card.revision)

    def _plan_hearing(self, plan: Story) -> None:
        starts_at = clock.now() + timedelta(days=3 * CLOSING)
        if "days_ahead" in plan:
            starts_at = self.stage.now + timedelta(days=plan["days_ahead"])
        task = self.tasks[plan["task"]]
        self.hearing = plan_hearing(task, self.analyst, starts_at, 30, plan["place"], "")
        author = task.lead_idea.author.account if task.lead_idea and task.lead_idea.author else None
        assert author is not None
        invitation = invite(self.hearing, self.analyst, author)
        if "statement" in plan:
            guardian = "guardian@sample.invalid" if invitation.is_minor else ""
            words = plan["statement"]
            accept(
                invitation, author, HearingWay.TEXT, statement=words, is_minor=False, guardian_email=guardian, seen=1
            )
            if invitation.is_minor:
                give_consent(invitation, author, _("예시 보호자"))
        member = self.council.account("m02")
        asked = ask_question(self.hearing, member, plan["question"])
        if "by_citizen" in plan:
            ask_question(self.hearing, self.stage.staff[CITIZEN], plan["by_citizen"])
        for account, _group in self.stage.people[10:22]:
            vote_question(asked, account, wants=True)

    def _hold_hearing(self, plan: Story) -> None:
        assert self.hearing is not None
        for question in questions_of(self.hearing.id)[:1]:
            answer_question(question, self.analyst, plan["answer"], seen=question.revision)
        hold_hearing(self.hearing, self.analyst, plan["what_changed"], seen=self.hearing.revision)

    def _sign_opinion(self, plan: Story) -> None:
        of_age = self.stage.now.year - 20
        account = next(one for one, _group in reversed(self.stage.people) if (one.birth_year or 0) < of_age)
        task = self.tasks[plan["task"]]
        opinion = invite_opinion(self.analyst, account, plan["name"], plan["affiliation"], task=task)
        send_opinion(opinion, account, plan["text"], seen=opinion.revision)

    def _rate(self) -> None:
        """Let members rate the finalists, and citizens vote on their ideas."""
        approvals = self.story["approvals"]
        n = len(self.council.seats)
        for place, (key, seat) in enumerate(sorted(self.council.seats.items())):
            values = {
                task.id: 1 if (place * 5) % n < approvals.get(task_key, 0) else -1
                for task_key, task in self.tasks.items()
                if task.state is TaskState.IN_ROUND and not has_tie(task, Member(seat=seat))
            }
            rate_finalists(self.played, self.council.account(key), values)
        shortlist = open_ballot(self.played, self.analyst)
        vote_on(self.stage, shortlist)

    def _plan_next_meeting(self, plan: Story) -> None:
        starts_at = self.stage.now + timedelta(days=plan["days_ahead"])
        assert self.council.term is not None
        ends_at, place = starts_at + timedelta(hours=2), plan["place"]
        meeting = plan_meeting(
            self.council.term, self.analyst, plan["title"], starts_at, ends_at, place, "", self.played
        )
        add_item(meeting, self.analyst, _("두 번째 대표과제 확정"), _("대표단이 올린 과제에서 세 개를 골라요."))

    def _plan_first_meeting(self) -> None:
        assert self.council.term is not None
        starts_at = clock.now() + timedelta(days=3 * CLOSING)
        ends_at, place = starts_at + timedelta(hours=2), _("예시청사 큰 회의실")
        self.first_meeting = plan_meeting(
            self.council.term, self.analyst, _("제1차 총회"), starts_at, ends_at, place, "", self.played
        )

    def _meet(self) -> None:
        """Close the ratings, meet, choose by open ballots, and record the result."""
        self._close()
        story, meeting = self.story, self.first_meeting
        assert meeting is not None
        item = add_item(meeting, self.analyst, _("대표과제 확정"), _("대표단이 올린 과제에서 일곱 개를 골라요."))
        paper = add_item(meeting, self.analyst, story["agenda_paper"]["title"], story["agenda_paper"]["text"])
        self.run(make_paper(meeting, self.analyst).id)
        open_meeting(meeting, self.analyst, seen=meeting.revision)
        present = [key for key in self.council.seats if key not in story["absent"]]
        for key in present:
            way = AttendanceWay.ONLINE if key in story["online"] else AttendanceWay.IN_PERSON
            arrive(meeting, self.council.account(key), self.council.seats[key], way)
        finalists = tasks_of(self.played.id, TaskState.IN_ROUND)
        text, places = _("대표과제를 일곱 개까지 골라요."), self.played.n_chosen
        motion = add_motion(item, self.analyst, text, MotionRule.APPROVAL, TieRule.SEED, places, finalists)
        open_motion(motion, self.analyst, seen=motion.revision)
        for place, key in enumerate(present):
            member = Member(seat=self.council.seats[key])
            approved = [
                task.id
                for task_key, task in self.tasks.items()
                if task in finalists
                and (place * 7) % len(present) < story["approvals"].get(task_key, 0)
                and not has_tie(task, member)
            ]
            cast_ballot(motion, self.council.account(key), approved=approved)
        close_motion(motion, self.analyst, seen=motion.revision)
        plan = add_motion(paper, self.analyst, _("내년 일정을 이대로 정할까요?"), MotionRule.MAJORITY, TieRule.FAILS)
        open_motion(plan, self.analyst, seen=plan.revision)
        for key in present:
            cast_ballot(plan, self.council.account(key), Choice.YES)
        close_motion(plan, self.analyst, seen=plan.revision)
        dissent = story["dissent"]
        record_dissent(motion, self.council.account(dissent["member"]), dissent["text"])
        chosen = [one.task_id for one in motion.options if one.place is not None]
        for task in finalists:
            said = story["departures"]["chosen" if task.id in chosen else "left_out"]
            explain_departure(task, self.analyst, said, 0)
        decide_stage(self.played, self.analyst, chosen, {}, seen=self.played.revision)
        minutes = close_meeting(meeting, self.analyst, seen=meeting.revision)
        for key in ("chair", "gov-chair"):
            sign_minutes(minutes, self.council.account(key), seen=minutes.revision)

    def _sign(self) -> None:
        for key in ("chair", "gov-chair"):
            sign_result(self.played, self.council.account(key), seen=self.played.revision)

    def _send(self) -> None:
        """Send some of the chosen tasks to their ministries."""
        for plan in self.story["letters"]:
            task = self.tasks[plan["task"]]
            partners = [get_ministry(code) for code in plan.get("partners", ())]
            send_task(task, self.analyst, get_ministry(plan["to"]), partners, plan["letter"], seen=task.revision)

    def _work(self) -> None:
        """Run what the last act asked a worker for."""
        kinds = (RESULT_JOB, MEMBERS_JOB, CITIZENS_JOB)
        waiting = sa.select(Job.id).where(Job.kind.in_(kinds), Job.state == JobState.QUEUED).order_by(Job.id)
        for job_id in db.session.scalars(waiting).all():
            self.run(job_id)
