"""`python -m tests.assault.edge`: check that docs/deploy/ does what docs/deploy.md says. One JSON line per check.

The files of docs/deploy/ are run as they are (see `deployment`): nginx with TLS, gunicorn in production settings, a
worker, PostgreSQL. Then slow clients connect: through nginx they must not affect other users, and a bare gunicorn must
stop answering, which shows that they are slow enough to matter. Exit code 1: a check failed; 2: nginx is not installed.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import shutil
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.assault.deployment import HOST, Deployment
from tests.benchmarks.serving import database

MAX_MILLISECONDS = 300  # for other users, while slow clients are connected
TIMEOUT_SECONDS = 5  # without an answer for this long, a server counts as blocked


class Failed(AssertionError):
    """The deployment does not behave as docs/deploy.md says."""


def expect(truth: object, seen: object) -> None:
    if not truth:
        raise Failed(str(seen)[:500])


class TlsClient(http.client.HTTPConnection):
    """A connection to nginx that trusts only the deployment's certificate and uses the forum's host name."""

    def __init__(self, deployment: Deployment, name: str = HOST, timeout: float = 30) -> None:
        super().__init__(HOST, 443, timeout=timeout)  # host and port for the Host header
        self.port_here, self.name = deployment.https, name
        self.context = ssl.create_default_context(cafile=str(deployment.folder / "fullchain.pem"))

    def connect(self) -> None:
        plain = socket.create_connection(("127.0.0.1", self.port_here), self.timeout)
        self.sock = self.context.wrap_socket(plain, server_hostname=self.name)


def ask(
    deployment: Deployment, path: str, method: str = "GET", body: bytes | None = None, **headers: str
) -> tuple[int, http.client.HTTPMessage, bytes]:
    client = TlsClient(deployment)
    try:
        client.request(method, path, body, {"Host": HOST} | {k.replace("_", "-"): v for k, v in headers.items()})
        answer = client.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        client.close()


def page(deployment: Deployment) -> object:
    status, headers, body = ask(deployment, "/")
    expect(status == 200 and "탄소중립" in body.decode(), status)
    expect("max-age" in headers["Strict-Transport-Security"], headers)
    expect("default-src 'none'" in headers["Content-Security-Policy"], headers)
    expect(headers["Server"] == "nginx", headers["Server"])
    expect(ask(deployment, "/readyz")[0] == 200, "readyz")
    return "200, with HSTS and the application's policy"


def plain_http(deployment: Deployment) -> object:
    client = http.client.HTTPConnection("127.0.0.1", deployment.http, timeout=30)
    client.request("GET", "/ideas/?q=1", headers={"Host": "elsewhere.example"})
    answer = client.getresponse()
    where = answer.headers["Location"]
    client.close()
    expect(answer.status == 301 and where == f"https://{HOST}/ideas/?q=1", where)
    return "301 to the forum's own name, whatever Host said"


def other_name(deployment: Deployment) -> object:
    client = TlsClient(deployment, name="elsewhere.example")
    try:
        client.request("GET", "/")
    except ssl.SSLError as error:
        return error.reason
    raise Failed("another name was answered")


def forwarded(deployment: Deployment) -> object:
    lies = {"X_Forwarded_For": "203.0.113.9", "X_Forwarded_Host": "elsewhere.example", "X_Forwarded_Proto": "http"}
    _, headers, body = ask(deployment, "/what-arrived", X_Request_Id="chosen-by-a-client", **lies)
    seen: dict[str, Any] = json.loads(body)
    expect((seen["address"], seen["scheme"], seen["host"]) == ("127.0.0.1", "https", HOST), seen)
    expect(re.fullmatch(r"[0-9a-f]{32}", seen["request_id"]), seen)
    expect(headers["X-Request-Id"] == seen["request_id"], headers)
    expect(f'"request_id": "{seen["request_id"]}"' in deployment.log("web"), "the id is not in the log")
    return seen


def cookies(deployment: Deployment) -> object:
    status, headers, _ = ask(deployment, "/account/login")
    given = headers.get_all("Set-Cookie") or []
    expect(status == 200 and given, status)
    for cookie in given:
        expect(all(flag in cookie for flag in ("Secure", "HttpOnly", "SameSite=Lax")), cookie)
    return [cookie.split("=")[0] for cookie in given]


def limits(deployment: Deployment) -> object:
    """Check the limits: 2 MB by the application, 32 MB by nginx, before gunicorn."""
    seen = {}
    for megabytes in (1, 3, 33):
        body = b"x" * (megabytes * 1024 * 1024)
        kind = {"Content_Type": "application/octet-stream"}
        status, headers, _ = ask(deployment, "/what-arrived", "POST", body, **kind)
        seen[f"{megabytes} MB"] = f"{status} {'application' if headers['X-Request-Id'] else 'nginx'}"
    expect(seen == {"1 MB": "200 application", "3 MB": "413 application", "33 MB": "413 nginx"}, seen)
    return seen


def static_files(deployment: Deployment) -> object:
    page = ask(deployment, "/")[2].decode()
    path = page.split('<link rel="stylesheet" href="')[1].split('"')[0]
    status, headers, body = ask(deployment, path, Accept_Encoding="gzip, br")
    expect(status == 200 and body and headers["ETag"], status)
    expect(headers["Content-Encoding"] == "br" and headers["Content-Type"].startswith("text/css"), headers)
    expect("immutable" in headers["Cache-Control"], headers)
    expect(headers["X-Content-Type-Options"] == "nosniff" and headers["Strict-Transport-Security"], headers)
    expect(ask(deployment, path, If_None_Match=headers["ETag"])[0] == 304, "no 304")
    for outside in ("/static/vendor/.stamp", "/static/../__init__.py", "/static/%2e%2e/__init__.py", "/static../x"):
        expect(ask(deployment, outside)[0] in {400, 404}, outside)
    return "compressed, kept for a year, 304 with the ETag; nothing outside and no dot files"


def buffering(deployment: Deployment) -> object:
    """Check that nginx buffers requests: gunicorn gets one only when its body is complete."""
    half = b"x" * 5_000
    client = TlsClient(deployment)
    client.putrequest("POST", "/what-arrived", skip_host=True)
    client.putheader("Host", HOST)
    client.putheader("Content-Length", str(2 * len(half)))
    client.endheaders(half)
    time.sleep(TIMEOUT_SECONDS)  # longer than nginx keeps an idle connection to gunicorn
    n_meanwhile = deployment.n_inside()
    client.send(half)
    arrived = json.loads(client.getresponse().read())["n_body"]
    client.close()
    expect(n_meanwhile == 0 and arrived == 2 * len(half), (n_meanwhile, arrived))
    return "no connection to gunicorn while half of the body was there"


@contextmanager
def slow_clients(count: int, connect: Callable[[], socket.socket], every: float) -> Iterator[list[socket.socket]]:
    """Open `count` sockets, half of them in mid-head and half in mid-body, that send one byte each `every` seconds."""
    heads = (
        b"GET / HTTP/1.1\r\nHost: " + HOST.encode() + b"\r\nX-Slow: ",
        b"POST /what-arrived HTTP/1.1\r\nHost: " + HOST.encode() + b"\r\nContent-Length: 9999\r\n\r\n",
    )
    sockets: list[socket.socket] = []
    over = threading.Event()

    def trickle() -> None:
        while not over.wait(every):
            for slow in list(sockets):
                try:
                    slow.send(b"x")
                except OSError:
                    sockets.remove(slow)

    thread = threading.Thread(target=trickle)
    try:
        for n in range(count):
            sockets.append(connect())
            sockets[-1].sendall(heads[n % 2])
        thread.start()
        yield sockets
    finally:
        over.set()
        if thread.is_alive():
            thread.join()
        for slow in sockets:
            slow.close()


def others(seconds: float, answer: Callable[[], int]) -> dict[str, object]:
    """Measure what another user sees who requests a page again and again, with a new connection each time."""
    taken: list[float] = []
    n_failed, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        begun = time.perf_counter()
        try:
            if answer() != 200:
                n_failed += 1
        except OSError:  # includes timeouts
            n_failed += 1
        taken.append((time.perf_counter() - begun) * 1000)
        time.sleep(0.05)
    ranked = sorted(taken)
    return {
        "asked": len(taken),
        "failed": n_failed,
        "p50_ms": round(ranked[len(ranked) // 2]),
        "p95_ms": round(ranked[int(len(ranked) * 0.95)]),
        "max_ms": round(ranked[-1]),
    }


def slow_through_nginx(deployment: Deployment, count: int, seconds: float) -> object:
    context = ssl.create_default_context(cafile=str(deployment.folder / "fullchain.pem"))

    def connect() -> socket.socket:
        plain = socket.create_connection(("127.0.0.1", deployment.https), 10)
        return context.wrap_socket(plain, server_hostname=HOST)

    def answer() -> int:
        return ask(deployment, "/")[0]

    calm = others(seconds / 4, answer)
    with slow_clients(count, connect, every=3) as sockets:
        seen = others(seconds, answer)
        seen |= {"slow_clients": count, "still_there": len(sockets), "without_them": calm}
    expect(seen["failed"] == 0 and int(str(seen["p95_ms"])) <= MAX_MILLISECONDS, seen)
    return seen


def slow_at_bare_gunicorn(deployment: Deployment, count: int, seconds: float) -> object:
    def connect() -> socket.socket:
        return socket.create_connection(("127.0.0.1", deployment.inside), 10)

    def answer() -> int:
        client = http.client.HTTPConnection("127.0.0.1", deployment.inside, timeout=TIMEOUT_SECONDS)
        try:
            client.request("GET", "/", headers={"Host": HOST})
            return client.getresponse().status
        finally:
            client.close()

    with slow_clients(count, connect, every=3):
        seen = others(seconds, answer)
    expect(seen["failed"] == seen["asked"], f"gunicorn alone went on: the clients prove nothing. {seen}")
    return seen


def units(deployment: Deployment) -> object:
    found = deployment.verify_units()
    expect(found in {"", "not installed"}, found)
    return found or "systemd-analyze verify finds nothing"


def worker_lives(deployment: Deployment) -> object:
    worker = deployment.started[1]
    expect(worker.poll() is None and "Traceback" not in deployment.log("worker"), deployment.log("worker")[-480:])
    return "the unit's command runs"


CHECKS = (units, page, plain_http, other_name, forwarded, cookies, limits, static_files, buffering, worker_lives)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.assault.edge")
    parser.add_argument("--slow", type=int, default=200, help="slow clients")
    parser.add_argument("--seconds", type=float, default=25, help="of slow clients")
    options = parser.parse_args()
    if missing := [name for name in ("nginx", "openssl") if shutil.which(name) is None]:
        print(
            f"NOT CHECKED: {', '.join(missing)} is not installed, so nothing of docs/deploy/ was run.", file=sys.stderr
        )
        return 2
    slow: list[Callable[[Deployment], object]] = [
        lambda it: slow_through_nginx(it, options.slow, options.seconds),
        lambda it: slow_at_bare_gunicorn(it, options.slow, options.seconds),
    ]
    named = [(check.__name__, check) for check in CHECKS]
    named += zip(("slow_through_nginx", "slow_at_bare_gunicorn"), slow, strict=True)
    n_failed = 0
    with database() as base:
        deployment = Deployment(base.url)
        try:
            deployment.set_up()
            deployment.start()
            for name, check in named:
                found: object
                try:
                    found, ok = check(deployment), True
                except (Failed, OSError, http.client.HTTPException) as error:
                    found, ok = f"{type(error).__name__}: {error}", False
                n_failed += not ok
                print(json.dumps({"edge": name, "ok": ok, "found": found}, ensure_ascii=False), flush=True)
        finally:
            deployment.close()
    print(f"FAILED: {n_failed}" if n_failed else "All as docs/deploy.md says.", flush=True)
    return 1 if n_failed else 0


if __name__ == "__main__":
    sys.exit(main())
