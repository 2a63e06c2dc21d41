"""Running the analysis, and making durable themes of what it found.

A run is written in pieces into a ThemeRun that is still BUILDING, which nobody sees, and published by one transaction
at the end. A theme is the analysts' own: no later run changes its name, its members or its decision.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from forum import clock
from forum.access import SYSTEM, Actor, require
from forum.audit.services import record, text_hash
from forum.campaigns.models import Campaign, PhaseKind
from forum.campaigns.queries import require_open
from forum.database import reading
from forum.errors import InvalidInput, NotFound, WrongState
from forum.extensions import db
from forum.ideas.models import Idea, IdeaState
from forum.jobs.models import Job
from forum.jobs.services import Progress, ask_for_job
from forum.korean import particle_after
from forum.text import refuse_resident_numbers, typed_line, typed_text
from forum.themes.mails import tell_authors_of_approval
from forum.themes.models import (
    Cluster,
    ClusterMember,
    MemberSource,
    RunState,
    Theme,
    ThemeIdea,
    ThemeRun,
    ThemeState,
    UnthemedIdea,
)
from forum.themes.permissions import can_make_themes, can_start_run
from forum.themes.queries import RUN_JOB
from nlp.records import IdeaText, Theming

PIECE = 5_000  # rows a transaction writes at most, so that others never wait long (DESIGN §4)
TITLE_MAX_CHARS = 100
SUMMARY_MAX_CHARS = 5_000
REASON_MAX_CHARS = 2_000


def start_run(campaign: Campaign, actor: Actor) -> Job:
    """Ask for an analysis of a campaign; one that is waiting or running already is given back. The caller commits.

    :raise Forbidden: only analysts, admins and the system
    """
    require(can_start_run(actor))
    job = ask_for_job(RUN_JOB, dedupe_key=f"campaign:{campaign.id}", actor=actor, campaign_id=campaign.id)
    record(actor, "themes.start_run", campaign, after={"job_id": job.id})
    return job


def run_analysis(campaign_id: int, progress: Progress) -> dict[str, int]:
    """Read the campaign's open ideas, find clusters, publish them as the campaign's current run. Commits.

    :return: {"run_id", "themes", "ideas", "unthemed"}
    :raise LostJob: another attempt has begun, or the job was cancelled; nothing is published
    """
    from nlp.pipeline import Settings, analyse  # scikit-learn belongs into the worker, not into every web process

    data_cut_at, ideas = _read_ideas(campaign_id)
    theming = analyse(ideas, Settings(), lambda share, step: progress(0.05 + 0.75 * share, step))
    run_id = _begin_run(campaign_id, progress, data_cut_at, theming)
    progress(0.85, "saving")
    for rows in _pieces(_member_rows(run_id, theming)):
        db.session.execute(sa.insert(ClusterMember), rows)
        progress(0.9, "saving")
    for rows in _pieces(_unthemed_rows(run_id, theming)):
        db.session.execute(sa.insert(UnthemedIdea), rows)
        progress(0.95, "saving")
    _publish(run_id, campaign_id, progress)
    n_themes, n_unthemed = len(theming.themes), len(theming.unthemed)
    return {"run_id": run_id, "themes": n_themes, "ideas": theming.n_ideas, "unthemed": n_unthemed}


def adopt_cluster(cluster: Cluster, actor: Actor, title: str, summary: str = "") -> Theme:
    """Make a draft theme of what the machine found, with its ideas as members. The caller commits.

    :raise Forbidden: only analysts
    :raise WrongState: the review phase is closed, or somebody has adopted this cluster already
    :raise InvalidInput: empty title, over-long texts
    """
    require(can_make_themes(actor))
    require_open(cluster.run.campaign, PhaseKind.REVIEW)
    taken = db.session.scalar(sa.select(Theme.title).where(Theme.cluster_id == cluster.id))
    if taken is not None:
        raise WrongState(f"이 묶음은 이미 정책 주제 ‘{taken}’{particle_after(taken, '로')} 올라 있습니다.")
    title, summary = _texts(title, summary)
    theme = Theme(
        campaign_id=cluster.run.campaign_id,
        run_id=cluster.run_id,
        cluster_id=cluster.id,
        title=title,
        summary=summary,
        created_by_id=actor.id,
    )
    db.session.add(theme)
    db.session.flush()
    _copy_members(cluster, theme)
    record(actor, "themes.adopt", theme, after={"cluster_id": cluster.id, "title": text_hash(title)})
    return theme


def edit_theme(theme: Theme, actor: Actor, title: str, summary: str, version: int) -> None:
    """Rename a draft or rewrite its summary. The caller commits.

    :param version: what the analyst saw; another one means that somebody else was faster
    :raise Forbidden: only analysts
    :raise WrongState: decided already, or changed by another analyst since
    :raise InvalidInput: empty title, over-long texts
    """
    _require_draft(theme, actor, version)
    before = _for_audit(theme)
    theme.title, theme.summary = _texts(title, summary)
    db.session.flush()
    record(actor, "themes.edit", theme, before, _for_audit(theme))


def decide_theme(theme: Theme, actor: Actor, decision: ThemeState, reason: str, version: int) -> None:
    """Approve a draft, or reject it with a reason that everybody can read. The caller commits.

    :raise Forbidden: only analysts
    :raise WrongState: decided already, changed since, or the review phase is closed
    :raise InvalidInput: a rejection without reason, an approval without summary or without ideas
    """
    _require_draft(theme, actor, version)
    require_open(theme.campaign, PhaseKind.REVIEW)
    needs_reason = decision is ThemeState.REJECTED
    reason = typed_text(reason, "reason", "까닭", max_chars=REASON_MAX_CHARS, min_chars=int(needs_reason))
    refuse_resident_numbers(reason, "reason")
    if decision is ThemeState.APPROVED and not theme.summary:
        raise InvalidInput({"reason": "승인하려면 먼저 정책 요약을 써 주세요."})
    before = _for_audit(theme)
    theme.state, theme.decision_reason = decision, reason
    theme.decided_by_id, theme.decided_at = actor.id, clock.now()
    db.session.flush()
    record(actor, f"themes.{decision.name.lower()}", theme, before, _for_audit(theme))
    if decision is ThemeState.APPROVED:
        tell_authors_of_approval(theme)


def add_idea_to_theme(theme: Theme, idea: Idea, actor: Actor) -> ThemeIdea:
    """Put an idea into a draft theme by hand. The caller commits.

    :raise Forbidden: only analysts
    :raise WrongState: the theme is decided, the idea is not open or is a member already
    :raise InvalidInput: an idea of another campaign
    """
    require(can_make_themes(actor))
    if theme.state is not ThemeState.DRAFT:
        raise WrongState("결정이 난 주제에는 제안을 더할 수 없습니다.")
    if idea.campaign_id != theme.campaign_id:
        raise InvalidInput("다른 포럼의 제안은 넣을 수 없습니다.")
    if idea.state is not IdeaState.OPEN or db.session.get(ThemeIdea, (theme.id, idea.id)) is not None:
        raise WrongState("이미 들어 있거나 공개 중이 아닌 제안입니다.")
    member = ThemeIdea(theme_id=theme.id, idea_id=idea.id, campaign_id=theme.campaign_id, source=MemberSource.HUMAN)
    db.session.add(member)
    db.session.flush()
    record(actor, "themes.add_idea", theme, after={"idea_id": idea.id})
    return member


def remove_idea_from_theme(theme: Theme, idea_id: int, actor: Actor) -> None:
    """Take an idea that doesn't belong there out of a draft theme; one at least stays. The caller commits.

    :raise Forbidden: only analysts
    :raise NotFound: the idea is no member
    :raise WrongState: the theme is decided, or this is its last idea
    """
    require(can_make_themes(actor))
    if theme.state is not ThemeState.DRAFT:
        raise WrongState("결정이 난 주제에서는 제안을 뺄 수 없습니다.")
    member = db.session.get(ThemeIdea, (theme.id, idea_id))
    if member is None:
        raise NotFound("이 주제에 그런 제안이 없습니다.")
    others = sa.select(sa.func.count()).where(ThemeIdea.theme_id == theme.id, ThemeIdea.idea_id != idea_id)
    if not db.session.scalar(others):
        raise WrongState("마지막 제안은 뺄 수 없습니다.")
    source = member.source
    db.session.delete(member)
    db.session.flush()
    db.session.expire(theme, ["members"])
    record(actor, "themes.remove_idea", theme, {"idea_id": idea_id, "source": source.name})


def _read_ideas(campaign_id: int) -> tuple[datetime, list[IdeaText]]:
    """One reading transaction, which ends here: the computation holds none open."""
    with reading():
        data_cut_at = clock.now()
        query = (
            sa.select(Idea.id, Idea.title, Idea.body)
            .where(Idea.campaign_id == campaign_id, Idea.state == IdeaState.OPEN)
            .order_by(Idea.id)
        )
        ideas = [IdeaText(key=key, title=title, body=body) for key, title, body in db.session.execute(query)]
        db.session.rollback()
    return data_cut_at, ideas


def _begin_run(campaign_id: int, progress: Progress, data_cut_at: datetime, theming: Theming) -> int:
    """The new run with its clusters, BUILDING; what an earlier attempt of this job left is declared failed."""
    progress.owns()
    db.session.execute(
        sa.update(ThemeRun)
        .where(ThemeRun.job_id == progress.job_id, ThemeRun.state == RunState.BUILDING)
        .values(state=RunState.FAILED, finished_at=clock.now())
    )
    run = ThemeRun(
        campaign_id=campaign_id,
        job_id=progress.job_id,
        attempt=progress.attempt,
        parameters=dict(theming.parameters) | {"no_body": list(theming.no_body)},
        versions=dict(theming.versions),
        n_ideas=theming.n_ideas,
        n_themed=theming.n_ideas - len(theming.unthemed),
        data_cut_at=data_cut_at,
    )
    db.session.add(run)
    db.session.flush()
    db.session.add_all(
        Cluster(
            run_id=run.id,
            number=number,
            title=found.title,
            keywords=[{"word": k.word, "score": round(k.score, 4), "count": k.count} for k in found.keywords],
            size=len(found.members),
            copies=found.copies,
            cohesion=found.cohesion,
        )
        for number, found in enumerate(theming.themes, start=1)
    )
    db.session.flush()
    run_id = run.id
    db.session.commit()
    return run_id


def _member_rows(run_id: int, theming: Theming) -> list[dict[str, Any]]:
    clusters = dict(db.session.execute(sa.select(Cluster.number, Cluster.id).where(Cluster.run_id == run_id)).all())
    return [
        {
            "run_id": run_id,
            "cluster_id": clusters[number],
            "idea_id": member.key,
            "is_main": True,
            "score": member.score,
            "rank": rank,
            "is_representative": member.key in found.representatives,
            "copy_of_id": theming.copy_of.get(member.key),
        }
        for number, found in enumerate(theming.themes, start=1)
        for rank, member in enumerate(found.members, start=1)
    ]


def _unthemed_rows(run_id: int, theming: Theming) -> list[dict[str, Any]]:
    without_body = set(theming.no_body)
    return [
        {"run_id": run_id, "idea_id": key, "reason": reason, "has_body": key not in without_body}
        for key, reason in theming.unthemed.items()
    ]


def _pieces(rows: list[dict[str, Any]]) -> Sequence[list[dict[str, Any]]]:
    return [rows[start : start + PIECE] for start in range(0, len(rows), PIECE)]


def _publish(run_id: int, campaign_id: int, progress: Progress) -> None:
    """One transaction: the job is still ours, the old run steps back, the new one is there."""
    progress.owns()
    db.session.execute(
        sa.update(ThemeRun).where(ThemeRun.campaign_id == campaign_id, ThemeRun.is_current).values(is_current=False)
    )
    db.session.execute(
        sa.update(ThemeRun)
        .where(ThemeRun.id == run_id, ThemeRun.state == RunState.BUILDING, ThemeRun.attempt == progress.attempt)
        .values(state=RunState.FINISHED, is_current=True, finished_at=clock.now())
    )
    run = db.session.get_one(ThemeRun, run_id)
    record(SYSTEM, "themes.publish_run", run, after={"n_ideas": run.n_ideas, "n_themed": run.n_themed})
    db.session.commit()


def _copy_members(cluster: Cluster, theme: Theme) -> None:
    """The cluster's ideas that are still open; those withdrawn since the data cut stay out."""
    still_open = (
        sa.select(ClusterMember.idea_id, ClusterMember.score)
        .join(Idea, Idea.id == ClusterMember.idea_id)
        .where(ClusterMember.cluster_id == cluster.id, Idea.state == IdeaState.OPEN)
    )
    now = clock.now()
    rows = [
        {
            "theme_id": theme.id,
            "idea_id": idea_id,
            "campaign_id": theme.campaign_id,
            "source": MemberSource.MACHINE,
            "score": score,
            "added_at": now,
        }
        for idea_id, score in db.session.execute(still_open)
    ]
    if not rows:
        raise WrongState("이 묶음의 제안이 모두 철회되어 정책 주제로 올릴 수 없습니다.")
    db.session.execute(sa.insert(ThemeIdea), rows)


def _require_draft(theme: Theme, actor: Actor, version: int) -> None:
    require(can_make_themes(actor))
    db.session.refresh(theme, with_for_update={"of": Theme})
    if theme.version != version:
        raise WrongState("다른 분석가가 먼저 고쳤습니다. 새로 고쳐 바뀐 내용을 보고 다시 해 주세요.")
    if theme.state is not ThemeState.DRAFT:
        raise WrongState(f"이미 ‘{theme.state.label}’{particle_after(theme.state.label, '로')} 결정된 주제입니다.")


def _texts(title: str, summary: str) -> tuple[str, str]:
    title = typed_line(title, "title", "제목", max_chars=TITLE_MAX_CHARS)
    summary = typed_text(summary, "summary", "정책 요약", max_chars=SUMMARY_MAX_CHARS, min_chars=0)
    refuse_resident_numbers(summary, "summary")
    return title, summary


def _for_audit(theme: Theme) -> dict[str, object]:
    return {
        "state": theme.state.name,
        "title": text_hash(theme.title),
        "summary": text_hash(theme.summary),
        "reason": text_hash(theme.decision_reason),
    }
