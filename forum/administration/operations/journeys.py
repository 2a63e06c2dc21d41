"""A journey runs forwards: no idea in an analysis that began before it was written, no answer before its letter.

Each hop is two statements: how many there are, and those whose later moment lies before the earlier one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from forum.administration.operations.findings import Finding
from forum.analysis.themes.models import ClusterMember, RunState, Theme, ThemeIdea, ThemeRun
from forum.core.clock import SEOUL
from forum.core.extensions import db
from forum.core.i18n import _
from forum.publication.digests.models import Digest, DigestState
from forum.response.certificates.models import Certificate
from forum.response.referrals.models import Answer, Milestone, Referral, ReferralEvent
from forum.voice.ideas.models import Comment, Idea
from forum.voice.votes.models import Vote, VoteEvent

CLOCKS_DIFFER = timedelta(minutes=5)
"""Web servers, workers and whoever imports have clocks of their own."""


class Hop(NamedTuple):
    """One step of a journey.

    `rows` selects two keys that the words name as a and b, the earlier moment, and the later one.
    """

    rows: sa.Select[*tuple[Any, ...]]
    words: Callable[[Any, Any], str]


def journeys() -> Finding:
    """Compare the moments along the way of an idea: votes, analysis, theme, letter, answer, certificate, digest."""
    finding = Finding(_("걸어온 길의 순서"), 0)
    for hop in _hops():
        moments = hop.rows.subquery()
        earlier, later = list(moments.c)[2:]
        finding.n_checked += db.session.scalar(sa.select(sa.func.count()).select_from(moments)) or 0
        backwards = sa.select(moments).where(later < earlier).order_by(*list(moments.c)[:2])
        finding.differences += [hop.words(a, b) for a, b, *pair in db.session.execute(backwards) if _runs_back(*pair)]
    finding.differences += _early_milestones()
    return finding


def _runs_back(earlier: datetime, later: datetime) -> bool:
    return later + CLOCKS_DIFFER < earlier


def _hops() -> list[Hop]:
    return [*_voice_hops(), *_analysis_hops(), *_response_hops()]


def _voice_hops() -> list[Hop]:
    """Hops of votes and comments. A vote that waited on a device was cast before it was recorded.

    What a file said about an imported idea's day is not ours to judge.
    """
    ours = Idea.external_id.is_(None)
    return [
        Hop(
            sa.select(Vote.idea_id, Vote.participant_id, Idea.created_at, Vote.cast_at)
            .join_from(Vote, Idea)
            .where(ours),
            lambda a, b: _("제안 %(a)s번, 참여자 %(b)s번: 제안이 올라오기 전의 표", a=a, b=b),
        ),
        Hop(
            sa.select(VoteEvent.idea_id, VoteEvent.id, Idea.created_at, VoteEvent.at)
            .join_from(VoteEvent, Idea)
            .where(ours),
            lambda a, b: _("제안 %(a)s번, 투표 기록 %(b)s번: 제안이 올라오기 전의 기록", a=a, b=b),
        ),
        Hop(
            sa.select(Vote.idea_id, Vote.participant_id, Vote.cast_at, sa.func.max(VoteEvent.at))
            .join_from(Vote, VoteEvent, _same_vote())
            .group_by(Vote.idea_id, Vote.participant_id),
            lambda a, b: _("제안 %(a)s번, 참여자 %(b)s번: 마지막 투표 기록보다 나중인 표", a=a, b=b),
        ),
        Hop(
            sa.select(Comment.idea_id, Comment.id, Idea.created_at, Comment.created_at)
            .join_from(Comment, Idea, Comment.idea_id == Idea.id)
            .where(ours),
            lambda a, b: _("제안 %(a)s번, 댓글 %(b)s번: 제안이 올라오기 전의 댓글", a=a, b=b),
        ),
    ]


def _same_vote() -> sa.ColumnElement[bool]:
    return sa.and_(VoteEvent.idea_id == Vote.idea_id, VoteEvent.participant_id == Vote.participant_id)


def _analysis_hops() -> list[Hop]:
    """Hops of runs and themes. An analyst may add an idea that is younger than the run."""
    ours = Idea.external_id.is_(None)
    return [
        Hop(
            sa.select(ClusterMember.run_id, ClusterMember.idea_id, Idea.created_at, ThemeRun.data_cut_at)
            .join_from(ClusterMember, ThemeRun, ThemeRun.id == ClusterMember.run_id)
            .join(Idea, Idea.id == ClusterMember.idea_id)
            .where(ThemeRun.state == RunState.FINISHED, ClusterMember.is_main, ours),
            lambda a, b: _("회차 %(a)s번: 시작한 뒤에 쓴 제안 %(b)s번이 묶음에 들어 있습니다", a=a, b=b),
        ),
        Hop(
            sa.select(ThemeIdea.theme_id, ThemeIdea.idea_id, Idea.created_at, ThemeIdea.added_at)
            .join_from(ThemeIdea, Idea, Idea.id == ThemeIdea.idea_id)
            .where(ours),
            lambda a, b: _("주제 %(a)s번: 제안 %(b)s번이 쓰기 전에 주제에 들어왔습니다", a=a, b=b),
        ),
        Hop(
            sa.select(Theme.id, Theme.run_id, ThemeRun.finished_at, Theme.created_at).join_from(
                Theme, ThemeRun, ThemeRun.id == Theme.run_id
            ),
            lambda a, b: _("주제 %(a)s번: 분석 회차 %(b)s번이 끝나기 전에 만들어졌습니다", a=a, b=b),
        ),
        Hop(
            sa.select(Theme.id, Theme.run_id, Theme.created_at, Theme.decided_at).where(Theme.decided_at.is_not(None)),
            lambda a, b: _("주제 %(a)s번: 만들어지기 전에 결정되었습니다", a=a),
        ),
    ]


def _response_hops() -> list[Hop]:
    answered = _first_answers()
    return [
        Hop(
            sa.select(Referral.id, Referral.theme_id, Theme.decided_at, Referral.sent_at).join_from(
                Referral, Theme, Theme.id == Referral.theme_id
            ),
            lambda a, b: _("전달 %(a)s번: 주제 %(b)s번이 승인되기 전에 보냈습니다", a=a, b=b),
        ),
        Hop(
            sa.select(ReferralEvent.referral_id, ReferralEvent.id, Referral.sent_at, ReferralEvent.at).join_from(
                ReferralEvent, Referral, Referral.id == ReferralEvent.referral_id
            ),
            lambda a, b: _("전달 %(a)s번: 이력 %(b)s번이 보내기 전에 일어났습니다", a=a, b=b),
        ),
        Hop(
            sa.select(Answer.referral_id, Answer.id, Referral.sent_at, Answer.published_at)
            .join_from(Answer, Referral, Referral.id == Answer.referral_id)
            .where(Answer.published_at.is_not(None)),
            lambda a, b: _("전달 %(a)s번: 답변 %(b)s번이 보내기 전에 공개되었습니다", a=a, b=b),
        ),
        Hop(
            sa.select(Certificate.referral_id, Certificate.id, answered.c.at, Certificate.issued_at).join_from(
                Certificate, answered, answered.c.referral_id == Certificate.referral_id
            ),
            lambda a, b: _("전달 %(a)s번: 증서 %(b)s번이 답변보다 먼저 나왔습니다", a=a, b=b),
        ),
        Hop(
            sa.select(Digest.id, Digest.run_id, ThemeRun.finished_at, Digest.published_at)
            .join_from(Digest, ThemeRun, ThemeRun.id == Digest.run_id)
            .where(Digest.state == DigestState.PUBLISHED),
            lambda a, b: _("보고서 %(a)s번: 분석 회차 %(b)s번이 끝나기 전에 공개되었습니다", a=a, b=b),
        ),
    ]


def _first_answers() -> sa.Subquery:
    """When each referral was answered first: a later version keeps the steps of an earlier one."""
    at = sa.func.min(Answer.published_at).label("at")
    return sa.select(Answer.referral_id, at).group_by(Answer.referral_id).subquery()


def _early_milestones() -> list[str]:
    """Return a line for each step that was finished before the day of the first answer. Few steps are finished."""
    answered = _first_answers()
    query = (
        sa.select(Milestone.id, Milestone.finished_on, answered.c.at)
        .join_from(Milestone, Answer, Answer.id == Milestone.answer_id)
        .join(answered, answered.c.referral_id == Answer.referral_id)
        .where(Milestone.finished_on.is_not(None), answered.c.at.is_not(None))
        .order_by(Milestone.id)
    )
    return [
        _("이행 단계 %(id)s번: 답변보다 먼저 끝났습니다", id=milestone_id)
        for milestone_id, finished_on, at in db.session.execute(query)
        if finished_on < _day(at)
    ]


def _day(moment: datetime) -> date:
    return moment.astimezone(SEOUL).date()
