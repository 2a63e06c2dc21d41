from __future__ import annotations

import pytest

from forum.core.network import household_of, network_of


@pytest.mark.parametrize(
    ("address", "household"),
    [
        ("203.0.113.9", "203.0.113.9/32"),
        ("::ffff:203.0.113.9", "203.0.113.9/32"),
        ("2001:db8:0:7::1", "2001:db8:0:7::/64"),
        ("2001:db8:0:7:ffff::9", "2001:db8:0:7::/64"),
        ("", "unknown"),
        ("not an address", "unknown"),
        (None, "unknown"),
    ],
)
def test_rate_limits_count_a_household_of_ipv6_and_an_address_of_ipv4(address, household):
    assert household_of(address) == household


def test_a_school_with_many_addresses_of_ipv4_is_one_network():
    assert network_of("203.0.113.9") == network_of("203.0.113.200")
