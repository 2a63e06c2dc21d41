"""Checks of scorecards: each stage's newest result is worked out anew from its cards, and so is what rests on it.

Scores are whole hundredths of a point here, and nothing is computed by `nlp.opinion.scorecards`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from forum.administration.operations.findings import Finding
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.council.models import CouncilGroup, Seat, TeamMember
from forum.deliberation.rounds.models import ConflictStatement, CouncilTask, RoundStage, StageDecision
from forum.deliberation.scorecards.models import Criterion, Scorecard, StageResult
from forum.system.jobs.models import Job

JOB, SCORED, HELD = "scorecards.compute", {"SUBCOMMITTEE", "PEOPLE_TEAM", "DELEGATES"}, {"CLOSED", "DECIDED"}
"""Written out here, so that a change elsewhere is noticed."""
NEAR = 1e-5  # results keep six digits or more
FAR, SPREADS, FEWEST = 150, 2, 4  # hundredths from the median, times the spread, cards to compare


@dataclass(frozen=True)
class _Figures:
    """What the cards of one task give; scores in hundredths of a point, in the order of the cards."""

    scores: tuple[int, ...]
    counts: dict[str, list[int]]

    @property
    def mean(self) -> Fraction:
        return Fraction(sum(self.scores), len(self.scores))

    def part(self, share: Fraction) -> Fraction:
        """Return the score below which this share lies, between two scores in proportion."""
        ordered, at = sorted(self.scores), share * (len(self.scores) - 1)
        low = int(at)
        high = min(low + 1, len(ordered) - 1)
        return ordered[low] + (at - low) * (ordered[high] - ordered[low])

    @property
    def median(self) -> Fraction:
        return self.part(Fraction(1, 2))

    @property
    def spread(self) -> Fraction:
        return self.part(Fraction(3, 4)) - self.part(Fraction(1, 4))


def criteria_weights() -> Finding:
    """Check that the weights of each round whose scoring has opened add up to 100."""
    finding = Finding(_("평가 기준의 가중치"), 0)
    weights: dict[int, int] = defaultdict(int)
    for round_id, weight in db.session.execute(sa.select(Criterion.round_id, Criterion.weight)):
        weights[round_id] += weight
    opened = sa.select(RoundStage.round_id).where(
        RoundStage.kind.in_(sorted(SCORED)), RoundStage.opened_at.is_not(None)
    )
    for round_id in db.session.scalars(opened.distinct().order_by(RoundStage.round_id)):
        finding.n_checked += 1
        if weights[round_id] != 100:
            finding.differences.append(_("선정 %(id)s번: 더하면 %(n)s", id=round_id, n=weights[round_id]))
    return finding


def scorecards() -> Finding:
    """Check each card: whose it is, that it scores each criterion in time, and that nobody with a tie counts."""
    finding = Finding(_("평가표"), 0)
    seats = dict(db.session.execute(sa.select(Seat.id, Seat.term_id)).all())
    in_group = sa.select(TeamMember.id, CouncilGroup.term_id).join(CouncilGroup, CouncilGroup.id == TeamMember.group_id)
    members = dict(db.session.execute(in_group).all())
    criteria: dict[int, set[int]] = defaultdict(set)
    for round_id, criterion_id in db.session.execute(sa.select(Criterion.round_id, Criterion.id)):
        criteria[round_id].add(criterion_id)
    tied = _tied()
    for card in _cards():
        finding.n_checked += 1
        round_, is_team = card.stage.round, card.stage.kind.name == "PEOPLE_TEAM"
        term = members.get(card.team_member_id or 0) if is_team else seats.get(card.seat_id or 0)
        is_whole = {one.criterion_id for one in card.scores} == criteria[round_.id]
        is_here = card.task.round_id == round_.id and card.stage.kind.name in SCORED and term == round_.term_id
        closed = card.stage.closed_at
        is_in_time = closed is None or card.updated_at <= closed
        has_tie = (card.task_id, card.seat_id, card.team_member_id) in tied
        if not (is_whole and is_here and is_in_time):
            finding.differences.append(_("평가표 %(id)s번: 누가 무엇에 언제 매겼는지", id=card.id))
        if has_tie and card.taken_out_at is None:
            finding.differences.append(_("평가표 %(id)s번: 이해관계가 있는데 셉니다", id=card.id))
    return finding


def stage_results() -> Finding:
    """Work out the newest result of each closed stage from its cards. A stage whose job still waits is left out."""
    finding = Finding(_("단계마다 점수를 센 것"), 0)
    waiting = sa.select(Job.arguments).where(Job.kind == JOB, Job.state.in_(["QUEUED", "RUNNING"]))
    skipped = {arguments.get("stage_id") for arguments in db.session.scalars(waiting)}
    cards: dict[int, list[Scorecard]] = defaultdict(list)
    for card in _cards():
        cards[card.stage_id].append(card)
    results = _results()
    for stage in _stages():
        if stage.id in skipped or not (cards[stage.id] or stage.id in results):
            continue
        finding.n_checked += 1
        found = results.get(stage.id, [])
        numbers = [one.number for one in found]
        if not found or numbers != list(range(1, len(found) + 1)):
            wrong = [_("센 차례가 1, 2, 3…이 아닙니다")]
        else:
            wrong = list(_wrong_result(stage, found[-1], cards[stage.id]))
        finding.differences += [_("단계 %(id)s번: %(wrong)s", id=stage.id, wrong=one) for one in wrong]
    return finding


def decided_ranks() -> Finding:
    """Compare the ranks in each stage's decisions with the result that stood when it was decided."""
    finding = Finding(_("단계를 정할 때의 차례"), 0)
    decided: dict[int, dict[int, int | None]] = defaultdict(dict)
    query = sa.select(StageDecision.stage_id, StageDecision.task_id, StageDecision.rank)
    for stage_id, task_id, rank in db.session.execute(query.order_by(StageDecision.stage_id, StageDecision.task_id)):
        decided[stage_id][task_id] = rank
    results = _results()
    for stage in _stages():
        if not decided[stage.id] or stage.decided_at is None:
            continue
        finding.n_checked += 1
        stood = [one for one in results.get(stage.id, []) if one.made_at <= stage.decided_at]
        ranks = {one.task_id: one.rank for one in stood[-1].tasks} if stood else {}
        present = sorted((task_id for task_id in decided[stage.id] if task_id in ranks), key=lambda one: ranks[one])
        if decided[stage.id] != {task_id: place for place, task_id in enumerate(present, start=1)}:
            finding.differences.append(_("단계 %(id)s번", id=stage.id))
    return finding


def _wrong_result(stage: RoundStage, result: StageResult, cards: Sequence[Scorecard]) -> Iterator[str]:
    """Say in what a result differs from what its cards give."""
    weights = _weights(stage)
    counted = [card for card in cards if card.taken_out_at is None]
    if (result.n_cards, result.n_taken_out) != (len(cards), len(cards) - len(counted)):
        yield _("평가표의 수가 다릅니다")
    if result.parameters.get("weights") != {str(key): weight for key, weight in weights.items()}:
        yield _("쓴 가중치가 다릅니다")
    figures = {
        one.task_id: _figures([card for card in counted if card.task_id == one.task_id], weights)
        for one in result.tasks
    }
    lines = {one.task_id: one for one in result.tasks}
    if {card.task_id for card in cards} - set(lines):
        yield _("빠진 과제가 있습니다")
        return
    seed, order = stage.round.seed, _order(figures, stage.round.seed)
    if result.parameters.get("seed") != seed:
        yield _("쓴 씨앗이 다릅니다")
    bounds = _intervals([figures[task_id] for task_id in order], seed, result.parameters.get("draws") or 0)
    for place, task_id in enumerate(order, start=1):
        line, own = lines[task_id], figures[task_id]
        same = (line.rank, line.n, line.distribution) == (place, len(own.scores), own.counts)
        if not (same and _is_near(line.mean, own, "mean") and _is_near(line.median, own, "median")):
            yield _("과제 %(id)s번의 점수나 차례가 다릅니다", id=task_id)
        if not _is_near(line.spread, own, "spread") or (line.rank_low, line.rank_high) != bounds.get(
            place, (None, None)
        ):
            yield _("과제 %(id)s번의 퍼진 정도나 차례의 폭이 다릅니다", id=task_id)
    yield from _not_asked(counted, figures)


def _not_asked(counted: Sequence[Scorecard], figures: Mapping[int, _Figures]) -> Iterator[str]:
    """Say who is far from the others and was not asked why."""
    places: dict[int, int] = defaultdict(int)
    for card in counted:
        own, place = figures[card.task_id], places[card.task_id]
        places[card.task_id] += 1
        distance = abs(own.scores[place] - own.median)
        if (
            len(own.scores) >= FEWEST
            and distance >= FAR
            and distance > SPREADS * own.spread
            and card.far_asked_at is None
        ):
            yield _("평가표 %(id)s번: 많이 다른데 까닭을 묻지 않았습니다", id=card.id)


def _figures(cards: Sequence[Scorecard], weights: Mapping[int, int]) -> _Figures:
    counts = {str(key): [0, 0, 0, 0, 0] for key in weights}
    scores = []
    for card in cards:
        values = {one.criterion_id: one.value for one in card.scores}
        scores.append(sum(weight * values.get(key, 0) for key, weight in weights.items()))
        for key, value in values.items():
            counts.setdefault(str(key), [0, 0, 0, 0, 0])[value - 1] += 1
    return _Figures(tuple(scores), counts)


def _order(figures: Mapping[int, _Figures], seed: str) -> list[int]:
    """Return the tasks from the best: by mean, then median, then the published digits; those without a card last."""

    def place(task_id: int) -> tuple[bool, Fraction, Fraction, str]:
        own, chance = figures[task_id], sha256(f"{seed}:{task_id}".encode()).hexdigest()
        if not own.scores:
            return True, Fraction(0), Fraction(0), chance
        return False, -own.mean, -own.median, chance

    return sorted(figures, key=place)


def _intervals(figures: Sequence[_Figures], seed: str, draws: int) -> dict[int, tuple[int, int]]:
    """Draw the members anew with the published digits; return the middle 90 % of the draws for each rank."""
    import numpy as np  # the command's process draws, no web process does

    scored = [np.array(one.scores) for one in figures if one.scores]
    if not scored or not draws:
        return {}
    random = np.random.default_rng(list(sha256(seed.encode()).digest()))
    sums = [one[random.integers(len(one), size=(draws, len(one)))].sum(axis=1).tolist() for one in scored]
    found: list[list[int]] = [[] for _one in scored]
    for draw in range(draws):
        means = [Fraction(sums[place][draw], len(scored[place])) for place in range(len(scored))]
        for rank, place in enumerate(sorted(range(len(scored)), key=lambda one: (-means[one], one)), start=1):
            found[place].append(rank)
    low, high = (round(share * (draws - 1)) for share in (0.05, 0.95))
    return {place: (sorted(ranks)[low], sorted(ranks)[high]) for place, ranks in enumerate(found, start=1)}


def _is_near(stored: float | None, own: _Figures, name: str) -> bool:
    if stored is None or not own.scores:
        return stored is None and not own.scores
    return abs(stored - float(getattr(own, name)) / 100) < NEAR


def _weights(stage: RoundStage) -> dict[int, int]:
    query = sa.select(Criterion.id, Criterion.weight).where(Criterion.round_id == stage.round_id)
    return dict(db.session.execute(query.order_by(Criterion.position)).all())


def _stages() -> Sequence[RoundStage]:
    """Return the closed stages at which scores are given."""
    query = sa.select(RoundStage).where(RoundStage.kind.in_(sorted(SCORED)), RoundStage.state.in_(sorted(HELD)))
    return db.session.scalars(query.options(joinedload(RoundStage.round)).order_by(RoundStage.id)).all()


def _cards() -> Sequence[Scorecard]:
    query = sa.select(Scorecard).options(
        selectinload(Scorecard.scores),
        joinedload(Scorecard.task),
        joinedload(Scorecard.stage).joinedload(RoundStage.round),
    )
    return db.session.scalars(query.order_by(Scorecard.id)).all()


def _results() -> dict[int, list[StageResult]]:
    """Return the results of each stage, the newest last."""
    found: dict[int, list[StageResult]] = defaultdict(list)
    query = sa.select(StageResult).options(selectinload(StageResult.tasks))
    for one in db.session.scalars(query.order_by(StageResult.stage_id, StageResult.number)):
        found[one.stage_id].append(one)
    return dict(found)


def _tied() -> set[tuple[int, int | None, int | None]]:
    """Return who declared a conflict or proposed which task, as (task, seat, membership of a team). What was said of a
    task that was merged is said of where it went.
    """
    proposers = db.session.execute(sa.select(CouncilTask.id, CouncilTask.merged_into_id, CouncilTask.proposer_seat_id))
    into: dict[int, int | None] = {}
    said: list[tuple[int, int | None, int | None]] = []
    for task_id, target, seat_id in proposers:
        into[task_id] = target
        said += [(task_id, seat_id, None)] if seat_id is not None else []
    columns = (ConflictStatement.task_id, ConflictStatement.seat_id, ConflictStatement.team_member_id)
    said += [(task_id, seat_id, member_id) for task_id, seat_id, member_id in db.session.execute(sa.select(*columns))]
    tied: set[tuple[int, int | None, int | None]] = set()
    for task_id, seat_id, member_id in said:
        at: int | None = task_id
        while at is not None and (at, seat_id, member_id) not in tied:
            tied.add((at, seat_id, member_id))
            at = into.get(at)
    return tied


SCORECARD_CHECKS = (criteria_weights, scorecards, stage_results, decided_ranks)
