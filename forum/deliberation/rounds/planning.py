"""Plan a round: its title, stages and dates, before its long list opens."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from forum.core.access import Actor, require
from forum.core.database import lock_name
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.text import clean_line, refuse_resident_numbers
from forum.deliberation.council.models import CouncilTerm
from forum.deliberation.council.permissions import SECRETARIAT_ONLY
from forum.deliberation.rounds.facts import ROUNDS
from forum.deliberation.rounds.locking import lock_round
from forum.deliberation.rounds.models import (
    MAX_CHOSEN,
    MAX_TASKS,
    CouncilRound,
    RoundStage,
    RoundState,
    StageKind,
)
from forum.deliberation.rounds.permissions import can_run_round
from forum.system.audit.services import record
from forum.voice.campaigns.models import Campaign

SEED_BYTES = 16
MAX_TITLE_CHARS = 100


@dataclass(frozen=True)
class StagePlan:
    """One stage as it is planned.

    :param starts_on: first day in Seoul, `ends_on` the last; nothing opens or closes by itself on these days
    :param n_on: how many tasks go on at most
    """

    kind: StageKind
    starts_on: date
    ends_on: date
    n_on: int


def plan_round(
    term: CouncilTerm, campaign: Campaign, actor: Actor, title: str, n_chosen: int, plans: Sequence[StagePlan]
) -> CouncilRound:
    """Plan a round of five stages. The caller commits.

    :return: the new round, flushed, with the seed that settles ties
    :raise Forbidden: only the secretariat
    :raise InvalidInput: no title, or stages that do not follow each other or let more through than the one before
    """
    require(can_run_round(actor), str(SECRETARIAT_ONLY))
    title, n_chosen, plans = _checked(title, n_chosen, plans)
    lock_name(db.session, f"rounds of council term {term.id}")
    newest = sa.select(sa.func.max(CouncilRound.number)).where(CouncilRound.term_id == term.id)
    round_ = CouncilRound(
        term_id=term.id,
        campaign_id=campaign.id,
        number=(db.session.scalar(newest) or 0) + 1,
        title=title,
        n_chosen=n_chosen,
        seed=secrets.token_hex(SEED_BYTES),
    )
    round_.term, round_.campaign = term, campaign
    db.session.add(round_)
    db.session.flush()
    for position, plan in enumerate(plans, start=1):
        db.session.add(
            RoundStage(
                round_id=round_.id,
                kind=plan.kind,
                position=position,
                starts_on=plan.starts_on,
                ends_on=plan.ends_on,
                n_on=plan.n_on,
            )
        )
    db.session.flush()
    db.session.refresh(round_, ["stages"])
    _record(actor, "rounds.plan", round_)
    return round_


def change_plan(
    round_: CouncilRound, actor: Actor, title: str, n_chosen: int, plans: Sequence[StagePlan], *, seen: int
) -> None:
    """Change the plan of stages that have not opened yet; what has opened keeps its dates. The caller commits.

    :param seen: revision that the page showed
    :raise Forbidden: only the secretariat
    :raise WrongState: finished, or changed since
    :raise InvalidInput: as `plan_round`
    """
    require(can_run_round(actor), str(SECRETARIAT_ONLY))
    lock_round(round_, seen)
    if round_.state is RoundState.FINISHED:
        raise WrongState(_("끝난 선정은 고칠 수 없어요."))
    title, n_chosen, plans = _checked(title, n_chosen, _kept(round_, plans))
    round_.title, round_.n_chosen = title, n_chosen
    for stage, plan in zip(round_.stages, plans, strict=True):
        if stage.opened_at is None:
            stage.starts_on, stage.ends_on, stage.n_on = plan.starts_on, plan.ends_on, plan.n_on
    round_.revision += 1
    db.session.flush()
    _record(actor, "rounds.change_plan", round_)


def _kept(round_: CouncilRound, plans: Sequence[StagePlan]) -> list[StagePlan]:
    """Return the plans with those of stages that have opened as they stand, so that the others are checked by them."""
    stages = {stage.kind: stage for stage in round_.stages if stage.opened_at is not None}
    opened = {kind: StagePlan(kind, one.starts_on, one.ends_on, one.n_on) for kind, one in stages.items()}
    return [opened.get(plan.kind, plan) for plan in plans]


def _checked(title: str, n_chosen: int, plans: Sequence[StagePlan]) -> tuple[str, int, list[StagePlan]]:
    """:raise InvalidInput: see `plan_round`"""
    title = clean_line(title, "title", _("이름"), max_chars=MAX_TITLE_CHARS)
    refuse_resident_numbers(title, "title")
    if [plan.kind for plan in plans] != list(StageKind):
        raise InvalidInput({"title": _("다섯 단계를 차례대로 모두 적어 주세요.")})
    errors: dict[str, str] = {}
    if not 1 <= n_chosen <= MAX_CHOSEN:
        errors["n_chosen"] = _("고를 과제는 1개부터 %(most)s개까지 둘 수 있어요.", most=MAX_CHOSEN)
    before: StagePlan | None = None
    for plan in plans:
        name = plan.kind.name.lower()
        if plan.ends_on < plan.starts_on:
            errors[f"{name}_ends_on"] = _("끝나는 날이 시작하는 날보다 앞서요.")
        if before is not None and plan.starts_on < before.starts_on:
            errors[f"{name}_starts_on"] = _("앞 단계보다 먼저 시작할 수 없어요.")
        if not 1 <= plan.n_on <= MAX_TASKS:
            errors[f"{name}_n_on"] = _("과제는 1개부터 %(most)s개까지 올릴 수 있어요.", most=MAX_TASKS)
        elif before is not None and plan.n_on > before.n_on:
            errors[f"{name}_n_on"] = _("앞 단계에서 올라오는 것보다 많이 올릴 수 없어요.")
        before = plan
    if not errors and plans[-1].n_on != n_chosen:
        errors["assembly_n_on"] = _("마지막 단계에서 올릴 수는 고를 과제의 수와 같아야 해요.")
    if errors:
        raise InvalidInput(errors)
    return title, n_chosen, list(plans)


def _record(actor: Actor, action: str, round_: CouncilRound) -> None:
    after = {"number": round_.number, "revision": round_.revision, "n_chosen": round_.n_chosen}
    record(actor, action, round_, after=after, facts=ROUNDS.of([round_.id]))
