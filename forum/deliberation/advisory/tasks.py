"""The job that makes the members' list. It computes with no transaction open and publishes by one at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from forum.analysis.shortlists.tasks import vote_table
from forum.core.access import Actor
from forum.core.database import reading
from forum.core.disclosure import MIN_PEOPLE_PER_CELL
from forum.core.extensions import db
from forum.core.failpoints import failpoint
from forum.core.i18n import _l
from forum.deliberation.advisory.models import AdvisorySide
from forum.deliberation.advisory.queries import SLATE_JOB, assembly_of, counted_ratings, finalists, slate_of
from forum.deliberation.advisory.services import publish_members_slate
from forum.deliberation.rounds.locking import lock_round
from forum.deliberation.rounds.models import CouncilRound, StageState
from forum.system.jobs.models import Job
from forum.system.jobs.progress import Progress
from forum.system.jobs.registry import JobKind, JobLink, describe_job, job_handler

STEPS = {
    "reading": _l("위원의 표를 읽는 중"),
    "choosing": _l("목록을 계산하고 검산표를 만드는 중"),
}


def _to_page(job: Job, _actor: Actor) -> JobLink | None:
    round_ = db.session.get(CouncilRound, job.arguments.get("round_id", 0))
    if round_ is None:
        return None
    return JobLink(_l("계산으로 고른 목록 보기"), "advisory.show", {"round_id": round_.id})


describe_job(SLATE_JOB, JobKind(_l("최종 과제 목록 계산"), STEPS, _to_page, _to_page))


@job_handler(SLATE_JOB)
def make_slate(progress: Progress, round_id: int) -> dict[str, Any]:
    """Choose a fair list of the finalists from the members' ratings and publish it with its proof.

    With fewer than five members nothing is chosen, and what is published says so.

    :return: {"round_id", "people", "standing"}
    :raise LeaseLost: another attempt has begun, or the job was cancelled; nothing is published
    """
    progress(0.05, "reading")
    with reading():
        weighed = _read(round_id)
        db.session.rollback()
    failpoint("advisory.read")
    progress(0.2, "choosing")
    choice = _choose(weighed)
    failpoint("advisory.chosen")
    progress.lock()
    while (present := _read(round_id, locked=True)) != weighed:  # somebody declared a conflict, or a task left
        weighed = present
        choice = _choose(weighed)
    made = None if weighed.is_done else publish_members_slate(round_id, progress.job_id, weighed.n_people, choice)
    result = {
        "round_id": round_id,
        "people": weighed.n_people,
        "standing": made.standing.name if made else "DONE BEFORE",
    }
    progress.finish(result)
    failpoint("advisory.publishing")
    db.session.commit()
    failpoint("advisory.published")
    return result


@dataclass(frozen=True)
class Weighed:
    """What the list is made of; `votes` are (seat id, number of the task, value)."""

    size: int
    seed: str
    numbers: tuple[int, ...]
    votes: tuple[tuple[int, int, int], ...]
    is_done: bool

    @property
    def n_people(self) -> int:
        return len({seat_id for seat_id, _number, _value in self.votes})


def _read(round_id: int, locked: bool = False) -> Weighed:
    """Read what counts now.

    :param locked: hold the round, so that nothing changes before the caller commits
    """
    round_ = db.session.get_one(CouncilRound, round_id)
    if locked:
        lock_round(round_)
    assert assembly_of(round_).state is not StageState.OPEN, "members still rate"
    numbers = tuple(task.number for task in finalists(round_))
    votes = tuple(vote for vote in counted_ratings(round_) if vote[1] in numbers)
    is_done = slate_of(round_id, AdvisorySide.MEMBERS) is not None
    return Weighed(round_.n_chosen, round_.seed, numbers, votes, is_done)


def _choose(weighed: Weighed) -> Any:
    """Return the fair list; None where it is there already, or where ballots would tell of too few members."""
    from nlp.opinion.slate import slate  # numpy belongs into the worker, not into every web process

    if weighed.is_done or weighed.n_people < MIN_PEOPLE_PER_CELL:
        return None
    numbers = list(weighed.numbers)
    return slate(vote_table(list(weighed.votes), numbers), weighed.size, seed=weighed.seed, keys=numbers)
