"""The job that makes a slate, and the periodic task around shortlists.

The job computes with no transaction open and publishes by one transaction at the end.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from forum.analysis.shortlists.models import Shortlist, ShortlistState
from forum.analysis.shortlists.queries import (
    SLATE_JOB,
    SeenBy,
    ballots,
    count_votes,
    has_voting_ended,
    open_shortlists,
    shortlist_ideas,
    slate_of,
)
from forum.analysis.shortlists.services import close_shortlist, publish_slate, store_progress
from forum.core.access import SYSTEM, Actor
from forum.core.database import reading
from forum.core.disclosure import MIN_PEOPLE_PER_CELL
from forum.core.extensions import db
from forum.core.failpoints import failpoint
from forum.core.i18n import _l
from forum.system.jobs.models import Job
from forum.system.jobs.progress import Progress
from forum.system.jobs.registry import JobKind, JobLink, describe_job, job_handler, periodic_task

STEPS = {
    "reading": _l("투표를 읽는 중"),
    "choosing": _l("대표안을 고르고 검산표를 만드는 중"),
}


def _to_page(job: Job, _actor: Actor) -> JobLink | None:
    shortlist = db.session.get(Shortlist, job.arguments.get("shortlist_id", 0))
    if shortlist is None:
        return None
    values = {"slug": shortlist.campaign.slug, "number": shortlist.number}
    return JobLink(_l("후보 투표 보기"), "shortlists.show", values)


describe_job(SLATE_JOB, JobKind(_l("대표안 고르기"), STEPS, _to_page, _to_page))


@job_handler(SLATE_JOB)
def make_slate(progress: Progress, shortlist_id: int) -> dict[str, Any]:
    """Choose the slate of a closed shortlist from its votes and publish it with its proof.

    With fewer than five voters nothing is chosen, and what is published says so.

    :return: {"shortlist_id", "people", "standing"}
    :raise LeaseLost: another attempt has begun, or the job was cancelled; nothing is published
    """
    from nlp.opinion.slate import slate  # numpy belongs into the worker, not into every web process

    progress(0.05, "reading")
    with reading():
        shortlist = db.session.get_one(Shortlist, shortlist_id)
        size, seed, is_done = shortlist.size, shortlist.seed, slate_of(shortlist_id) is not None
        assert shortlist.state is ShortlistState.CLOSED, "only closed shortlists have a slate"
        idea_ids = sorted(idea.id for idea in shortlist_ideas(shortlist))
        counted = set(idea_ids)  # one may be hidden between the two queries
        votes = [vote for vote in ballots(shortlist) if vote[1] in counted]
        db.session.rollback()
    seen_by = seen_in(votes, len(idea_ids))
    failpoint("shortlists.read")
    progress(0.2, "choosing")
    is_told = not is_done and seen_by.voters >= MIN_PEOPLE_PER_CELL
    choice = slate(vote_table(votes, idea_ids), size, seed=seed, keys=idea_ids) if is_told else None
    failpoint("shortlists.chosen")
    progress.lock()
    share = float(seen_by.share)
    made = None if is_done else publish_slate(shortlist_id, progress.job_id, seen_by.voters, share, choice)
    standing = made.standing.name if made else "DONE BEFORE"
    result = {"shortlist_id": shortlist_id, "people": seen_by.voters, "standing": standing}
    progress.finish(result)
    failpoint("shortlists.publishing")
    db.session.commit()
    failpoint("shortlists.published")
    return result


def seen_in(votes: list[tuple[int, int, int]], n_ideas: int) -> SeenBy:
    """Count the same as `count_votes`, of votes that were read before."""
    n_votes = Counter(participant_id for participant_id, _idea_id, _value in votes)
    return SeenBy(len(n_votes), sum(n == n_ideas for n in n_votes.values()))


def vote_table(votes: list[tuple[int, int, int]], idea_ids: list[int]) -> Any:
    """Return the votes as a table, (n_people, n_ideas) of 1, 0, -1, and NaN where there is none.

    :param idea_ids: ascending; every vote is on one of them
    """
    import numpy as np

    rows = np.array(votes, dtype=np.int64).reshape(-1, 3)
    people, person = np.unique(rows[:, 0], return_inverse=True)
    table = np.full((len(people), len(idea_ids)), np.nan)
    table[person, np.searchsorted(idea_ids, rows[:, 1])] = rows[:, 2]
    return table


@periodic_task("shortlists.keep")
def keep_shortlists() -> int:
    """Count how far the votes on open shortlists are, and close those whose voting phase has ended.

    :return: how many were closed
    """
    with reading():
        found = [
            (one.id, one.revision, has_voting_ended(one.campaign_id), count_votes(one)) for one in open_shortlists()
        ]
        db.session.rollback()
    n_closed = 0
    for shortlist_id, revision, has_ended, counted in found:
        store_progress(shortlist_id, revision, counted)
        shortlist = db.session.get_one(Shortlist, shortlist_id, populate_existing=True)
        if has_ended and shortlist.state is ShortlistState.OPEN:
            close_shortlist(shortlist, SYSTEM)
            n_closed += 1
        db.session.commit()
    return n_closed
