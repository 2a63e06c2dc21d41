"""The stages of a forum as its pages draw them: one is current, the others are over or ahead.

Phases may overlap: people usually propose and vote at the same time. The open phases in which people take part are one
stage, with their names joined; ministries may work at others meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from forum.core.clock import SEOUL
from forum.core.i18n import _
from forum.voice.campaigns.models import PARTICIPATION, Phase, PhaseKind


@dataclass(frozen=True)
class Stage:
    """One stage: the current one, one that runs beside it, over, or, if none of these, ahead.

    ends : (name, closing time) of its phases, in order; one without a name if they close on the same day. Those of a
        stage that is over, or without end, are left out.
    """

    name: str
    is_current: bool = False
    is_running: bool = False
    is_over: bool = False
    ends: tuple[tuple[str, datetime], ...] = ()


@dataclass(frozen=True)
class Strip:
    """A forum's stages, in order, and what people can do now, as a sentence.

    `days_left` is how many days there are until the current stage first ends; None: without end, or nothing is open.
    """

    stages: Sequence[Stage]
    sentence: str
    ends: tuple[tuple[str, datetime], ...] = ()
    """Of the current stage."""
    days_left: int | None = None


def strip_of(phases: Sequence[Phase], now: datetime) -> Strip:
    """Return the stages of a forum at the time `now`.

    :param phases: ordered by their opening time
    """
    running = [phase for phase in phases if _is_open(phase, now)]
    current = [phase for phase in running if phase.kind in PARTICIPATION] or running
    stages: list[Stage] = []
    for phase in phases:
        if phase in current:
            if phase is current[0]:
                stages.append(Stage("·".join(one.kind.label for one in current), is_current=True, ends=_ends(current)))
        else:
            is_running = phase in running
            is_over = not is_running and phase.opens_at <= now
            stages.append(Stage(phase.kind.label, False, is_running, is_over, () if is_over else _ends([phase])))
    closes_at = min((phase.closes_at for phase in current if phase.closes_at), default=None)
    days_left = (_day(closes_at) - _day(now)).days if closes_at else None
    return Strip(tuple(stages), _sentence(phases, running, now), _ends(current), days_left)


def _ends(phases: Sequence[Phase]) -> tuple[tuple[str, datetime], ...]:
    """Return when these phases close, each by its name; one time without a name if all close on the same day."""
    ends = [(str(phase.kind.label), phase.closes_at) for phase in phases if phase.closes_at]
    if len(ends) == len(phases) and len({_day(closes_at) for _name, closes_at in ends}) == 1:
        return (("", ends[0][1]),)
    return tuple(ends)


def _day(moment: datetime) -> date:
    return moment.astimezone(SEOUL).date()


def _is_open(phase: Phase, now: datetime) -> bool:
    return phase.opens_at <= now and (phase.closes_at is None or now < phase.closes_at)


def _sentence(phases: Sequence[Phase], running: Sequence[Phase], now: datetime) -> str:
    kinds = {phase.kind for phase in running}
    if kinds >= set(PARTICIPATION):
        return _("제안과 투표를 받아요")
    if PhaseKind.PROPOSING in kinds:
        return _("제안을 받아요")
    if PhaseKind.VOTING in kinds:
        return _("투표를 받아요")
    if PhaseKind.REVIEW in kinds:
        return _("제안을 묶고 살펴보고 있어요")
    if PhaseKind.REFERRAL in kinds:
        return _("정책 주제를 소관부처에 보내고 있어요")
    if PhaseKind.ANSWER in kinds:
        return _("소관부처의 답변을 기다려요")
    coming = next((phase for phase in phases if phase.opens_at > now), None)
    if coming is None:
        return _("모든 단계가 끝났어요")
    return _("%(stage)s 단계를 준비하고 있어요", stage=coming.kind.label)
