"""The noise itself, where the extra [dp] is installed. OpenDP draws cannot be seeded, so bounds have a known chance."""

from __future__ import annotations

import pytest

from forum.response.datanoise.noise import draw, is_available, likely_error, scale_for

needs_opendp = pytest.mark.skipif(not is_available(), reason='needs the extra [dp]: pip install "netzero-forum[dp]"')


def test_scale_and_likely_error_are_as_worked_by_hand():
    """Of Laplace noise with scale b, 95 % is within b · ln 20 = 2.9957 b."""
    assert scale_for(3, 500) == pytest.approx(6)
    assert likely_error(6) == pytest.approx(17.974, abs=0.001)


@needs_opendp
def test_the_noise_is_laplace_of_the_scale_that_was_paid_for():
    """20,000 draws of scale b = 40: three statistics, each outside its range with a chance below 1e-10.

    The mean of n draws has the standard deviation b·√(2/n) = 0.4, and 7 of these are ±2.8. The mean size is b with the
    standard deviation b/√n = 0.283, so 40 ± 2. Beyond b·ln 20 lie 5 %: 1,000 ± 31, so 1,000 ± 217. The normal law puts
    2.6e-12 beyond 7 standard deviations.
    """
    n, scale = 20_000, scale_for(10, 250)
    noise = [figure - 1_000 for figure in draw([1_000] * n, 10, 250)]
    assert abs(sum(noise) / n) < 2.8
    assert abs(sum(map(abs, noise)) / n - scale) < 2
    assert abs(sum(abs(one) > likely_error(scale) for one in noise) - n / 20) < 217


@needs_opendp
def test_large_sums_and_fine_prices_are_drawn_too():
    """A difference over 60 scales has the chance e^-60, 1e-26, and none at all 1e-17; the sum is beyond 32 bits."""
    exact, sensitivity = 9 * 10**17, 10**14
    [figure] = draw([exact], sensitivity, 1)
    assert 0 < abs(figure - exact) < 60 * scale_for(sensitivity, 1)
