from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import stdtrit
from scipy.stats import ttest_ind_from_stats

from forum.core.intervals import difference_of_rates, newcombe, rate, t_quantile, welch, wilson


def test_wilson_and_newcombe_give_the_published_examples():
    """Newcombe 1998, "Interval estimation for the difference …", table II, method 10."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert newcombe((56, 70), (48, 80)) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert newcombe((9, 10), (3, 10)) == pytest.approx((0.1705, 0.8090), abs=5e-5)
    assert newcombe((10, 10), (0, 10)) == pytest.approx((0.6075, 1.0000), abs=5e-5)


@given(st.floats(1, 5_000))
def test_the_quantile_is_never_too_small_and_never_far_too_large(degrees):
    exact = stdtrit(degrees, 0.975)
    assert exact - 1e-5 <= t_quantile(degrees) or degrees > 1_000
    assert t_quantile(degrees) <= max(stdtrit(int(degrees), 0.975) + 1e-5, 1.02 * exact)


@given(
    st.tuples(st.floats(-50, 50), st.floats(0.1, 9), st.integers(2, 60)),
    st.tuples(st.floats(-50, 50), st.floats(0.1, 9), st.integers(2, 60)),
)
def test_the_interval_of_means_holds_that_of_scipy(one, other):
    found = welch(one, other)
    exact = ttest_ind_from_stats(*one, *other, equal_var=False)
    # scipy: the same standard error and degrees of freedom, with the exact quantile
    standard_error = (one[0] - other[0]) / exact.statistic if exact.statistic else None
    if standard_error:
        half = (found[1] - found[0]) / 2
        assert half >= 1.959 * abs(standard_error) - 1e-9


def test_means_of_one_value_have_no_interval():
    assert welch((3.0, 0.0, 1), (2.0, 1.0, 9)) is None
    assert welch((3.0, 0.0, 4), (2.0, 0.0, 9)) == (1.0, 1.0)


def test_nothing_counted_may_still_be_something():
    low, high = rate(0, 30)
    assert low == 0
    assert 3 < high * 30 < 4


def test_rates_that_differ_clearly_leave_out_zero_and_equal_ones_do_not():
    low, high = difference_of_rates((4, 30), (30, 30))
    assert high < 0
    low, high = difference_of_rates((10, 30), (10, 30))
    assert low < 0 < high
    assert low == pytest.approx(-high)
