"""Against a real server on this machine: what is refused reaches it never."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from forum.core import fetching
from forum.core.fetching import Guard, answers, is_public

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Answer = Callable[[socket.socket], None]


class Server:
    """Says the same to everybody, and keeps what it was asked."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.asked: list[bytes] = []
        self.answer: bytes | Answer = OK

    def start(self) -> Server:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def _serve(self) -> None:
        while True:
            try:
                caller, _address = self.listener.accept()
            except OSError:
                return
            with caller:
                self.asked.append(caller.recv(65_536))
                with suppress(OSError):
                    self._say(caller)

    def _say(self, caller: socket.socket) -> None:
        if isinstance(self.answer, bytes):
            caller.sendall(self.answer)
        else:
            self.answer(caller)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server().start()
    yield server
    server.listener.close()


def here(server: Server, **more: object) -> Guard:
    return Guard(ports=frozenset({server.port}), is_allowed=lambda _address: True, **more)  # type: ignore[arg-type]


def strict(server: Server) -> Guard:
    return Guard(ports=frozenset({server.port}))


def test_an_address_that_answers(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert answers(f"http://127.0.0.1:{server.port}/자료?a=1", here(server))
    [request] = server.asked
    assert request.startswith(b"GET /%EC%9E%90%EB%A3%8C?a=1 HTTP/1.1\r\n")
    assert b"Cookie" not in request


@pytest.mark.parametrize("status", ["404 Not Found", "500 No", "301 Moved", "100 Continue"])
def test_what_answers_otherwise_does_not_answer(server: Server, status: str) -> None:
    server.answer = f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode()
    assert not answers(f"http://127.0.0.1:{server.port}/", here(server, seconds=0.5))


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "localhost", "[::1]", "[::ffff:127.0.0.1]", "user@127.0.0.1"],
)
def test_this_machine_is_never_asked_however_it_is_written(server: Server, host: str) -> None:
    assert not answers(f"http://{host}:{server.port}/", strict(server))
    assert server.asked == []


@pytest.mark.parametrize("found", [["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["10.0.0.7"]])
def test_a_name_that_means_a_machine_inside_is_not_asked(
    server: Server, monkeypatch: pytest.MonkeyPatch, found: list[str]
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_m: entries(found, server.port))
    assert not answers(f"http://data.example.org:{server.port}/", strict(server))
    assert server.asked == []


def test_the_name_is_looked_up_once_and_the_connection_goes_to_what_was_checked(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[str] = []
    real = socket.getaddrinfo

    def look_up(host: str, *args: object, **more: object) -> object:
        if host == "127.0.0.1":  # the connection itself, to an address that needs no look-up
            return real(host, *args, **more)  # type: ignore[arg-type]
        looked_up.append(host)
        return entries(["127.0.0.1"] if len(looked_up) == 1 else ["169.254.169.254"], server.port)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert answers(f"http://data.example.org:{server.port}/", here(server))
    assert looked_up == ["data.example.org"]
    assert f"Host: data.example.org:{server.port}\r\n".encode() in server.asked[0]


def entries(addresses: list[str], port: int) -> list[object]:
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]


@pytest.mark.parametrize(("name", "expected"), [("data.example.org", True), ("other.example.org", False)])
def test_a_certificate_is_checked_against_the_name_and_not_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, expected: bool
) -> None:
    certificate = certificate_for("data.example.org", tmp_path)
    asked_for: list[str] = []
    at_server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    at_server.load_cert_chain(certificate)
    at_server.sni_callback = lambda _socket, host, _context: asked_for.append(host)
    server = Server()
    server.listener = at_server.wrap_socket(server.listener, server_side=True)
    server.start()
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, port, *a, **m: real(host, port, *a, **m) if host[0].isdigit() else entries(["127.0.0.1"], port),
    )
    guard = here(server, context=lambda: ssl.create_default_context(cafile=certificate))
    assert answers(f"https://{name}:{server.port}/", guard) is expected
    assert asked_for == [name]
    server.listener.close()


def certificate_for(name: str, folder: Path) -> Path:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    names = x509.SubjectAlternativeName([x509.DNSName(name)])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    signed = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / "server.pem"
    file.write_bytes(signed.public_bytes(pem) + private)
    return file


@pytest.mark.parametrize("url", ["http://data.example.org:8080/", "ftp://data.example.org/", "file:///etc/passwd", ""])
def test_other_ports_and_schemes_are_not_even_looked_up(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    looked_up: list[object] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **_m: looked_up.append(args))
    assert not answers(url)
    assert looked_up == []


@pytest.mark.parametrize("location", ["http://127.0.0.1:{port}/b", "https://other.example.org:{port}/", "/b"])
def test_other_redirections_are_not_followed(server: Server, location: str) -> None:
    where = location.format(port=server.port)
    server.answer = f"HTTP/1.1 302 Found\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n".encode()
    assert not answers(f"http://127.0.0.1:{server.port}/", here(server))
    assert len(server.asked) == 1


def test_a_redirection_to_https_of_the_same_host_is_checked_again(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answer = b"HTTP/1.1 301 Moved\r\nLocation: https://data.example.org/\r\nContent-Length: 0\r\n\r\n"
    found = iter([["127.0.0.1"], ["169.254.169.254"]])
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, port, *a, **m: real(host, port, *a, **m) if host[0].isdigit() else entries(next(found), port),
    )
    loopback = ipaddress.ip_address("127.0.0.1")
    guard = Guard(ports=frozenset({server.port, 443}), is_allowed=lambda address: address == loopback)
    assert not answers(f"http://data.example.org:{server.port}/", guard)
    assert (len(server.asked), list(found)) == (1, [])


def test_a_server_that_drips_is_left_when_the_time_is_up(server: Server) -> None:
    def drip(caller: socket.socket) -> None:
        while True:
            caller.sendall(b"H")
            time.sleep(0.05)

    server.answer = drip
    began = time.monotonic()
    assert not answers(f"http://127.0.0.1:{server.port}/", here(server, seconds=0.4))
    assert time.monotonic() - began < 3


def test_headers_without_end_are_read_up_to_a_limit(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = []

    def flood(caller: socket.socket) -> None:
        caller.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            caller.sendall(b"X: " + b"y" * 1_000 + b"\r\n")
            sent.append(1_000)

    server.answer = flood
    monkeypatch.setattr(fetching, "MAX_BYTES", 8_192)
    assert not answers(f"http://127.0.0.1:{server.port}/", here(server))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::5db8:d822", True),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.0.1", False),
        ("100.64.0.1", False),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("0.0.0.0", False),  # noqa: S104
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("192.0.2.1", False),
        ("::", False),
        ("::1", False),
        ("::7f00:1", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("fec0::1", False),
        ("ff0e::1", False),
        ("2001:db8::1", False),
        ("::ffff:10.0.0.1", False),
        ("2002:7f00:1::", False),
        ("2002:a00:1::", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b:1::1", False),
        ("2001:0:53aa:64c:0:0:f5ff:fffe", False),
    ],
)
def test_which_addresses_are_public(text: str, expected: bool) -> None:
    assert is_public(ipaddress.ip_address(text)) is expected
