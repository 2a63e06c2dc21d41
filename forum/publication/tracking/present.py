"""At which of the five stations an idea is: 제안, 정책 주제, 전달, 답변, 약속.

This is the one rule for the stations on an idea's page and for the lists of one's own ideas. Votes are no station: they
go on beside it. Nothing here queries the database.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum

from forum.analysis.themes.models import ThemeState
from forum.core.i18n import _
from forum.response.referrals.models import Decision
from forum.voice.campaigns.models import PhaseKind


class Place(IntEnum):
    IDEA = 1
    THEME = 2
    LETTER = 3
    ANSWER = 4
    PROMISE = 5


@dataclass(frozen=True)
class Reached:
    """What an idea has reached.

    theme_states : of the themes it is in
    decision : the ministry's, on the idea itself or else on its theme; None without an answer
    is_own_decision : on the idea itself
    over : phases of its forum that have ended
    """

    theme_states: Collection[ThemeState] = ()
    is_sent: bool = False
    decision: Decision | None = None
    is_own_decision: bool = False
    n_promised: int = 0
    n_kept: int = 0
    over: Collection[PhaseKind] = ()


@dataclass(frozen=True)
class Present:
    """Where an idea stands.

    words : what happens there, until there is an answer
    has_ended : it goes no further
    """

    place: Place
    words: str = ""
    has_ended: bool = False


def present_of(reached: Reached) -> Present:
    """Return where an idea is now. One that a ministry declined itself ends at that answer, whatever its theme got."""
    if reached.decision is not None:
        is_declined = reached.is_own_decision and reached.decision is Decision.DECLINED
        if is_declined or not reached.n_promised:
            return Present(Place.ANSWER, has_ended=True)
        return Present(Place.PROMISE, has_ended=reached.n_kept == reached.n_promised)
    if reached.is_sent:
        is_over = PhaseKind.ANSWER in reached.over
        return Present(Place.ANSWER, _("답변 없이 끝났어요") if is_over else _("답변을 기다려요"), is_over)
    if ThemeState.APPROVED in reached.theme_states:
        is_over = PhaseKind.REFERRAL in reached.over
        return Present(Place.LETTER, _("전달하지 않고 끝났어요") if is_over else _("전달을 준비해요"), is_over)
    return _before_theme(reached.theme_states, PhaseKind.REVIEW in reached.over)


def _before_theme(states: Collection[ThemeState], is_over: bool) -> Present:
    if ThemeState.DRAFT in states and not is_over:
        return Present(Place.THEME, _("분석가가 살펴보고 있어요"))
    if ThemeState.REJECTED in states:
        return Present(Place.THEME, _("정책 주제가 되지 않았어요"), has_ended=True)
    if ThemeState.OUT_OF_SCOPE in states:
        return Present(Place.THEME, _("포럼의 범위 밖이에요"), has_ended=True)
    if is_over:
        return Present(Place.THEME, _("정책 주제에 들지 않았어요"), has_ended=True)
    return Present(Place.THEME, _("비슷한 제안을 모으고 있어요"))
