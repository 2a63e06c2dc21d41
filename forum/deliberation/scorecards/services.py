"""Score tasks, and publish what a closed stage's scores gave. `criteria.py` sets what they are scored by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import SYSTEM, Actor, require
from forum.core.database import lock_name
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.text import clean_text, refuse_resident_numbers
from forum.deliberation.rounds.locking import CHANGED_MEANWHILE, hold_round
from forum.deliberation.rounds.models import (
    ConflictStatement,
    CouncilTask,
    RoundStage,
    StageState,
    TaskState,
)
from forum.deliberation.rounds.queries import Member, has_tie, member_at, scorers_of, ties_of
from forum.deliberation.scorecards.facts import CARDS, RESULTS
from forum.deliberation.scorecards.mails import ask_why_far
from forum.deliberation.scorecards.models import (
    CriterionScore,
    Scorecard,
    StageResult,
    TaskResult,
)
from forum.deliberation.scorecards.permissions import (
    HAS_TIE,
    NOT_YOURS,
    OWN_CARD,
    can_score,
    is_own_card,
)
from forum.deliberation.scorecards.queries import RESULT_JOB, card_of, criteria_of, takes_part
from forum.people.accounts.permissions import may_take_part, why_not_take_part
from forum.system.audit.services import record
from forum.system.jobs.services import enqueue_job
from forum.system.texts.limits import count_by_person

if TYPE_CHECKING:
    from nlp.opinion.scorecards import Ranked

MAX_REASON_CHARS = 1_000


def score(task: CouncilTask, actor: Actor, values: Mapping[int, int], reason: str, *, seen: int = 0) -> Scorecard:
    """Score a task at the open stage, or change one's own scores. The caller commits.

    :param values: 1 to 5 for each criterion, by its id
    :param reason: one for the whole card; public without a name once the stage closes
    :param seen: revision of the own card that the page showed; 0 for none
    :return: the card, flushed
    :raise Forbidden: not among those who weigh the task at this stage, or with a tie to it
    :raise WrongState: scoring is closed, the task has left the round, or the card was changed since
    :raise InvalidInput: a score that is missing or none, or no reason
    :raise TooManyTexts: too many cards in a short time
    """
    stage, member = _scoring_as(task, actor)
    scores = _checked_values(task, values)
    reason = clean_text(reason, "reason", _("까닭"), max_chars=MAX_REASON_CHARS)
    refuse_resident_numbers(reason, "reason")
    count_by_person(Scorecard.__tablename__, actor)
    hold_round(task.round)
    db.session.refresh(task)
    lock_name(db.session, f"scorecard of {member.columns()} for task {task.id}")
    stage, member = _scoring_as(task, actor)
    card = card_of(stage, task.id, member)
    if (card.revision if card else 0) != seen:
        raise WrongState(str(CHANGED_MEANWHILE))
    assert actor.participant_id is not None
    if card is None:
        card = Scorecard(
            stage_id=stage.id, task_id=task.id, author_id=actor.participant_id, reason=reason, **member.columns()
        )
        db.session.add(card)
        db.session.flush()
        db.session.add_all(
            CriterionScore(scorecard_id=card.id, criterion_id=criterion_id, value=value)
            for criterion_id, value in scores.items()
        )
    else:
        card.reason, card.author_id, card.updated_at = reason, actor.participant_id, clock.now()
        card.revision += 1
        for one in card.scores:
            one.value = scores[one.criterion_id]
    db.session.flush()
    db.session.refresh(card)
    after = {"task": task.number, "stage": stage.kind.name, "revision": card.revision}
    record(actor, "scorecards.score", card, after=after, facts=CARDS.of([card.id]))
    return card


def explain(card: Scorecard, actor: Actor, text: str, *, seen: int) -> None:
    """Say why one's scores are far from the others', once asked. The scores stay. The caller commits.

    :param seen: revision of the card that the page showed
    :raise Forbidden: somebody else's card
    :raise WrongState: not asked, or changed since
    :raise InvalidInput: no text
    """
    require(is_own_card(actor, card), str(OWN_CARD))
    text = clean_text(text, "text", _("까닭"), max_chars=MAX_REASON_CHARS)
    refuse_resident_numbers(text, "text")
    _lock_card(card, seen)
    if card.far_asked_at is None:
        raise WrongState(_("다른 사람들과 많이 다르지 않아 더 적지 않아도 돼요."))
    card.far_reason = text
    card.revision += 1
    db.session.flush()
    record(actor, "scorecards.explain", card, after={"revision": card.revision}, facts=CARDS.of([card.id]))


def show_name(card: Scorecard, actor: Actor, shows: bool) -> None:
    """Let a member show their name beside their own scores, or take it away again. The caller commits.

    :raise Forbidden: somebody else's card, or one of a team, whose people are not named
    """
    require(is_own_card(actor, card) and card.seat_id is not None, str(OWN_CARD))
    db.session.refresh(card, with_for_update={"of": Scorecard})
    if card.shows_name != shows:
        card.shows_name = shows
        card.revision += 1
        db.session.flush()
        after = {"shows_name": shows, "revision": card.revision}
        record(actor, "scorecards.show_name", card, after=after, facts=CARDS.of([card.id]))


def start_result(stage: RoundStage, actor: Actor) -> None:
    """Ask for the result of a scored stage that was closed. The caller commits."""
    if stage.kind.is_scored:
        enqueue_job(RESULT_JOB, dedupe_key=f"stage:{stage.id}", actor=actor, stage_id=stage.id)


def take_out_scores(statement: ConflictStatement, actor: Actor) -> None:
    """Take a member's scores of a task out of all results, and compute those of closed stages anew."""
    own = (
        Scorecard.seat_id == statement.seat_id
        if statement.seat_id is not None
        else Scorecard.team_member_id == statement.team_member_id
    )
    counted = sa.and_(Scorecard.task_id == statement.task_id, own, Scorecard.taken_out_at.is_(None))
    cards = db.session.scalars(sa.select(Scorecard).where(counted).order_by(Scorecard.id)).all()
    _take_out(cards, statement.task, actor)


def take_out_scores_of_merged(task: CouncilTask, actor: Actor) -> None:
    """Take out what was scored by those who have a tie to a task, as another with which they have one was merged into
    it. Nobody declared it, so nothing is said of who they are.
    """
    target = task.merged_into
    if target is None:
        return
    counted = sa.and_(Scorecard.task_id == target.id, Scorecard.taken_out_at.is_(None))
    cards = db.session.scalars(sa.select(Scorecard).where(counted).order_by(Scorecard.id)).all()
    ties = ties_of([target])
    _take_out([card for card in cards if ties.has(target, Member(card.seat, card.team_member))], target, actor)


def _take_out(cards: Sequence[Scorecard], task: CouncilTask, actor: Actor) -> None:
    for card in cards:
        card.taken_out_at = clock.now()
        card.revision += 1
    db.session.flush()
    for card in cards:
        if card.stage.state in {StageState.CLOSED, StageState.DECIDED}:
            start_result(card.stage, actor)
    if cards:
        facts = CARDS.of([card.id for card in cards])
        record(actor, "scorecards.take_out", task, after={"n": len(cards)}, facts=facts)


def publish_result(
    stage: RoundStage,
    job_id: int | None,
    ranked: Sequence[Ranked[int]],
    cards: Mapping[int, Sequence[int]],
    n_cards: int,
    n_taken_out: int,
    parameters: dict[str, object],
) -> StageResult:
    """Publish what a closed stage's scores gave, and ask those who are far off for a reason.

    The caller holds the job's lease and the round, ends the job and commits.

    :param cards: ids of the cards that count, by task, in the order in which they were ranked
    """
    newest = sa.select(sa.func.max(StageResult.number)).where(StageResult.stage_id == stage.id)
    result = StageResult(
        stage_id=stage.id,
        number=(db.session.scalar(newest) or 0) + 1,
        job_id=job_id,
        n_cards=n_cards,
        n_taken_out=n_taken_out,
        parameters=parameters,
    )
    db.session.add(result)
    db.session.flush()
    criteria = [str(one.id) for one in criteria_of(stage.round_id)]
    db.session.add_all(
        TaskResult(
            result_id=result.id,
            task_id=one.key,
            rank=one.rank,
            n=one.n,
            mean=one.mean,
            median=one.median,
            spread=one.spread,
            rank_low=one.low or None,
            rank_high=one.high or None,
            distribution={name: list(counts) for name, counts in zip(criteria, one.distribution, strict=True)},
        )
        for one in ranked
    )
    db.session.flush()
    far = sorted(cards[one.key][place] for one in ranked for place in one.far)
    for card in db.session.scalars(sa.select(Scorecard).where(Scorecard.id.in_(far)).order_by(Scorecard.id)):
        if card.far_asked_at is None:
            card.far_asked_at = clock.now()
            ask_why_far(card)
    db.session.flush()
    after = {"stage": stage.kind.name, "number": result.number, "n_cards": n_cards, "n_taken_out": n_taken_out}
    record(SYSTEM, "scorecards.publish_result", stage.round, after=after, facts=RESULTS.of([result.id]))
    return result


def require_scoring(task: CouncilTask) -> RoundStage:
    """Return the stage at which a task is scored now.

    :raise WrongState: no stage is open for scoring, or the task has left the round
    """
    stage = task.round.present_stage
    if stage is None or stage.state is not StageState.OPEN or not stage.kind.is_scored:
        raise WrongState(_("지금은 점수를 매기는 때가 아니에요."))
    if task.state is not TaskState.IN_ROUND:
        raise WrongState(_("심의에서 빠진 과제예요."))
    return stage


def _scoring_as(task: CouncilTask, actor: Actor) -> tuple[RoundStage, Member]:
    """Return the open stage, and as whom the actor scores the task.

    :raise Forbidden: not among those who weigh it, or with a tie to it
    :raise WrongState: no stage is open for scoring, or the task has left the round
    """
    require(takes_part(task.round, actor), str(NOT_YOURS))
    stage = require_scoring(task)
    member = member_at(actor, stage)
    require(can_score(member, scorers_of(stage, task)), str(NOT_YOURS))
    assert member is not None
    if member.team_member is not None:
        require(may_take_part(actor), why_not_take_part(actor))
    require(not has_tie(task, member), str(HAS_TIE))
    return stage, member


def _checked_values(task: CouncilTask, values: Mapping[int, int]) -> dict[int, int]:
    """:raise InvalidInput: a criterion without a score of 1 to 5"""
    criteria = criteria_of(task.round_id)
    wrong = {
        f"score_{one.id}": _("1점부터 5점까지 하나를 골라 주세요.")
        for one in criteria
        if values.get(one.id) not in {1, 2, 3, 4, 5}
    }
    if wrong:
        raise InvalidInput(wrong)
    return {one.id: values[one.id] for one in criteria}


def _lock_card(card: Scorecard, seen: int) -> None:
    db.session.refresh(card, with_for_update={"of": Scorecard})
    if card.revision != seen:
        raise WrongState(str(CHANGED_MEANWHILE))
