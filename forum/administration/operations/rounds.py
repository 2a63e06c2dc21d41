"""Checks of the council's rounds: where each task stands against what each stage decided, and who said what about it.

Everything here is worked out from the rows in plain Python, and not by what the services and pages use.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa

from forum.administration.operations.findings import Finding
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.council.models import Seat
from forum.deliberation.rounds.models import (
    ConflictStatement,
    CouncilRound,
    CouncilTask,
    RoundStage,
    StageDecision,
    TaskIdea,
)

SCORED = {"SUBCOMMITTEE", "PEOPLE_TEAM", "DELEGATES"}
"""Written out here, so that a change elsewhere is noticed."""

Decisions = Mapping[int, Mapping[int, StageDecision]]
"""{stage id: {task id: decision}}"""


def round_results() -> Finding:
    """Follow each task of each round through what its stages decided, and compare where it stands."""
    finding = Finding(_("대표과제 선정의 단계와 과제가 선 자리"), 0)
    seats = {seat.id: seat for seat in db.session.scalars(sa.select(Seat))}
    decided: dict[int, dict[int, StageDecision]] = defaultdict(dict)
    for one in db.session.scalars(sa.select(StageDecision).order_by(StageDecision.stage_id, StageDecision.task_id)):
        decided[one.stage_id][one.task_id] = one
    tasks: dict[int, list[CouncilTask]] = defaultdict(list)
    for task in db.session.scalars(sa.select(CouncilTask).order_by(CouncilTask.id)):
        tasks[task.round_id].append(task)
    for round_ in db.session.scalars(sa.select(CouncilRound).order_by(CouncilRound.id)):
        stages = sorted(round_.stages, key=lambda stage: stage.position)
        wrong = [*_wrong_round(round_, stages, seats), *_wrong_choices(stages, decided)]
        for task in tasks[round_.id]:
            finding.n_checked += 1
            if not _stands_right(task, round_, stages, decided):
                wrong.append(_("과제 %(n)s번이 선 자리가 단계마다 정한 것과 다릅니다", n=task.number))
        n_chosen = sum(task.state.name == "CHOSEN" for task in tasks[round_.id])
        if n_chosen > round_.n_chosen:
            wrong.append(_("고를 수보다 많이 골랐습니다"))
        finding.differences += [_("선정 %(id)s번: %(wrong)s", id=round_.id, wrong=one) for one in wrong]
    return finding


def task_words() -> Finding:
    """Compare what is said of each task's citizens' words with its ideas, and its merge with where these went."""
    finding = Finding(_("협의회의 과제와 시민의 글"), 0)
    ideas: dict[int, set[int]] = defaultdict(set)
    for task_id, idea_id in db.session.execute(sa.select(TaskIdea.task_id, TaskIdea.idea_id)):
        ideas[task_id].add(idea_id)
    merged: dict[int, list[CouncilTask]] = defaultdict(list)
    tasks = db.session.scalars(sa.select(CouncilTask).order_by(CouncilTask.id)).all()
    for task in tasks:
        if task.merged_into_id is not None:
            merged[task.merged_into_id].append(task)
    for task in tasks:
        finding.n_checked += 1
        has_words = (
            bool(ideas[task.id]) or task.source.name == "MINUTES" or any(one.has_words for one in merged[task.id])
        )
        is_led = task.lead_idea_id is None or task.lead_idea_id in ideas[task.id]
        if has_words is not task.has_words or not is_led:
            finding.differences.append(_("과제 %(id)s번: 시민의 글이 있는지가 다릅니다", id=task.id))
        finding.differences += [
            _("과제 %(id)s번: 합쳐진 과제 %(other)s번의 제안이 빠져 있습니다", id=task.id, other=one.id)
            for one in merged[task.id]
            if one.round_id != task.round_id or ideas[one.id] - ideas[task.id]
        ]
    return finding


def conflict_times() -> Finding:
    """Check of each statement whether it came after scoring had begun, and whether its author belongs to the term."""
    finding = Finding(_("이해관계 신고가 늦었는지"), 0)
    query = sa.select(ConflictStatement, CouncilTask, CouncilRound, Seat)
    query = (
        query.join(CouncilTask, CouncilTask.id == ConflictStatement.task_id)
        .join(CouncilRound, CouncilRound.id == CouncilTask.round_id)
        .outerjoin(Seat, Seat.id == ConflictStatement.seat_id)
        .order_by(ConflictStatement.id)
    )
    for statement, _task, round_, seat in db.session.execute(query):
        finding.n_checked += 1
        opened = [one.opened_at for one in round_.stages if one.kind.name in SCORED and one.opened_at is not None]
        is_late = any(moment <= statement.declared_at for moment in opened)
        if is_late is not statement.is_late or (seat is not None and seat.term_id != round_.term_id):
            finding.differences.append(_("이해관계 신고 %(id)s번", id=statement.id))
    return finding


def _wrong_round(round_: CouncilRound, stages: Sequence[RoundStage], seats: Mapping[int, Seat]) -> Iterator[str]:
    """Say what is wrong with the order of the stages, and with the signatures."""
    order = {"DECIDED": 0, "CLOSED": 1, "OPEN": 1, "PLANNED": 2}
    places = [order[stage.state.name] for stage in stages]
    if len(stages) != 5 or places != sorted(places) or places.count(1) > 1:
        yield _("단계의 차례가 맞지 않습니다")
    if (round_.state.name == "PLANNED") is not all(stage.opened_at is None for stage in stages):
        yield _("시작했는지가 단계와 다릅니다")
    for seat_id, kind in ((round_.civil_chair_id, "CIVIL"), (round_.government_chair_id, "GOVERNMENT")):
        seat = seats.get(seat_id or 0)
        if seat_id is not None and (seat is None or seat.kind.name != kind or seat.term_id != round_.term_id):
            yield _("서명한 사람이 그쪽 공동위원장이 아닙니다")
    signed = [one for one in (round_.civil_signed_at, round_.government_signed_at) if one is not None]
    if signed and (places[-1:] != [0] or any(one < (stages[-1].decided_at or one) for one in signed)):
        yield _("총회가 정하기 전에 서명했습니다")
    if (round_.state.name == "FINISHED") is not (len(signed) == 2):
        yield _("끝났는지가 서명과 다릅니다")


def _wrong_choices(stages: Sequence[RoundStage], decided: Decisions) -> Iterator[str]:
    """Say at which stages too many tasks go on, or a departure from the order of the scores has no reason."""
    for stage in stages:
        found = decided.get(stage.id, {})
        going_on = {task_id for task_id, one in found.items() if one.goes_on}
        if bool(found) is not (stage.state.name == "DECIDED") or len(going_on) > stage.n_on:
            yield _("‘%(stage)s’에서 올린 과제의 수가 맞지 않습니다", stage=stage.kind.label)
        ranks = [one.rank for one in found.values() if one.rank is not None]
        if len(set(ranks)) != len(ranks) or (ranks and stage.kind.name not in SCORED):
            yield _("‘%(stage)s’의 차례가 겹치거나 있을 수 없습니다", stage=stage.kind.label)
        if stage.kind.name not in SCORED:
            continue
        first = set(sorted(found, key=lambda task_id: (found[task_id].rank or 10**9, task_id))[: stage.n_on])
        for task_id in sorted((first & {task_id for task_id in found if found[task_id].rank}) ^ going_on):
            if not found[task_id].reason:
                yield _("‘%(stage)s’에서 점수와 다르게 정한 까닭이 없습니다", stage=stage.kind.label)


def _stands_right(task: CouncilTask, round_: CouncilRound, stages: Sequence[RoundStage], decided: Decisions) -> bool:
    """Return whether a task stands where the stages left it."""
    went_on, left_at = 0, None
    for stage in stages:
        decision = decided.get(stage.id, {}).get(task.id)
        if decision is None:
            break
        if not decision.goes_on:
            left_at = stage.id
            break
        went_on += 1
    later = [stage for stage in stages[went_on + (left_at is not None) :] if task.id in decided.get(stage.id, {})]
    n_decided = sum(stage.state.name == "DECIDED" for stage in stages)
    is_through = left_at is None and went_on == n_decided
    is_right = {
        "IN_ROUND": is_through and round_.state.name != "FINISHED",
        "CHOSEN": is_through and went_on == len(stages) and round_.state.name == "FINISHED",
        "LEFT_OUT": left_at is not None and left_at == task.out_stage_id,
        "WITHDRAWN": left_at is None,
        "MERGED": left_at is None,
    }
    return not later and is_right[task.state.name]


ROUND_CHECKS = (round_results, task_words, conflict_times)
