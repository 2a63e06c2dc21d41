"""Set criteria, score tasks, and publish what a closed stage's scores gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import SYSTEM, Actor, require
from forum.core.database import lock_name
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.text import clean_line, clean_text, refuse_resident_numbers
from forum.deliberation.council.permissions import SECRETARIAT_ONLY
from forum.deliberation.rounds.locking import CHANGED_MEANWHILE, hold_round, lock_round
from forum.deliberation.rounds.models import (
    ConflictStatement,
    CouncilRound,
    CouncilTask,
    RoundStage,
    StageState,
    TaskState,
)
from forum.deliberation.rounds.queries import Member, has_tie, member_at, scorers_of, ties_of
from forum.deliberation.scorecards.facts import CARDS, CRITERIA, RESULTS
from forum.deliberation.scorecards.mails import ask_why_far
from forum.deliberation.scorecards.models import (
    Beside,
    Criterion,
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
    can_set_criteria,
    is_own_card,
)
from forum.deliberation.scorecards.queries import RESULT_JOB, card_of, criteria_of
from forum.people.accounts.permissions import may_take_part, why_not_take_part
from forum.system.audit.services import record
from forum.system.jobs.services import enqueue_job
from forum.system.texts.limits import count_by_person

if TYPE_CHECKING:
    from nlp.opinion.scorecards import Ranked

MAX_CRITERIA = 10
MAX_NAME_CHARS, MAX_QUESTION_CHARS, MAX_REASON_CHARS = 40, 200, 1_000
ALL_WEIGHTS = 100


@dataclass(frozen=True)
class CriterionRow:
    """One criterion as it is typed; `weight` in per cent."""

    name: str
    question: str
    weight: int
    beside: Beside = Beside.NOTHING


def set_criteria(round_: CouncilRound, actor: Actor, rows: Sequence[CriterionRow], *, seen: int) -> None:
    """Replace the criteria of a round, before its scoring opens. The caller commits.

    :param seen: revision of the round that the page showed
    :raise Forbidden: only the secretariat
    :raise WrongState: scoring has opened, or the round was changed since
    :raise InvalidInput: none or too many, a name that is missing or there twice, or weights that do not add up to 100
    """
    require(can_set_criteria(actor), str(SECRETARIAT_ONLY))
    checked = _checked(rows)
    lock_round(round_, seen)
    if _has_scoring_opened(round_):
        raise WrongState(_("점수를 매기기 시작한 뒤에는 기준과 가중치를 바꿀 수 없어요."))
    db.session.execute(sa.delete(Criterion).where(Criterion.round_id == round_.id))
    db.session.add_all(
        Criterion(
            round_id=round_.id,
            position=position,
            name=row.name,
            question=row.question,
            weight=row.weight,
            beside=row.beside,
        )
        for position, row in enumerate(checked, start=1)
    )
    round_.revision += 1
    db.session.flush()
    after = {"weights": [row.weight for row in checked], "revision": round_.revision}
    record(actor, "scorecards.set_criteria", round_, after=after, facts=CRITERIA.of([round_.id]))


def require_criteria(stage: RoundStage, _actor: Actor) -> None:
    """Refuse to open a stage that is scored while the weights do not add up to 100.

    :raise WrongState: they do not
    """
    if stage.kind.is_scored and sum(one.weight for one in criteria_of(stage.round_id)) != ALL_WEIGHTS:
        raise WrongState(_("평가 기준의 가중치를 더해 100이 되게 한 뒤에 열 수 있어요."))


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
    job_id: int,
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


def _scoring_as(task: CouncilTask, actor: Actor) -> tuple[RoundStage, Member]:
    """Return the open stage, and as whom the actor scores the task.

    :raise Forbidden: not among those who weigh it, or with a tie to it
    :raise WrongState: no stage is open for scoring, or the task has left the round
    """
    stage = task.round.present_stage
    if stage is None or stage.state is not StageState.OPEN or not stage.kind.is_scored:
        require(not _is_stranger(task, actor), str(NOT_YOURS))
        raise WrongState(_("지금은 점수를 매기는 때가 아니에요."))
    member = member_at(actor, stage)
    require(can_score(member, scorers_of(stage, task)), str(NOT_YOURS))
    assert member is not None
    if member.team_member is not None:
        require(may_take_part(actor), why_not_take_part(actor))
    require(not has_tie(task, member), str(HAS_TIE))
    if task.state is not TaskState.IN_ROUND:
        raise WrongState(_("심의에서 빠진 과제예요."))
    return stage, member


def _is_stranger(task: CouncilTask, actor: Actor) -> bool:
    """Return whether the actor has nothing to do with the round, so that they hear nothing of its state."""
    return all(member_at(actor, stage) is None for stage in task.round.stages if stage.kind.is_scored)


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


def _checked(rows: Sequence[CriterionRow]) -> list[CriterionRow]:
    """:raise InvalidInput: see `set_criteria`"""
    if not 1 <= len(rows) <= MAX_CRITERIA:
        raise InvalidInput({"": _("기준은 1개부터 %(most)s개까지 둘 수 있어요.", most=MAX_CRITERIA)})
    errors: dict[str, str] = {}
    checked: list[CriterionRow] = []
    for place, row in enumerate(rows):
        try:
            name = clean_line(row.name, f"rows-{place}-name", _("기준"), max_chars=MAX_NAME_CHARS)
            question = clean_line(
                row.question, f"rows-{place}-question", _("물음"), max_chars=MAX_QUESTION_CHARS, min_chars=0
            )
        except InvalidInput as error:
            errors |= error.errors
            continue
        if not 1 <= row.weight <= ALL_WEIGHTS:
            errors[f"rows-{place}-weight"] = _("1부터 100 사이의 수를 적어 주세요.")
        checked.append(CriterionRow(name, question, row.weight, row.beside))
    if errors:
        raise InvalidInput(errors)
    if len({row.name for row in checked}) < len(checked):
        raise InvalidInput({"": _("같은 이름의 기준이 있어요.")})
    total = sum(row.weight for row in checked)
    if total != ALL_WEIGHTS:
        raise InvalidInput({"": _("가중치를 더하면 100이어야 해요. 지금 %(n)s이에요.", n=total)})
    return checked


def _has_scoring_opened(round_: CouncilRound) -> bool:
    return any(stage.kind.is_scored and stage.state is not StageState.PLANNED for stage in round_.stages)


def _lock_card(card: Scorecard, seen: int) -> None:
    db.session.refresh(card, with_for_update={"of": Scorecard})
    if card.revision != seen:
        raise WrongState(str(CHANGED_MEANWHILE))
