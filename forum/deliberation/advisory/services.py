"""Rate the finalists, ask citizens, publish what a calculation would choose, and say why the council chose otherwise.

Locks, in this order: the round (shared, to rate), the seat, the shortlist.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import sqlalchemy as sa

from forum.analysis.shortlists.models import MAX_SIZE, Shortlist, ShortlistState, SlateStanding
from forum.analysis.shortlists.queries import open_idea_ids
from forum.analysis.shortlists.services import MAX_IDEAS, close_shortlist, open_shortlist
from forum.core import clock
from forum.core.access import SYSTEM, Actor, require
from forum.core.database import dialect_insert
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.text import clean_text, refuse_resident_numbers
from forum.deliberation.advisory.facts import BALLOTS, REASONS, SLATES
from forum.deliberation.advisory.mails import notify_of_list
from forum.deliberation.advisory.models import (
    MAX_REASON_CHARS,
    AdvisoryBallot,
    AdvisorySide,
    AdvisorySlate,
    BallotTask,
    DepartureReason,
    FinalistRating,
)
from forum.deliberation.advisory.permissions import (
    ANALYSTS_ONLY,
    MEMBERS_ONLY,
    REASONS_BY,
    can_explain,
    can_open_ballot,
    can_rate,
)
from forum.deliberation.advisory.queries import (
    SLATE_JOB,
    assembly_of,
    ballot_of,
    finalists,
    ratings_of,
    slate_of,
    tied_tasks,
)
from forum.deliberation.council.models import Seat
from forum.deliberation.council.permissions import SECRETARIAT_ONLY, can_run_council
from forum.deliberation.council.queries import chair_signing, seat_of
from forum.deliberation.rounds.locking import CHANGED_MEANWHILE, hold_round, lock_round
from forum.deliberation.rounds.models import CouncilRound, CouncilTask, RoundState, StageState
from forum.system.audit.services import record
from forum.system.jobs.models import Job
from forum.system.jobs.services import enqueue_job

if TYPE_CHECKING:
    from nlp.opinion.slate_result import Slate as Choice


def rate_finalists(round_: CouncilRound, actor: Actor, values: Mapping[int, int]) -> int:
    """Record a member's yes (1), pass (0) or no (-1) on finalists; those not named stay as they are.

    The caller commits.

    :param values: by the id of the task
    :return: how many were changed
    :raise Forbidden: the actor holds no seat of the term
    :raise WrongState: the assembly stage is not open, or a task is no finalist any more
    :raise InvalidInput: another value, or a task to which the member has a tie
    """
    require(can_rate(seat_of(actor, round_.term_id)), str(MEMBERS_ONLY))
    hold_round(round_)
    seat = _hold_seat(actor, round_)
    if assembly_of(round_).state is not StageState.OPEN:
        raise WrongState(_("최종 과제에는 총회 단계가 열려 있는 동안에만 표를 남길 수 있어요."))
    present = {task.id: task for task in finalists(round_)}
    if not values.keys() <= present.keys():
        raise WrongState(_("그사이에 빠진 과제가 있어요. 지금 있는 과제를 보고 다시 해 주세요."))
    _check_values(seat, values)
    before = ratings_of(seat.id, values)
    rows = [
        {"task_id": task_id, "seat_id": seat.id, "value": value, "rated_at": clock.now()}
        for task_id, value in sorted(values.items())
        if before.get(task_id) != value
    ]
    if rows:
        insert = dialect_insert(db.session, FinalistRating)
        new = {"value": insert.excluded.value, "rated_at": insert.excluded.rated_at}
        upsert = insert.on_conflict_do_update(index_elements=["task_id", "seat_id"], set_=new)
        db.session.execute(upsert.execution_options(synchronize_session=False), rows)
    return len(rows)


def open_ballot(round_: CouncilRound, actor: Actor) -> Shortlist:
    """Ask citizens about the finalists by a shortlist of their lead ideas. The caller commits.

    A task without an open lead idea is not on it, nor is a second one with the same idea.

    :raise Forbidden: only analysts
    :raise WrongState: the assembly stage is not open, there is a ballot already, voting is closed, another shortlist of
        the campaign is open, or there are too few ideas or too many places
    """
    require(can_open_ballot(actor), str(ANALYSTS_ONLY))
    lock_round(round_)
    if assembly_of(round_).state is not StageState.OPEN:
        raise WrongState(_("후보 투표는 총회 단계가 열려 있는 동안에 열 수 있어요."))
    if ballot_of(round_.id) is not None:
        raise WrongState(_("이 대표과제 선정의 후보 투표는 이미 열었어요."))
    stands_for = _ideas_of_finalists(round_)
    if round_.n_chosen > MAX_SIZE:
        places = {"most": MAX_SIZE, "n": round_.n_chosen}
        raise WrongState(_("후보 투표로는 %(most)s건까지 고를 수 있어요. 이 선정은 %(n)s건을 골라요.", **places))
    if not round_.n_chosen < len(stands_for) <= MAX_IDEAS:
        few = _(
            "후보 투표에는 고를 수보다 많은 과제가 있어야 해요. 시민의 말이 있는 최종 과제는 %(n)s건이에요.",
            n=len(stands_for),
        )
        raise WrongState(few)
    shortlist = open_shortlist(round_.campaign, actor, list(stands_for), round_.n_chosen)
    db.session.add(AdvisoryBallot(round_id=round_.id, shortlist_id=shortlist.id))
    db.session.flush()
    db.session.add_all(
        BallotTask(round_id=round_.id, task_id=task.id, idea_id=idea_id) for idea_id, task in stands_for.items()
    )
    db.session.flush()
    after = {"shortlist": shortlist.number, "tasks": [task.number for task in stands_for.values()]}
    record(actor, "advisory.open_ballot", round_, after=after, facts=BALLOTS.of([round_.id]))
    return shortlist


def explain_departure(task: CouncilTask, actor: Actor, text: str, seen: int) -> DepartureReason:
    """Write down why the council departs from a calculated list in this task, or leaves it out. The caller commits.

    :param seen: revision of the reason that the page showed, 0 for none
    :raise Forbidden: neither the secretariat nor a joint chair
    :raise WrongState: the assembly stage is not closed, both chairs have signed, the task is no finalist, or somebody
        wrote meanwhile
    :raise InvalidInput: blank, too long, or with a resident registration number
    """
    round_ = task.round
    require(can_explain(actor, chair_signing(actor, round_.term_id)), str(REASONS_BY))
    text = clean_text(text, "text", _("까닭"), max_chars=MAX_REASON_CHARS)
    refuse_resident_numbers(text, "text")
    lock_round(round_)
    require(can_explain(actor, chair_signing(actor, round_.term_id)), str(REASONS_BY))
    if assembly_of(round_).state not in {StageState.CLOSED, StageState.DECIDED}:
        raise WrongState(_("까닭은 총회 단계를 닫은 뒤에 적어요."))
    if round_.state is RoundState.FINISHED:
        raise WrongState(_("두 공동위원장이 서명한 뒤에는 고칠 수 없어요."))
    if task.id not in {one.id for one in finalists(round_)}:
        raise WrongState(_("최종 과제가 아니에요."))
    reason = db.session.get(DepartureReason, task.id, populate_existing=True)
    if (reason.revision if reason else 0) != seen:
        raise WrongState(str(CHANGED_MEANWHILE))
    if reason is None:
        reason = DepartureReason(task_id=task.id, revision=0)
        db.session.add(reason)
    elif reason.text == text:
        return reason
    assert actor.id is not None
    reason.text, reason.written_by_id, reason.written_at = text, actor.id, clock.now()
    reason.revision += 1
    db.session.flush()
    about = {"task": task.number, "revision": reason.revision}
    record(actor, "advisory.explain", task, after=about, facts=REASONS.of([task.id]))
    return reason


def request_slate(round_: CouncilRound, actor: Actor) -> Job:
    """Ask for the members' list of a round whose assembly stage is closed. The caller commits."""
    return enqueue_job(SLATE_JOB, dedupe_key=f"round:{round_.id}", actor=actor, round_id=round_.id)


def start_slate(round_: CouncilRound, actor: Actor) -> Job:
    """Ask again for the members' list, whose job failed. The caller commits.

    :raise Forbidden: only the secretariat
    :raise WrongState: the assembly stage is not closed, or the list is published
    """
    require(can_run_council(actor), str(SECRETARIAT_ONLY))
    lock_round(round_)
    if assembly_of(round_).state is not StageState.CLOSED:
        raise WrongState(_("총회 단계를 닫은 뒤에 목록을 계산해요."))
    if slate_of(round_.id, AdvisorySide.MEMBERS) is not None:
        raise WrongState(_("계산한 목록을 이미 공개했어요."))
    job = request_slate(round_, actor)
    record(actor, "advisory.start_slate", round_, after={"job_id": job.id})
    return job


def publish_members_slate(round_id: int, job_id: int, n_people: int, choice: Choice | None) -> AdvisorySlate | None:
    """Publish what members' ratings give, and tell the members.

    The caller holds the job's lease, ends the job and commits.

    :param choice: of numbers of tasks; None where too few members rated
    :return: None if another job has published it
    """
    round_ = db.session.get_one(CouncilRound, round_id)
    lock_round(round_)
    if slate_of(round_id, AdvisorySide.MEMBERS) is not None:
        return None
    proof = choice.proof() if choice else None
    numbers = [item["idea"] for item in proof["items"]] if proof else []
    query = sa.select(CouncilTask.number, CouncilTask.id).where(CouncilTask.round_id == round_id)
    by_number = {row.number: row.id for row in db.session.execute(query)}
    slate = AdvisorySlate(
        round_id=round_id,
        side=AdvisorySide.MEMBERS,
        job_id=job_id,
        n_people=n_people,
        standing=SlateStanding[choice.standing.name] if choice else SlateStanding.TOO_FEW,
        tasks=[by_number[number] for number in numbers],
        proof=proof,
    )
    return publish(slate, round_)


def publish(slate: AdvisorySlate, round_: CouncilRound) -> AdvisorySlate:
    """Store a list, record it and tell the members. The caller commits."""
    db.session.add(slate)
    db.session.flush()
    notify_of_list(round_, slate)
    after = {"side": slate.side.name, "n_people": slate.n_people, "standing": slate.standing.name}
    record(SYSTEM, "advisory.publish_slate", round_, after=after, facts=SLATES[slate.side].of([round_.id]))
    return slate


def close_ballot(round_: CouncilRound) -> None:
    """Close the citizens' ballot if it is still open: its list is due with the members'. The caller commits."""
    ballot = ballot_of(round_.id)
    if ballot is None:
        return
    db.session.refresh(ballot.shortlist, with_for_update={"of": Shortlist})
    if ballot.shortlist.state is ShortlistState.OPEN:
        close_shortlist(ballot.shortlist, SYSTEM)


def _hold_seat(actor: Actor, round_: CouncilRound) -> Seat:
    """Return the actor's seat, which nobody ends before this transaction does.

    :raise Forbidden: they hold none
    """
    seat = seat_of(actor, round_.term_id)
    if seat is not None:
        db.session.refresh(seat, with_for_update={"read": True, "of": Seat})
    require(can_rate(seat) and seat is not None and seat.account_id == actor.id, str(MEMBERS_ONLY))
    assert seat is not None
    return seat


def _check_values(seat: Seat, values: Mapping[int, int]) -> None:
    """:raise InvalidInput: another value than 1, 0 and -1, or a task to which the member has a tie"""
    tied = tied_tasks(seat, values)
    said = _("이해관계가 있거나 내가 낸 과제에는 표를 남기지 않아요.")
    errors = {f"task-{task_id}": said for task_id in sorted(tied)}
    odd = _("찬성, 넘김, 반대 가운데에서 골라 주세요.")
    errors |= {f"task-{task_id}": odd for task_id, value in sorted(values.items()) if value not in {-1, 0, 1}}
    if errors:
        raise InvalidInput(errors)


def _ideas_of_finalists(round_: CouncilRound) -> dict[int, CouncilTask]:
    """Return the open lead ideas of the finalists, in the tasks' order, with the task that each stands for."""
    by_idea: dict[int, CouncilTask] = {}
    for task in finalists(round_):
        if task.lead_idea_id is not None:
            by_idea.setdefault(task.lead_idea_id, task)
    is_open = open_idea_ids(round_.campaign_id, by_idea)
    return {idea_id: task for idea_id, task in by_idea.items() if idea_id in is_open}
