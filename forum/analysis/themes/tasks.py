"""Jobs of the analysis: run it, encode ideas, look for duplicates; and the periodic cleanup of stale runs.

Jobs compute with no transaction open and commit in batches. A run is written into a ThemeRun that is still BUILDING,
which no page shows, and published by one transaction at the end.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from forum.analysis.embeddings.services import (
    group_duplicates,
    stored_embeddings,
    texts_without_embedding,
    write_embedding_store,
)
from forum.analysis.embeddings.tasks import encode_missing
from forum.analysis.themes.lineage import previous_assignments, run_memberships
from forum.analysis.themes.models import ClusterMember, Granularity, UnthemedIdea
from forum.analysis.themes.permissions import can_read_runs
from forum.analysis.themes.queries import DUPLICATES_JOB, ENCODE_JOB, RUN_JOB
from forum.analysis.themes.services import (
    NLP_NAMES,
    create_run,
    enqueue_repetition,
    lineage_rows,
    member_rows,
    open_idea_texts,
    publish_run,
    replace_duplicate_groups,
    unthemed_rows,
    vote_counts,
)
from forum.analysis.themes.stale_runs import delete_member_batch, mark_run_failed, stale_run_ids
from forum.analysis.words.services import synonyms_of, user_words_of
from forum.core.access import Actor
from forum.core.database import batches, reading
from forum.core.extensions import db
from forum.core.failpoints import failpoint
from forum.core.i18n import LazyString, _l
from forum.system.jobs.models import Job
from forum.system.jobs.progress import Progress
from forum.system.jobs.registry import FindLink, JobKind, JobLink, describe_job, job_handler, periodic_task
from forum.voice.campaigns.models import Campaign
from nlp.records import Theming

READING_STEPS = {
    "copies": _l("거의 같은 글을 찾는 중"),
    "reading": _l("글을 낱말로 나누는 중"),
    "vectors": _l("글을 서로 견줄 준비를 하는 중"),
    "clusters": _l("비슷한 제안끼리 묶는 중"),
    "quality": _l("묶음이 고른지 살피는 중"),
    "labels": _l("묶음에 이름을 붙이는 중"),
}
"""The steps of `nlp.pipeline.analyse`."""
SAVING = {"saving": _l("찾은 것을 저장하는 중")}


def _campaign_link(label: LazyString, endpoint: str) -> FindLink:
    """Return what finds a page of the job's campaign, for those who may read runs."""

    def find(job: Job, actor: Actor) -> JobLink | None:
        campaign = db.session.get(Campaign, job.arguments.get("campaign_id", 0))
        return JobLink(label, endpoint, {"slug": campaign.slug}) if campaign and can_read_runs(actor) else None

    return find


def run_link(job: Job, actor: Actor) -> JobLink | None:
    """Return the page of the run that the job made or compared, for those who may read runs."""
    run_id = job.result.get("run_id") or job.result.get("compared_run_id")
    return (
        JobLink(_l("분석 결과 보기"), "themes.run_show", {"run_id": run_id})
        if run_id and can_read_runs(actor)
        else None
    )


_to_desk = _campaign_link(_l("분석가 책상으로 가기"), "desk.workbench")
describe_job(RUN_JOB, JobKind(_l("제안 분석"), READING_STEPS | SAVING, run_link, _to_desk))
describe_job(ENCODE_JOB, JobKind(_l("제안의 뜻 읽기"), {"encoding": _l("제안의 뜻을 읽는 중")}, _to_desk, _to_desk))
describe_job(
    DUPLICATES_JOB,
    JobKind(
        _l("같은 뜻의 제안 찾기"),
        {"likeness": _l("뜻이 같은 제안을 찾는 중")} | SAVING,
        _campaign_link(_l("찾은 제안 보기"), "themes.duplicates"),
        _campaign_link(_l("같은 뜻의 제안 화면으로 가기"), "themes.duplicates"),
    ),
)

BATCH_SIZE = 5_000  # rows a transaction writes at most, so that others never wait long


@job_handler(RUN_JOB)
def run_analysis(progress: Progress, campaign_id: int, granularity: str = "NORMAL") -> dict[str, int]:
    """Read the campaign's open ideas, find clusters, publish them as the campaign's current run.

    It uses the embeddings that are stored and never waits for others. If some are missing, the publication enqueues
    their encoding, whose end enqueues the analysis again.

    :return: {"run_id", "themes", "ideas", "unthemed"}
    :raise LeaseLost: another attempt has begun, or the job was cancelled; nothing is published
    """
    from nlp.pipeline import Settings, analyse  # scikit-learn belongs into the worker, not into every web process

    with reading():
        data_cut_at, ideas = open_idea_texts(campaign_id)
        settings = Settings(granularity=NLP_NAMES[Granularity[granularity]], user_words=user_words_of(campaign_id))
        db.session.rollback()
    failpoint("themes.read")
    with reading():
        embeddings = stored_embeddings(ideas)
        encoder = embeddings.identity if embeddings is not None and 2 * len(embeddings) >= len(ideas) else ""
        votes = vote_counts(campaign_id)
        previous = previous_assignments(campaign_id, settings.granularity, encoder)
        db.session.rollback()
    theming = analyse(
        ideas,
        settings,
        lambda share, step: progress(0.05 + 0.75 * share, step),
        embeddings,
        votes,
        previous=previous.themes,
        previous_subjects=previous.subjects,
    )
    failpoint("themes.computed")
    progress.lock()
    run_id = create_run(campaign_id, progress.job_id, progress.attempt, data_cut_at, theming)
    db.session.commit()
    failpoint("themes.begun")
    progress(0.85, "saving")
    _save_members(run_id, theming, progress)
    failpoint("themes.saved")
    n_themes, n_unthemed = len(theming.themes), len(theming.unthemed)
    result = {"run_id": run_id, "themes": n_themes, "ideas": theming.n_ideas, "unthemed": n_unthemed}
    links, kept = _compare_with_current_run(campaign_id, run_id)
    with reading():
        lacks_embeddings = bool(texts_without_embedding(ideas))
        db.session.rollback()
    progress.lock()
    publish_run(run_id, progress.attempt, links, lacks_embeddings, kept)
    progress.finish(result)
    failpoint("themes.publishing")
    db.session.commit()
    failpoint("themes.published")
    return result


def _save_members(run_id: int, theming: Theming, progress: Progress) -> None:
    """Insert the members of a run that is BUILDING, in batches; `progress` commits each."""
    for rows in batches(member_rows(run_id, theming), BATCH_SIZE):
        db.session.execute(sa.insert(ClusterMember), rows)
        failpoint("themes.saving")
        progress(0.9, "saving")
    for rows in batches(unthemed_rows(run_id, theming), BATCH_SIZE):
        db.session.execute(sa.insert(UnthemedIdea), rows)
        progress(0.95, "saving")


def _compare_with_current_run(campaign_id: int, run_id: int) -> tuple[list[dict[str, Any]], tuple[int, int] | None]:
    """Return what became of the current run's clusters, as rows of ClusterLineage, and the pairs of ideas kept."""
    from nlp.cluster.align import align, pairs_kept

    with reading():
        runs = run_memberships(campaign_id, run_id)
        db.session.rollback()
    if runs is None:
        return [], None
    links = lineage_rows(run_id, align(runs.old, runs.new, runs.old_idea_ids, runs.new_idea_ids))
    return links, pairs_kept(runs.old, runs.new, runs.new_idea_ids)


@job_handler(ENCODE_JOB)
def encode_campaign(progress: Progress, campaign_id: int) -> dict[str, int]:
    """Encode the campaign's open ideas that have no embedding, and rewrite its memory-mapped file.

    If the current run lacked some embeddings, the analysis is enqueued again.

    :return: {"encoded"}, number of texts
    :raise LeaseLost: another attempt has begun, or the job was cancelled; what was stored stays
    """
    with reading():
        _cut, ideas = open_idea_texts(campaign_id)
        db.session.rollback()
    n_encoded = encode_missing(ideas, lambda share, step: progress(0.95 * share, step))
    with reading():
        embeddings = stored_embeddings(ideas)
        db.session.rollback()
    write_embedding_store(campaign_id, embeddings)
    progress.lock()
    if n_encoded:
        enqueue_repetition(campaign_id)
    result = {"encoded": n_encoded}
    progress.finish(result)
    db.session.commit()
    return result


@job_handler(DUPLICATES_JOB)
def find_duplicates(progress: Progress, campaign_id: int) -> dict[str, int]:
    """Group the campaign's open ideas that ask for the same, in place of the groups found before.

    :return: {"groups", "grouped_ideas", "with_vectors"}; the last: how many ideas were compared by meaning too
    :raise LeaseLost: another attempt has begun, or the job was cancelled; the older groups stay
    """
    with reading():
        _cut, ideas = open_idea_texts(campaign_id)
        db.session.rollback()
    progress(0.05, "likeness")
    with reading():
        embeddings, synonyms = stored_embeddings(ideas), synonyms_of(campaign_id)
        db.session.rollback()
    groups = group_duplicates(campaign_id, ideas, embeddings, synonyms)
    progress(0.95, "saving")
    progress.lock()
    n_grouped = replace_duplicate_groups(campaign_id, groups.keys)
    result = {"groups": len(groups.keys), "grouped_ideas": n_grouped, "with_vectors": groups.n_with_vectors}
    progress.finish(result)
    db.session.commit()
    return result


@periodic_task("themes.clear_lost_runs")
def clear_stale_runs() -> int:
    """Mark runs as failed whose job continued without them or ended, and delete their members in batches.

    :return: how many runs were cleared
    """
    with reading():
        run_ids = stale_run_ids()
        db.session.rollback()
    for run_id in run_ids:
        for table in (ClusterMember, UnthemedIdea):
            while delete_member_batch(table, run_id):
                db.session.commit()
        mark_run_failed(run_id)  # last: a worker that is killed before it leaves the run for the next call
        db.session.commit()
    return len(run_ids)
