"""Consistency checks: recount everything that is stored twice, and compare."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy.orm import aliased

from forum.administration.operations.advisory import ADVISORY_CHECKS
from forum.administration.operations.blob_checks import owned_store, stored_blobs
from forum.administration.operations.checks import (
    certificates_in_force,
    children,
    completed_deliveries,
    minutes_of_gatherings,
    participant_counts,
    policies,
    referral_files,
)
from forum.administration.operations.commissions import COMMISSION_CHECKS, themes_without_words
from forum.administration.operations.council import council_seats
from forum.administration.operations.councilpapers import COUNCIL_PAPER_CHECKS
from forum.administration.operations.datafiles import DATA_FILE_CHECKS
from forum.administration.operations.dataneeds import NEED_CHECKS
from forum.administration.operations.datarequests import REQUEST_CHECKS
from forum.administration.operations.datarisks import DATA_RISK_CHECKS
from forum.administration.operations.datasets import DATASET_CHECKS
from forum.administration.operations.datauses import USE_CHECKS
from forum.administration.operations.evidence import letter_evidence
from forum.administration.operations.findings import Finding, compare_bytes
from forum.administration.operations.gathering_checks import registrations
from forum.administration.operations.hearings import HEARING_CHECKS
from forum.administration.operations.journeys import journeys
from forum.administration.operations.meetings import MEETING_CHECKS
from forum.administration.operations.outcomes import arguments
from forum.administration.operations.pilots import pilots
from forum.administration.operations.pledges import PLEDGE_CHECKS
from forum.administration.operations.ratings import RATING_CHECKS
from forum.administration.operations.rooms import ROOM_CHECKS
from forum.administration.operations.rounds import ROUND_CHECKS
from forum.administration.operations.scorecards import SCORECARD_CHECKS
from forum.administration.operations.sessions import SESSION_CHECKS
from forum.administration.operations.sheets import PAPER_CHECKS
from forum.administration.operations.shortpath import SHORT_PATH_CHECKS
from forum.analysis.opinions.models import OpinionGroup, OpinionScore, OpinionSnapshot, SnapshotState
from forum.analysis.shortlists.queries import all_slates
from forum.analysis.themes.models import ClusterMember, RunState, Theme, ThemeIdea, ThemeRun, ThemeState, UnthemedIdea
from forum.core import clock
from forum.core.database import reading
from forum.core.extensions import db
from forum.core.i18n import _
from forum.people.accounts.models import Account
from forum.publication.dayreports.models import DayReportFile
from forum.publication.digests.models import Digest, DigestFile, DigestState
from forum.response.deadlines.queries import differences
from forum.response.referrals.models import ANSWERED_STATES, Answer, MinistryAssignment
from forum.system.jobs.models import Job, JobState
from forum.system.texts.registry import text_kinds
from forum.voice.guardians.models import ConsentHiddenText
from forum.voice.ideas.models import Comment, CommentState, Idea, IdeaState, IdeaTally
from forum.voice.integrity.models import ExclusionCase
from forum.voice.moderation.models import Hiding
from forum.voice.votes.models import Vote, VoteEvent, VoteExclusion

MAX_SHOWN = 10


def recount() -> list[Finding]:
    """Recount everything, in order. Reads only. `checks.recorded_rows` compares rows with the audit."""
    return [check() for check in CHECKS]


def is_migrated() -> bool:
    """Return whether the database is at the migration of this code."""
    with reading(), db.engine.connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads()) == expected_schema()


def expected_schema() -> set[str]:
    """Return the migration heads of this code."""
    return set(_heads(str(current_app.extensions["migrate"].directory)))


@cache
def _heads(directory: str) -> tuple[str, ...]:
    """Every migration is imported for this, which takes a third of a second."""
    return tuple(ScriptDirectory(directory).get_heads())


def has_sample_accounts() -> bool:
    return db.session.scalar(sa.select(sa.exists().where(Account.is_sample))) or False


def last_run_at() -> datetime | None:
    """Return when the newest analysis finished."""
    is_analysis = sa.and_(ThemeRun.state == RunState.FINISHED, ~ThemeRun.without_analysis)
    return db.session.scalar(sa.select(sa.func.max(ThemeRun.finished_at)).where(is_analysis))


def _tallies() -> Finding:
    """Compare `idea_tally` with the votes that count and the comments."""
    votes = (
        sa.select(
            Vote.idea_id,
            *(
                sa.func.sum(sa.case((Vote.value == value, 1), else_=0)).label(name)
                for name, value in (("agree", 1), ("disagree", -1), ("passed", 0))
            ),
        )
        .where(Vote.excluded_by_id.is_(None))
        .group_by(Vote.idea_id)
        .subquery()
    )
    comments = (
        sa.select(Comment.idea_id, sa.func.count().label("n"))
        .where(Comment.state == CommentState.VISIBLE)
        .group_by(Comment.idea_id)
        .subquery()
    )
    zero = sa.func.coalesce
    query = (
        sa.select(
            Idea.id,
            IdeaTally.agree,
            IdeaTally.disagree,
            IdeaTally.pass_,
            IdeaTally.comments,
            zero(votes.c.agree, 0),
            zero(votes.c.disagree, 0),
            zero(votes.c.passed, 0),
            zero(comments.c.n, 0),
        )
        .outerjoin(IdeaTally, IdeaTally.idea_id == Idea.id)
        .outerjoin(votes, votes.c.idea_id == Idea.id)
        .outerjoin(comments, comments.c.idea_id == Idea.id)
    )
    finding = Finding("제안마다 찬성·반대·넘김·댓글 수", 0)
    for idea_id, *numbers in db.session.execute(query):
        finding.n_checked += 1
        kept, counted = tuple(numbers[:4]), tuple(map(int, numbers[4:]))
        if kept != counted:
            finding.differences.append(f"제안 {idea_id}번: 적힌 수 {kept}, 다시 센 수 {counted}")
    return finding


def _events() -> Finding:
    """Compare each present vote with the newest event of the same person and idea."""
    newest = (
        sa.select(sa.func.max(VoteEvent.id).label("id"))
        .group_by(VoteEvent.idea_id, VoteEvent.participant_id)
        .subquery()
    )
    query = (
        sa.select(VoteEvent.idea_id, VoteEvent.participant_id, VoteEvent.value, Vote.value)
        .join(newest, newest.c.id == VoteEvent.id)
        .outerjoin(Vote, sa.and_(Vote.idea_id == VoteEvent.idea_id, Vote.participant_id == VoteEvent.participant_id))
    )
    finding = Finding("지금 표와 마지막 투표 기록", 0)
    for idea_id, participant_id, recorded, present in db.session.execute(query):
        finding.n_checked += 1
        if recorded != present:
            finding.differences.append(f"제안 {idea_id}번, 참여자 {participant_id}번: 기록 {recorded}, 지금 {present}")
    seen = sa.select(VoteEvent.idea_id).where(
        VoteEvent.idea_id == Vote.idea_id, VoteEvent.participant_id == Vote.participant_id
    )
    for idea_id, participant_id in db.session.execute(
        sa.select(Vote.idea_id, Vote.participant_id).where(~seen.exists())
    ):
        finding.differences.append(f"제안 {idea_id}번, 참여자 {participant_id}번: 기록 없는 표")
    return finding


def _exclusions() -> Finding:
    """Check that exactly the votes of people with an exclusion in force are marked, and that each has its reason."""
    query = (
        sa.select(Vote.idea_id, Vote.participant_id)
        .join(Idea, Idea.id == Vote.idea_id)
        .outerjoin(VoteExclusion, VoteExclusion.in_force(Vote.participant_id, Idea.campaign_id))
        .where(Vote.excluded_by_id.is_distinct_from(VoteExclusion.id))
    )
    finding = Finding(_("집계에서 뺀 투표와 그 표시"), 0)
    finding.n_checked = db.session.scalar(sa.select(sa.func.count()).select_from(VoteExclusion)) or 0
    for idea_id, participant_id in db.session.execute(query):
        words = {"idea": idea_id, "who": participant_id}
        finding.differences.append(_("제안 %(idea)s번, 참여자 %(who)s번: 뺀 일과 표시가 다른 표", **words))
    has_case = sa.exists().where(ExclusionCase.exclusion_id == VoteExclusion.id)
    for exclusion_id in db.session.scalars(sa.select(VoteExclusion.id).where(~has_case)):
        finding.differences.append(_("투표를 뺀 일 %(id)s번: 까닭이 없습니다", id=exclusion_id))
    return finding


def _merged() -> Finding:
    """Check that a merged idea points to one that is not merged itself."""
    target = aliased(Idea)
    query = sa.select(Idea.id, target.state).outerjoin(target, Idea.merged_into_id == target.id)
    return _check_rows(
        "합쳐진 제안의 갈 곳",
        query.where(Idea.state == IdeaState.MERGED),
        lambda state: state in {None, IdeaState.MERGED},
        "제안",
    )


def _runs() -> Finding:
    """Compare the counts of finished runs with their members and unthemed ideas."""
    themed = (
        sa.select(sa.func.count())
        .where(ClusterMember.run_id == ThemeRun.id, ClusterMember.is_main)
        .correlate(ThemeRun)
        .scalar_subquery()
    )
    unthemed = (
        sa.select(sa.func.count()).where(UnthemedIdea.run_id == ThemeRun.id).correlate(ThemeRun).scalar_subquery()
    )
    query = sa.select(ThemeRun.id, ThemeRun.n_ideas, ThemeRun.n_themed, themed, unthemed).where(
        ThemeRun.state == RunState.FINISHED
    )
    finding = Finding("분석 회차의 제안 수", 0)
    for run_id, n_ideas, n_themed, counted, left_out in db.session.execute(query):
        finding.n_checked += 1
        if (n_themed, n_ideas) != (counted, counted + left_out):
            finding.differences.append(
                f"회차 {run_id}번: 적힌 수 {n_themed}/{n_ideas}, 다시 센 수 {counted}/{counted + left_out}"
            )
    return finding


def _current_runs() -> Finding:
    """Check that an analysed campaign has exactly one current run, and that failed runs have no members left."""
    n_current = sa.func.sum(sa.case((ThemeRun.is_current, 1), else_=0))
    is_analysis = sa.and_(ThemeRun.state == RunState.FINISHED, ~ThemeRun.without_analysis)
    query = sa.select(ThemeRun.campaign_id, n_current).where(is_analysis)
    finding = _check_rows(
        "포럼마다 지금 보이는 분석 회차", query.group_by(ThemeRun.campaign_id), lambda n: int(n) != 1, "포럼"
    )
    orphans = (
        sa.select(ClusterMember.run_id)
        .join(ThemeRun, ThemeRun.id == ClusterMember.run_id)
        .where(ThemeRun.state == RunState.FAILED)
        .distinct()
    )
    finding.differences += [
        f"회차 {run_id}번: 실패했는데 구성원이 남아 있습니다" for run_id in db.session.scalars(orphans)
    ]
    return finding


def _jobs() -> Finding:
    """Check that no job is RUNNING long after its last heartbeat: it should have been requeued."""
    heard_before = clock.now() - timedelta(seconds=2 * int(current_app.config["JOB_LOST_AFTER_SECONDS"]))
    query = sa.select(Job.id, Job.heartbeat_at).where(Job.state == JobState.RUNNING)
    return _check_rows("하는 중인 작업의 신호", query, lambda at: at is None or at < heard_before, "작업")


def _snapshots() -> Finding:
    """Check that a finished snapshot has a score of each idea, that its groups are no more people than enter, and that
    each campaign with finished ones shows exactly one."""
    scores = (
        sa.select(sa.func.count())
        .where(OpinionScore.snapshot_id == OpinionSnapshot.id)
        .correlate(OpinionSnapshot)
        .scalar_subquery()
    )
    grouped = (
        sa.select(sa.func.coalesce(sa.func.sum(OpinionGroup.size), 0))
        .where(OpinionGroup.snapshot_id == OpinionSnapshot.id)
        .correlate(OpinionSnapshot)
        .scalar_subquery()
    )
    is_finished = OpinionSnapshot.state == SnapshotState.FINISHED
    query = sa.select(OpinionSnapshot.id, OpinionSnapshot.n_ideas, OpinionSnapshot.n_entering, scores, grouped)
    finding = Finding(_("공감대 회차의 제안과 갈래"), 0)
    for snapshot_id, n_ideas, n_entering, n_scores, n_grouped in db.session.execute(query.where(is_finished)):
        finding.n_checked += 1
        if (n_ideas, n_entering) != (n_scores, n_grouped):
            kept, counted = f"{n_ideas}/{n_entering}", f"{n_scores}/{n_grouped}"
            words = _(
                "공감대 %(id)s번: 적힌 수 %(kept)s, 다시 센 수 %(counted)s", id=snapshot_id, kept=kept, counted=counted
            )
            finding.differences.append(words)
    n_current = sa.func.sum(sa.case((OpinionSnapshot.is_current, 1), else_=0))
    shown = sa.select(OpinionSnapshot.campaign_id, n_current).where(is_finished).group_by(OpinionSnapshot.campaign_id)
    for campaign_id, n in db.session.execute(shown):
        if int(n) != 1:
            finding.differences.append(_("포럼 %(id)s번: 지금 보이는 공감대 %(n)s개", id=campaign_id, n=n))
    return finding


def _slates() -> Finding:
    """Count the figures of each slate anew from the ballots in its proof."""
    finding = Finding(_("대표안의 숫자와 검산표"), 0)
    for slate in (one for one in all_slates() if one.proof is not None):
        finding.n_checked += 1
        shortlist = slate.shortlist
        kept = slate.n_people, slate.seen_all_share, slate.standing.name, slate.holds_share
        try:
            counted = _slate_figures(slate.proof or {})
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            counted = (f"{error!r}",)
        if (*kept, shortlist.seed, shortlist.size) != counted:
            found = {"campaign": shortlist.campaign_id, "n": shortlist.number, "kept": kept, "counted": counted}
            said = _("포럼 %(campaign)s번의 후보 투표 %(n)s번: 적힌 수 %(kept)s, 검산표의 수 %(counted)s", **found)
            finding.differences.append(said)
    return finding


def _slate_figures(proof: dict[str, Any]) -> tuple[Any, ...]:
    """Return people, share that saw all, standing, share that holds, seed and places, as the proof has them."""
    n_people = sum(people for _letters, people in proof["ballots"])
    seen_all = sum(people for letters, people in proof["ballots"] if "?" not in letters)
    draws = proof["draws"]
    holds = draws["fair"] / draws["drawn"] if draws else None
    return n_people, seen_all / n_people, proof["standing"].upper(), holds, proof["seed"], proof["size"]


def _themes() -> Finding:
    """Check that an approved theme has at least one idea, but for those of tasks without words of citizens."""
    members = sa.select(sa.func.count()).where(ThemeIdea.theme_id == Theme.id).correlate(Theme).scalar_subquery()
    query = sa.select(Theme.id, members).where(
        Theme.state == ThemeState.APPROVED, Theme.id.not_in(themes_without_words())
    )
    return _check_rows("승인된 주제에 든 제안", query, lambda n: n == 0, "주제")


def _answers() -> Finding:
    """Check that a referral has a published answer exactly if its lead ministry's state says it has answered."""
    published = (
        sa.select(sa.func.count())
        .where(Answer.referral_id == MinistryAssignment.referral_id, Answer.published_at.is_not(None))
        .correlate(MinistryAssignment)
        .scalar_subquery()
    )
    query = sa.select(MinistryAssignment.referral_id, MinistryAssignment.state, published).where(
        MinistryAssignment.is_lead
    )
    finding = Finding("전달 문서의 상태와 답변", 0)
    for referral_id, state, n_published in db.session.execute(query):
        finding.n_checked += 1
        if (state in ANSWERED_STATES) != (n_published > 0):
            finding.differences.append(f"전달 {referral_id}번: 상태 {state.label}, 공개된 답변 {n_published}개")
    return finding


def _clocks() -> Finding:
    """Compare states, clocks and the board's shares in time with a replay of the events."""
    n_checked, found = differences()
    return Finding("전달 문서의 시계와 기한 지킴", n_checked, found)


def _digests() -> Finding:
    """Compare each file's hash with its bytes."""
    query = sa.select(DigestFile.digest_id, DigestFile.format, DigestFile.sha256, DigestFile.content).join(
        Digest, sa.and_(Digest.id == DigestFile.digest_id, Digest.state == DigestState.PUBLISHED)
    )
    return compare_bytes(
        "보고서 파일의 해시",
        query,
        lambda digest_id, file_format: f"보고서 {digest_id}번 {file_format}: 내용이 바뀌었습니다",
    )


def _day_reports() -> Finding:
    """Compare each file's hash with its bytes."""
    columns = (DayReportFile.session_id, DayReportFile.format, DayReportFile.sha256, DayReportFile.content)
    return compare_bytes(
        _("그날 보고서 파일의 해시"),
        sa.select(*columns),
        lambda session_id, name: _("연결 모임 %(id)s번 %(name)s: 내용이 바뀌었습니다", id=session_id, name=name),
    )


def _hidden() -> Finding:
    """Check that exactly the hidden texts have a reason in force: a hiding or a guardian's revoked consent."""
    finding = Finding("숨긴 글과 숨긴 까닭", 0)
    for kind in text_kinds():
        hidden_by = sa.select(Hiding.text_id).where(Hiding.text_kind == kind.code, Hiding.lifted_at.is_(None))
        taken_down = sa.select(ConsentHiddenText.text_id).where(ConsentHiddenText.text_kind == kind.code)
        moderated, consented = set(db.session.scalars(hidden_by)), set(db.session.scalars(taken_down))
        marked = set(db.session.scalars(sa.select(kind.model.id).where(kind.hidden())))
        shown = sa.select(kind.model.id).where(kind.model.id.in_(taken_down), kind.shown())
        finding.n_checked += len(moderated | consented | marked)
        wrong = (marked - moderated - consented) | (moderated - marked) | set(db.session.scalars(shown))
        finding.differences += [f"{kind.label} {key}번" for key in sorted(wrong)]
    return finding


def _check_rows(name: str, query: Any, is_wrong: Callable[[Any], bool], what: str) -> Finding:
    rows = db.session.execute(query).all()
    return Finding(name, len(rows), [f"{what} {key}번" for key, value in rows if is_wrong(value)])


CHECKS = (
    _tallies,
    _events,
    _exclusions,
    _merged,
    _runs,
    _current_runs,
    _snapshots,
    _slates,
    _themes,
    _answers,
    _clocks,
    certificates_in_force,
    completed_deliveries,
    _digests,
    _day_reports,
    *COUNCIL_PAPER_CHECKS,
    referral_files,
    _jobs,
    _hidden,
    children,
    participant_counts,
    policies,
    registrations,
    pilots,
    *RATING_CHECKS,
    *PLEDGE_CHECKS,
    council_seats,
    *ROUND_CHECKS,
    *SCORECARD_CHECKS,
    letter_evidence,
    arguments,
    journeys,
    *ROOM_CHECKS,
    *SESSION_CHECKS,
    *PAPER_CHECKS,
    *SHORT_PATH_CHECKS,
    *MEETING_CHECKS,
    *HEARING_CHECKS,
    minutes_of_gatherings,
    *ADVISORY_CHECKS,
    *COMMISSION_CHECKS,
    *NEED_CHECKS,
    *REQUEST_CHECKS,
    *USE_CHECKS,
    *DATASET_CHECKS,
    *DATA_FILE_CHECKS,
    *DATA_RISK_CHECKS,
    stored_blobs,
    owned_store,
)
