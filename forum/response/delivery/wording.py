"""The two sides of what was promised, in words that several pages share."""

from __future__ import annotations

from forum.core.i18n import _
from forum.response.delivery.sides import TwoSides


def points(score: float) -> str:
    """Return a score of 0 to 10 with at most one decimal: 7, 6.5."""
    return f"{round(score, 1):g}"


def gap_sentence(sides: TwoSides) -> str:
    """Return that both sides are far apart, and who says what; empty where they are not."""
    if not sides.has_gap or sides.done is None or sides.helps is None:
        return ""
    words = {"done": points(sides.done), "helps": points(sides.helps)}
    return _("차이가 커요: 부처는 %(done)s점만큼 했다고 하고, 참여한 사람들은 %(helps)s점을 줬어요.", **words)
