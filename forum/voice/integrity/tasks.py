"""The job that looks at a campaign's votes, and the periodic tasks around it. It computes with no transaction open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forum.core.access import Actor
from forum.core.database import reading
from forum.core.extensions import db
from forum.core.failpoints import failpoint
from forum.core.i18n import _l
from forum.system.jobs.models import Job
from forum.system.jobs.progress import Progress
from forum.system.jobs.registry import JobKind, JobLink, describe_job, job_handler, periodic_task
from forum.voice.integrity.permissions import can_see_findings
from forum.voice.integrity.queries import LOOK_JOB, due_campaign_ids, newest_event_id, votes_to_look_at
from forum.voice.integrity.services import enqueue_look, forget_judged_people, store_signals

if TYPE_CHECKING:
    from forum.voice.integrity.signals import CastVotes

ROWS_AT_A_TIME = 50_000
STEPS = {
    "reading": _l("투표를 읽는 중"),
    "looking": _l("살펴볼 투표를 찾는 중"),
}


def _to_page(_job: Job, actor: Actor) -> JobLink | None:
    return JobLink(_l("살펴볼 투표 보기"), "integrity.listing", {}) if can_see_findings(actor) else None


describe_job(LOOK_JOB, JobKind(_l("투표 살펴보기"), STEPS, _to_page, _to_page))


@job_handler(LOOK_JOB)
def look(progress: Progress, campaign_id: int) -> dict[str, int]:
    """Look for signals in a campaign's votes and keep them as findings for a moderator. No vote is changed.

    :return: {"campaign_id", "found", "new"}
    :raise LeaseLost: another attempt has begun, or the job was cancelled; nothing is kept
    """
    from forum.voice.integrity.signals import find_signals  # numpy belongs into the worker, not into every web process

    progress(0.05, "reading")
    with reading():
        last_event_id = newest_event_id()
        votes = read_votes(campaign_id)
        db.session.rollback()
    progress(0.5, "looking")
    signals = find_signals(votes)
    failpoint("integrity.looked")
    progress.lock()
    n_new = store_signals(campaign_id, signals, last_event_id)
    result = {"campaign_id": campaign_id, "found": len(signals), "new": n_new}
    progress.finish(result)
    failpoint("integrity.storing")
    db.session.commit()
    return result


def read_votes(campaign_id: int) -> CastVotes:
    """Return a campaign's votes as the arrays that `signals` takes."""
    import numpy as np  # belongs into the worker, not into every web process

    from forum.voice.integrity.signals import CastVotes  # it needs numpy

    rows: list[tuple[int, int, int, float]] = []
    made, n_chars = dict[int, float](), dict[int, int]()
    result = db.session.execute(votes_to_look_at(campaign_id), execution_options={"yield_per": ROWS_AT_A_TIME})
    for who, made_at, idea_id, chars, value, cast_at in result:
        made[who], n_chars[idea_id] = made_at.timestamp(), chars
        rows.append((who, idea_id, value, cast_at.timestamp()))
    who, idea, value, cast_at = zip(*rows, strict=True) if rows else ((), (), (), ())
    people, ideas = np.array(sorted(made), dtype=np.int64), np.array(sorted(n_chars), dtype=np.int64)
    return CastVotes(
        participant_ids=people,
        account_made=np.array([made[one] for one in people.tolist()], dtype=np.float64),
        idea_ids=ideas,
        n_chars=np.array([n_chars[one] for one in ideas.tolist()], dtype=np.int64),
        person=np.searchsorted(people, np.array(who, dtype=np.int64)),
        idea=np.searchsorted(ideas, np.array(idea, dtype=np.int64)),
        value=np.array(value, dtype=np.int64),
        cast_at=np.array(cast_at, dtype=np.float64),
    )


@periodic_task("integrity.keep_looking")
def keep_looking() -> int:
    """Enqueue a look at each campaign with votes since the last one.

    :return: how many were enqueued
    """
    with reading():
        campaign_ids = due_campaign_ids()
        db.session.rollback()
    for campaign_id in campaign_ids:
        enqueue_look(campaign_id)
        db.session.commit()
    return len(campaign_ids)


periodic_task("integrity.forget_people")(forget_judged_people)
