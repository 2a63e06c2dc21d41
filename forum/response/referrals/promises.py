"""Whether a ministry has kept what it promised in an answer, in one sentence."""

from __future__ import annotations

from forum.core import clock
from forum.core.i18n import _
from forum.response.referrals.models import Answer


def promise_words(answer: Answer) -> str:
    """Return whether the promises of an answer are kept; empty if it promised nothing."""
    promised = answer.milestones
    kept = sum(milestone.is_closed for milestone in promised)
    late = sum(not milestone.is_closed and milestone.due_on < clock.today() for milestone in promised)
    if not promised:
        return ""
    if kept == len(promised):
        return _("약속한 %(n)s가지를 모두 지켰어요.", n=kept)
    if late:
        return _(
            "약속한 %(n)s가지 가운데 %(kept)s가지를 끝냈고, %(late)s가지는 날짜를 넘겼어요.",
            n=len(promised),
            kept=kept,
            late=late,
        )
    if kept:
        return _(
            "약속한 %(n)s가지 가운데 %(kept)s가지를 끝냈어요. 나머지는 아직 날짜가 남았어요.",
            n=len(promised),
            kept=kept,
        )
    return _("약속한 %(n)s가지 가운데 아직 끝낸 것은 없어요. 약속한 날짜는 남아 있어요.", n=len(promised))
