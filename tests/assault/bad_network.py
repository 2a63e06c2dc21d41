"""What lies between a phone and the forum: it can be cut, and it can lose answers that the forum has given."""

from __future__ import annotations

import http.client
import random
import re
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Network:
    """What lies between one phone and the forum, on a port of its own.

    is_cut : no request arrives, and the browser does not know of it
    drops : share (0..1) of answers that are lost after the forum has given them
    lost : how many were, by method and path; of the actions the first one is always lost while `drops` is not 0
    """

    def __init__(self, server_port: int, seed: int) -> None:
        self.server_port, self.chance = server_port, random.Random(seed)
        self.is_cut, self.drops, self.lost = False, 0.0, Counter[str]()
        network = self

        class Handler(BaseHTTPRequestHandler):
            def handle_one_request(self) -> None:
                super().handle_one_request()
                self.close_connection = True

            def forward(self) -> None:
                network.forward(self)

            do_GET = do_POST = do_HEAD = forward  # noqa: N815  (the names that the library asks for)

            def log_message(self, *_words: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def forward(self, asked: BaseHTTPRequestHandler) -> None:
        if self.is_cut:
            return
        body = asked.rfile.read(int(asked.headers.get("Content-Length") or 0))
        upstream = http.client.HTTPConnection("127.0.0.1", self.server_port, timeout=30)
        try:
            upstream.request(
                asked.command, asked.path, body or None, dict(asked.headers.items()) | {"Connection": "close"}
            )
            answer = upstream.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            return  # the browser sees a connection that ends
        finally:
            upstream.close()
        if self.is_cut or self._is_lost(asked):
            return
        asked.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"connection", "content-length", "transfer-encoding"}:
                asked.send_header(name, value)
        asked.send_header("Content-Length", str(len(text)))
        asked.send_header("Connection", "close")
        asked.end_headers()
        asked.wfile.write(text)

    def _is_lost(self, asked: BaseHTTPRequestHandler) -> bool:
        what = f"{asked.command} {re.sub(r'[0-9a-f]*[0-9]+[0-9a-f]*', 'N', asked.path.partition('?')[0])}"
        is_first = asked.path.endswith("/room/actions") and not self.lost[what]
        if not self.drops or not (is_first or self.chance.random() < self.drops):
            return False
        self.lost[what] += 1
        return True

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
