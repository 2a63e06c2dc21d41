"""Load the sample of `data/sample` into an empty forum, through the services that people use.

This is the body of `flask forum setup`, not a service: it commits after each step. It has to, since the analysis and
the digest are jobs, which read what is committed.

Each act happens at its own moment of the past weeks, and in that order: the analysis sees only what was written before
it, a letter quotes the votes of its day, and ministries are reminded of due dates, as in a real forum. Votes are drawn
with fixed seeds from the support that each sample idea states for three groups of people, and a few ideas by age.
Everything is marked as sample, and production refuses to start with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import sqlalchemy as sa

from forum.analysis.opinions.services import start_snapshot
from forum.analysis.themes.models import Theme
from forum.analysis.themes.services import start_run
from forum.analysis.words.services import change_words
from forum.core import clock
from forum.core.access import SYSTEM
from forum.core.extensions import db
from forum.core.i18n import _
from forum.development.sample.council import plan_council
from forum.development.sample.council_rounds import plan_rounds
from forum.development.sample.datafiles import add_files
from forum.development.sample.dataneeds import plan_needs
from forum.development.sample.datarequests import plan_requests
from forum.development.sample.datasets import plan_datasets
from forum.development.sample.datauses import plan_uses
from forum.development.sample.everyday import plan_short_path
from forum.development.sample.gatherings import ideas_of_rooms, plan_gatherings
from forum.development.sample.letters import ANALYST, certify, plan_duties
from forum.development.sample.organised import exclude_organised_votes, plan_organised_votes
from forum.development.sample.people import FIRST_DAY, create_people, create_staff
from forum.development.sample.promises import plan_promises
from forum.development.sample.shortlist import plan_shortlist
from forum.development.sample.stage import Stage
from forum.development.sample.themes import plan_theme
from forum.development.sample.together import Together, plan_together, report_days_ago
from forum.development.sample.voices import (
    FOLDER,
    everyday_rows,
    plan_citizen,
    plan_flood,
    plan_ideas,
    plan_votes,
    sample_rows,
)
from forum.people.accounts.models import Account
from forum.publication.dayreports.queries import DAY_REPORT_JOB
from forum.publication.digests.models import Digest, DigestState
from forum.publication.digests.plan import DigestRequest
from forum.publication.digests.services import start_digest
from forum.system.jobs.models import Job
from forum.system.jobs.waiting import run_or_follow_job
from forum.voice.campaigns.models import Campaign, CampaignKind, PhaseKind
from forum.voice.campaigns.services import Span, Spans, add_campaign
from forum.voice.ideas.models import Comment, Idea
from forum.voice.integrity.services import enqueue_look
from forum.voice.votes.models import Vote

SEED = 2050
RUN_DAYS_AGO = 47.0  # long enough ago for a letter whose month is over
EVERYDAY_RUN_DAYS_AGO = 12.0
WORDS_DAYS_AGO = RUN_DAYS_AGO + 1  # before the analysis that reads them
CERTIFY_DAYS_AGO = 8.5  # after the story's answers
MAX_WAIT_MINUTES = 30  # for a worker that has the sample's analysis or digest


def has_campaigns() -> bool:
    return db.session.scalar(sa.select(sa.exists().where(Campaign.id.is_not(None)))) or False


def is_half_loaded() -> bool:
    """Return whether loading was interrupted: only sample data exists, and the digest, its last step, is missing."""
    theirs = sa.select(Account.id).where(~Account.is_sample)
    return (
        has_campaigns()
        and not db.session.scalar(sa.select(sa.exists().where(~Campaign.is_sample)))
        and not db.session.scalar(sa.select(theirs.exists()))
        and not db.session.scalar(sa.select(sa.exists().where(Digest.state == DigestState.PUBLISHED)))
    )


def load_sample() -> Iterator[str]:
    """Fill the forum, yielding a line after each step. Commits after each. The ministries must be loaded already."""
    story = json.loads((FOLDER / "story.json").read_text(encoding="utf-8"))
    stage = Stage(clock.now(), Random(SEED), story, sample_rows())  # noqa: S311  (seeded on purpose)
    stage.rows_by_id = {row["id"]: row for row in [*stage.rows, *everyday_rows()]}
    campaign, everyday = _campaigns(stage)
    create_staff(stage)
    create_people(stage)
    db.session.commit()
    yield f"계정 {len(stage.people) + len(stage.voters) + len(stage.staff)}개"
    together = _plan_all(stage, campaign, everyday)
    slate_jobs, alike = plan_shortlist(stage, campaign), plan_organised_votes(stage, campaign)
    stage.play(until=RUN_DAYS_AGO)
    db.session.commit()
    yield _("분석 앞의 제안 %(ideas)s건과 투표 %(votes)s표", ideas=_count(Idea), votes=_count(Vote))
    _analyse(campaign, stage, RUN_DAYS_AGO)
    stage.play(until=report_days_ago(stage, together))
    _day_report(stage, together)
    stage.play(until=EVERYDAY_RUN_DAYS_AGO)
    _analyse(everyday, stage, EVERYDAY_RUN_DAYS_AGO)
    stage.play()
    db.session.commit()
    yield f"제안 {_count(Idea)}건과 투표 {_count(Vote)}표, 댓글 {_count(Comment)}개"
    yield f"정책 주제 {_count(Theme)}개와 전달·답변"
    yield _("집계에서 뺀 투표, 참여자 %(n)s명", n=_judge_votes(stage, campaign, alike))
    file_jobs = add_files(stage)
    db.session.commit()
    for job_id in file_jobs:
        run_or_follow_job(job_id, MAX_WAIT_MINUTES, _("파일을 검사하는 중"))
    for job in slate_jobs:
        run_or_follow_job(job.id, MAX_WAIT_MINUTES, _("대표안을 고르는 중"))
    for one in (campaign, everyday):
        _snapshot(one)
    yield _("의견 갈래와 공감대")
    _digest(campaign, stage)
    yield "보고서 1개"


def _count(table: type[Any]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def _campaigns(stage: Stage) -> tuple[Campaign, Campaign]:
    """Add the forum, all of whose phases are open for the walk, and the everyday campaign, whose review is over."""

    def spans(**days: tuple[float, float | None]) -> Spans:
        return {
            PhaseKind[name]: Span(stage.days_ago(opens), None if closes is None else stage.days_ago(closes))
            for name, (opens, closes) in days.items()
        }

    forum = spans(
        PROPOSING=(FIRST_DAY, -30),
        VOTING=(FIRST_DAY, -45),
        REVIEW=(RUN_DAYS_AGO + 2, -60),
        REFERRAL=(RUN_DAYS_AGO, -75),
        ANSWER=(RUN_DAYS_AGO, -120),
    )
    open_all_year = (FIRST_DAY, None)
    all_year = spans(
        PROPOSING=open_all_year, VOTING=open_all_year, REVIEW=(20, 6), REFERRAL=open_all_year, ANSWER=open_all_year
    )
    made = []
    with clock.at(stage.days_ago(FIRST_DAY + 1)):
        for key, kind, phases in (
            ("campaign", CampaignKind.FORUM, forum),
            ("everyday", CampaignKind.EVERYDAY, all_year),
        ):
            plan = stage.story[key]
            campaign = add_campaign(SYSTEM, plan["slug"], plan["title"], kind, plan["summary"], phases)
            campaign.is_sample = True
            made.append(campaign)
    stage.campaign, stage.everyday = made
    return made[0], made[1]


def _plan_all(stage: Stage, campaign: Campaign, everyday: Campaign) -> Together:
    gatherings = json.loads((FOLDER / "gatherings.json").read_text(encoding="utf-8"))
    plan_ideas(stage, RUN_DAYS_AGO, ideas_of_rooms(stage, gatherings))
    plan_gatherings(stage, campaign, gatherings)
    plan_citizen(stage)
    plan_flood(stage)
    stage.plan(WORDS_DAYS_AGO, lambda: _words(campaign, stage))
    for place, plan in enumerate(stage.story["themes"]):
        plan_theme(stage, campaign, plan, RUN_DAYS_AGO - 1 - place)
    plan_theme(stage, everyday, stage.story["everyday"]["theme"], EVERYDAY_RUN_DAYS_AGO - 1)
    stage.plan(CERTIFY_DAYS_AGO, certify)
    plan_votes(stage)
    plan_duties(stage, int(RUN_DAYS_AGO))
    plan_short_path(stage)
    plan_promises(stage)
    plan_datasets(stage)
    plan_needs(stage)
    plan_requests(stage)
    plan_uses(stage)
    plan_rounds(stage, plan_council(stage), campaign, _run)
    return plan_together(stage, campaign, gatherings["joint"])


def _run(job_id: int) -> None:
    db.session.commit()
    run_or_follow_job(job_id, MAX_WAIT_MINUTES, _("협의회의 점수와 목록을 세는 중"))


def _words(campaign: Campaign, stage: Stage) -> None:
    plan = stage.story["campaign"]["words"]
    change_words(campaign, stage.staff[ANALYST], plan["user_words"], plan["synonyms"], seen=0)


def _analyse(campaign: Campaign, stage: Stage, days_ago: float) -> None:
    """Analyse what was written until then."""
    with clock.at(stage.days_ago(days_ago)):
        job = start_run(campaign, SYSTEM)
        db.session.commit()
        run_or_follow_job(job.id, MAX_WAIT_MINUTES, _("분석하는 중"))


def _judge_votes(stage: Stage, campaign: Campaign, accounts: list[Account]) -> int:
    """Look at the votes, and judge what is found; return how many people's votes were excluded."""
    job = enqueue_look(campaign.id)
    db.session.commit()
    run_or_follow_job(job.id, MAX_WAIT_MINUTES, _("투표를 살펴보는 중"))
    n_excluded = exclude_organised_votes(stage, campaign, accounts)
    db.session.commit()
    return n_excluded


def _snapshot(campaign: Campaign) -> None:
    """Find the opinion groups of all votes until now."""
    job = start_snapshot(campaign, SYSTEM)
    db.session.commit()
    run_or_follow_job(job.id, MAX_WAIT_MINUTES, _("공감대를 계산하는 중"))


def _day_report(stage: Stage, together: Together) -> None:
    """Build the report that the end of the joint session asked for, as soon after it as a worker would."""
    with clock.at(stage.days_ago(report_days_ago(stage, together))):
        db.session.commit()
        job_id = db.session.scalars(sa.select(Job.id).where(Job.kind == DAY_REPORT_JOB)).one()
        run_or_follow_job(job_id, MAX_WAIT_MINUTES, _("그날 보고서를 만드는 중"))


def _digest(campaign: Campaign, stage: Stage) -> None:
    job = start_digest(campaign, stage.staff[ANALYST], DigestRequest())
    db.session.commit()
    run_or_follow_job(job.id, MAX_WAIT_MINUTES, _("만드는 중"))
