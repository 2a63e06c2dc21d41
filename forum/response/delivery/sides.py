"""Both sides of a promise: what the ministry says is done, and what those who took part say of it.

The ministry's score is the share of the promised steps that it says is done, by weight, on a scale of 0 to 10. The
people's score is the mean of their answers to "does it help?" (0 to 10), each person once: who rated several steps
counts with the mean of their own. Fewer than `MIN_PEOPLE_PER_CELL` people are not shown, and a step that so few rated
counts neither for its letter nor for its theme: the difference to its other steps would tell what they said.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from forum.core.disclosure import MIN_PEOPLE_PER_CELL
from forum.core.intervals import t_quantile
from forum.response.delivery.models import MAX_HELPS, Happened

GAP_POINTS = 2.0
"""A difference between the two scores that is larger is marked."""


@dataclass(frozen=True)
class TwoSides:
    """The two figures of a milestone, a letter or a theme.

    n_promised, n_done, n_late : steps of the present answers; late: not done, and the date is over
    done : 0..10, the ministry's score; None if nothing was promised
    n_people : how many people rated; None while they are fewer than five
    helps : 0..10, the people's score; None while fewer than five gave one
    low, high : its 95 % interval (Student's t), within 0..10; None without a score
    happened : answers to "did it happen?", by answer; empty while fewer than five people rated
    """

    n_promised: int = 0
    n_done: int = 0
    n_late: int = 0
    done: float | None = None
    n_people: int | None = None
    helps: float | None = None
    low: float | None = None
    high: float | None = None
    happened: dict[Happened, int] = field(default_factory=dict)

    @property
    def gap(self) -> float | None:
        """How many points the ministry's score is above the people's; None without both."""
        return None if self.done is None or self.helps is None else self.done - self.helps

    @property
    def has_gap(self) -> bool:
        """Do the two differ by more than two points?"""
        return self.gap is not None and abs(self.gap) > GAP_POINTS


def people_score(values: Sequence[float]) -> tuple[float, float, float] | None:
    """Return the mean of the people's scores with its 95 % interval; None for fewer than five people.

    :param values: one number of 0..10 for each person
    """
    n = len(values)
    if n < MIN_PEOPLE_PER_CELL:
        return None
    mean = math.fsum(values) / n
    variance = math.fsum((value - mean) ** 2 for value in values) / (n - 1)
    half = t_quantile(n - 1) * math.sqrt(variance / n)
    return mean, max(0.0, mean - half), min(float(MAX_HELPS), mean + half)
