"""Addresses of accounts. The accounts slice is above this one, so it registers how they are found."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

_lookup: list[Callable[[Collection[int]], Mapping[int, str]]] = []


def set_address_lookup(lookup: Callable[[Collection[int]], Mapping[int, str]]) -> None:
    """Set the function that finds the addresses of accounts that are open."""
    _lookup[:] = [lookup]


def addresses_of(account_ids: Collection[int]) -> Mapping[int, str]:
    """Return account id -> address, without closed accounts."""
    return _lookup[0](account_ids) if _lookup else {}
