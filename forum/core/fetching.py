"""Asks an address of somebody else whether it answers, and nothing more: the only place that opens one for people.

The name is resolved once, every address of it must be public, and the connection goes to that address: a name that
means another machine a moment later reaches nothing inside. No proxy, no cookie; at most one redirection, to https of
the same host, and checked like the first address.
"""

from __future__ import annotations

import http.client
import io
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from forum.core.links import is_web_address

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

SECONDS = 5.0
MAX_BYTES = 64 * 1024
PORTS = frozenset({80, 443})
AGENT = "netzero-forum (asks whether an address answers)"
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class _Refused(Exception):
    """Not to be asked, or it did not answer properly."""


def is_public(address: Address) -> bool:
    """Return whether an address is one of the public internet, also behind the ways to write IPv4 in IPv6."""
    if isinstance(address, ipaddress.IPv6Address):
        inside = address.ipv4_mapped or address.sixtofour
        if inside is None and address in _NAT64:
            inside = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inside is not None:
            return is_public(inside)
        if address.teredo is not None or address.is_site_local or address.scope_id is not None:
            return False
    odd = address.is_multicast or address.is_reserved or address.is_link_local or address.is_unspecified
    return address.is_global and not address.is_loopback and not odd


@dataclass(frozen=True)
class Guard:
    """What may be asked; tests loosen it to reach a server of theirs."""

    ports: frozenset[int] = PORTS
    is_allowed: Callable[[Address], bool] = is_public
    context: Callable[[], ssl.SSLContext] | None = None
    seconds: float = SECONDS


GUARD = Guard()


def answers(url: str, guard: Guard = GUARD) -> bool:
    """Return whether an address answers with 2xx. Takes `guard.seconds` at most and reads MAX_BYTES at most."""
    deadline = time.monotonic() + guard.seconds
    try:
        status, location = _ask(_target(url, guard), guard, deadline)
        if location:
            moved = urljoin(url, location)
            if urlsplit(moved).scheme != "https" or urlsplit(moved).hostname != urlsplit(url).hostname:
                return False
            status, _location = _ask(_target(moved, guard), guard, deadline)
    except (_Refused, OSError, http.client.HTTPException, ValueError):
        return False
    return 200 <= status < 300


def _target(url: str, guard: Guard) -> SplitResult:
    parts = urlsplit(url)
    if not is_web_address(url) or _port(parts) not in guard.ports:
        raise _Refused
    return parts


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _ask(parts: SplitResult, guard: Guard, deadline: float) -> tuple[int, str]:
    """Return the status, and where a redirection points."""
    host, port = (parts.hostname or "").encode("idna").decode(), _port(parts)
    address = _resolved(host, port, guard, deadline)
    with socket.create_connection((str(address), port), timeout=_left(deadline)) as plain:
        if parts.scheme == "https":
            context = (guard.context or _tls)()
            with context.wrap_socket(plain, server_hostname=host) as secure:
                return _talk(secure, parts, host, deadline)
        return _talk(plain, parts, host, deadline)


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _resolved(host: str, port: int, guard: Guard, deadline: float) -> Address:
    """Look a name up, once. All of its addresses must be allowed, not only the one that is taken."""
    found: list[Address] = []

    def look_up() -> None:
        with suppress(OSError, ValueError):
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.extend([ipaddress.ip_address(entry[4][0]) for entry in entries])

    # The system's look-up knows no time limit, so it gets a thread that nobody waits for.
    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(_left(deadline))
    addresses = tuple(found)
    if not addresses or not all(map(guard.is_allowed, addresses)):
        raise _Refused
    return addresses[0]


def _talk(sock: socket.socket, parts: SplitResult, host: str, deadline: float) -> tuple[int, str]:
    connection = http.client.HTTPConnection(host, _port(parts))
    connection.sock = _Timed(sock, deadline)  # type: ignore[assignment]
    path = urlsplit(parts.geturl())._replace(scheme="", netloc="", fragment="").geturl() or "/"
    usual = parts.port is None or (parts.scheme, parts.port) in {("http", 80), ("https", 443)}
    connection.putrequest("GET", _ascii(path), skip_host=True, skip_accept_encoding=True)
    connection.putheader("Host", host if usual else f"{host}:{parts.port}")
    connection.putheader("User-Agent", AGENT)
    connection.putheader("Accept", "*/*")
    connection.putheader("Connection", "close")
    connection.endheaders()
    response = connection.getresponse()
    return response.status, response.getheader("Location", "") if 300 <= response.status < 400 else ""


def _ascii(path: str) -> str:
    return quote(path, safe="!#$%&'()*+,/:;=?@[]~")


def _left(deadline: float) -> float:
    """:raise TimeoutError: no time is left"""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Timed:
    """A socket for `http.client` on which all reads together end at one moment, and after MAX_BYTES."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self.sock, self.deadline = sock, deadline

    def sendall(self, data: bytes) -> None:
        self.sock.settimeout(_left(self.deadline))
        self.sock.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self.sock, self.deadline))

    def close(self) -> None:
        self.sock.close()


class _Reader(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self.sock, self.deadline, self.left = sock, deadline, MAX_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self.left <= 0:
            raise _Refused
        self.sock.settimeout(_left(self.deadline))
        n = self.sock.recv_into(buffer, min(len(buffer), self.left))
        self.left -= n
        return n
