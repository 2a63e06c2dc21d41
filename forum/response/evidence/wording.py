"""What came of a theme, in sentences that say no more than happened."""

from __future__ import annotations

from collections.abc import Iterator

from forum.core.disclosure import MIN_PEOPLE_PER_CELL
from forum.core.i18n import _
from forum.core.korean import thousands
from forum.response.delivery.models import MAX_HELPS
from forum.response.delivery.sides import TwoSides
from forum.response.pilots.models import Pilot
from forum.response.pilots.queries import result_of_pilot
from forum.response.pilots.results import result_words
from forum.response.pledges.models import CheckInOutcome
from forum.response.pledges.queries import PledgeFigures


def sides_words(sides: TwoSides) -> str:
    """Return what the ministry says is done, and what those who took part think of it.

    Empty while nothing is done and fewer than five people gave a score.
    """
    if not sides.n_promised or (not sides.n_done and sides.helps is None):
        return ""
    return " ".join(_both_sides(sides))


def _both_sides(sides: TwoSides) -> Iterator[str]:
    n, done = thousands(sides.n_promised), thousands(sides.n_done)
    yield _("부처가 약속한 %(n)s가지 가운데 %(done)s가지를 마쳤다고 알렸어요.", n=n, done=done)
    if sides.helps is None:
        yield _("참여한 사람들의 평가는 아직 다섯 명이 되지 않아 싣지 않아요.")
        return
    yield _(
        "참여한 사람들이 본 도움 점수는 %(most)s점 가운데 %(helps)s점이에요"
        "(우연히 달라질 수 있는 범위 %(low)s~%(high)s점).",
        most=MAX_HELPS,
        helps=_point(sides.helps),
        low=_point(sides.low),
        high=_point(sides.high),
    )
    if sides.has_gap:
        yield _("부처가 알린 진행률로는 %(done)s점이라 차이가 커요.", done=_point(sides.done))


def _point(value: float | None) -> str:
    assert value is not None, "an interval and a gap come with their score"
    return f"{value:.1f}".removesuffix(".0")


def pilot_words(pilot: Pilot) -> str:
    """Return what a pilot came to; empty while it is not measured before and after."""
    result = result_of_pilot(pilot)
    if result is None:
        return ""
    found = _("시범 ‘%(title)s’: ", title=pilot.title) + " ".join(result_words(result, pilot.measure, pilot.unit))
    if pilot.decision is None:
        return found
    return found + " " + _("맡은 기관은 ‘%(decision)s’{로} 정했어요.", decision=pilot.decision.label)


def pledge_words(figures: PledgeFigures) -> str:
    """Return who keeps pledges and how that goes; empty while fewer than five people may be shown, or nothing was kept.

    Check-ins are counted, not people: fewer than five of them are not told.
    """
    recorded = sum(figures.outcomes.values())
    kept = figures.outcomes.get(CheckInOutcome.DONE, 0) + figures.outcomes.get(CheckInOutcome.SOME, 0)
    if not figures.people or not kept or recorded < MIN_PEOPLE_PER_CELL:
        return ""
    who = ", ".join(
        _("%(who)s %(n)s명", who=made_by.label, n=thousands(n)) for made_by, n in figures.people.items() if n
    )
    return _(
        "실천을 약속한 사람: %(who)s. 기록 %(all)s번 가운데 %(kept)s번은 했거나 조금 했어요.",
        who=who,
        all=thousands(recorded),
        kept=thousands(kept),
    )
