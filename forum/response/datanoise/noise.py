"""Laplace noise from OpenDP, which the extra [dp] brings: 47 MB to fetch, 267 MB installed.

Figures are whole numbers of units, and so is the noise: OpenDP draws it exactly, without the gaps of floating point
numbers that give values away (Mironov 2012). It cannot be seeded. Only workers load it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib.util import find_spec

SAFE = 1 + 1e-9
"""The scale is so much larger than needed that rounding never makes a draw cost more than was paid."""
CERTAIN = 0.95


def is_available() -> bool:
    """Return whether the extra is installed, without loading it."""
    return find_spec("opendp") is not None


def scale_for(sensitivity: int, epsilon_millis: int) -> float:
    """Return the scale of the noise, in units, with which a draw costs this epsilon.

    :param sensitivity: how much one person changes all figures together, in units
    """
    return sensitivity * 1000 / epsilon_millis * SAFE


def draw(exact: Sequence[int], sensitivity: int, epsilon_millis: int) -> list[int]:
    """Return the figures with noise. Each call tells more: call it once for what was paid.

    :raise ImportError: the extra is not installed
    """
    import opendp.prelude as dp

    dp.enable_features("contrib")  # OpenDP's word for parts whose proofs are not yet all reviewed
    # "i64" and not int, which OpenDP takes for 32 bits and refuses larger sums
    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l1_distance(T="i64")
    measurement = dp.m.make_laplace(*space, scale=scale_for(sensitivity, epsilon_millis))
    assert measurement.map(sensitivity) * 1000 <= epsilon_millis
    return list(measurement(list(exact)))


def likely_error(scale: float) -> float:
    """Return how far a figure is from the exact one at most, 95 times in 100."""
    return -scale * math.log(1 - CERTAIN)
