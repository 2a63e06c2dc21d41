"""Keys for what must be counted but not known: networks of addresses, and keyed hashes."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress

from flask import current_app

HASH_CHARS = 32
IPV4_PREFIX, IPV6_PREFIX = 24, 64


def network_of(address: str | None) -> str:
    """Return the network of an IP address: /24 of IPv4, /64 (one household) of IPv6.

    >>> network_of("203.0.113.9"), network_of("2001:db8::1:2:3:4"), network_of("::ffff:203.0.113.9")
    ('203.0.113.0/24', '2001:db8::/64', '203.0.113.0/24')
    """
    return _network(address, IPV4_PREFIX)


def household_of(address: str | None) -> str:
    """Return what rate limits count: one address of IPv4, /64 of IPv6, in which a household has addresses at will.

    >>> household_of("203.0.113.9"), household_of("2001:db8::1:2:3:4")
    ('203.0.113.9/32', '2001:db8::/64')
    """
    return _network(address, 32)


def _network(address: str | None, ipv4_prefix: int) -> str:
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    prefix = ipv4_prefix if ip.version == 4 else IPV6_PREFIX
    return str(ipaddress.ip_network((ip, prefix), strict=False))


def keyed_hash(purpose: str, value: str) -> str:
    """Return 32 hex digits of HMAC-SHA-256 with the application's key, different for each purpose."""
    text = f"{purpose}:{value}".encode("utf-8", "replace")
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, text, hashlib.sha256).hexdigest()[:HASH_CHARS]
