"""Intervals of shares, counts and means, 95 % unless told otherwise. Without scipy, which web processes do not load."""

from __future__ import annotations

import math
from bisect import bisect_right

Z_95 = 1.959963984540054
Interval = tuple[float, float]
# fmt: off
_T_DEGREES = (*range(1, 31), 40, 60, 120, 1_000)
_T_QUANTILES = (
    12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004, 2.262157, 2.228139,
    2.200985, 2.178813, 2.160369, 2.144787, 2.131450, 2.119905, 2.109816, 2.100922, 2.093024, 2.085963,
    2.079614, 2.073873, 2.068658, 2.063899, 2.059539, 2.055529, 2.051831, 2.048407, 2.045230, 2.042272,
    2.021075, 2.000298, 1.979930, 1.962339,
)
# fmt: on


def wilson(n_of: int, n: int, z: float = Z_95) -> Interval:
    """Return the score interval of a share (Wilson 1927)."""
    share, zz = n_of / n, z * z
    centre, spread = share + zz / (2 * n), z * math.sqrt(share * (1 - share) / n + zz / (4 * n * n))
    return (centre - spread) / (1 + zz / n), (centre + spread) / (1 + zz / n)


def newcombe(one: tuple[int, int], other: tuple[int, int]) -> Interval:
    """Return the interval of the difference of two shares (Newcombe 1998, method 10).

    :param one: how many, of how many; `other` likewise
    """
    (low, high), (other_low, other_high) = wilson(*one), wilson(*other)
    return _recovered(one[0] / one[1], (low, high), other[0] / other[1], (other_low, other_high))


def rate(count: int, exposure: float, z: float = Z_95) -> Interval:
    """Return the score interval of a Poisson rate: how often per unit of `exposure` (Rao 1948).

    :param exposure: such as days
    """
    centre, spread = count + z * z / 2, z * math.sqrt(count + z * z / 4)
    return max(0.0, centre - spread) / exposure, (centre + spread) / exposure


def difference_of_rates(one: tuple[int, float], other: tuple[int, float]) -> Interval:
    """Return the interval of the difference of two rates from the interval of each (Zou & Donner 2008).

    :param one: how often, in how many days; `other` likewise
    """
    return _recovered(one[0] / one[1], rate(*one), other[0] / other[1], rate(*other))


def welch(one: tuple[float, float, int], other: tuple[float, float, int]) -> Interval | None:
    """Return the interval of the difference of two means (Welch 1947); None if a mean is of one value.

    :param one: mean, standard deviation and number of values; `other` likewise
    """
    (mean, sd, n), (other_mean, other_sd, other_n) = one, other
    if min(n, other_n) < 2:
        return None
    variance, other_variance = sd * sd / n, other_sd * other_sd / other_n
    total = variance + other_variance
    if total == 0:
        return mean - other_mean, mean - other_mean
    degrees = total**2 / (variance**2 / (n - 1) + other_variance**2 / (other_n - 1))
    spread = t_quantile(degrees) * math.sqrt(total)
    return mean - other_mean - spread, mean - other_mean + spread


def t_quantile(degrees: float) -> float:
    """Return the 97.5 % quantile of Student's t from a table; between two of its rows the larger one.

    :param degrees: of freedom, at least 1
    """
    return _T_QUANTILES[max(0, bisect_right(_T_DEGREES, degrees) - 1)]


def _recovered(value: float, own: Interval, other_value: float, other: Interval) -> Interval:
    """Return the interval of value − other_value from the distances of each to its own bounds (MOVER)."""
    below = math.hypot(value - own[0], other[1] - other_value)
    above = math.hypot(own[1] - value, other_value - other[0])
    return value - other_value - below, value - other_value + above
