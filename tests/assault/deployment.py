"""Run the files of docs/deploy/ as they are: nginx, gunicorn and a worker over an empty PostgreSQL.

Copies of the files are changed in these places only: the names in ${…}; ports 80, 443 and 8000; the folders of the
certificate, the pid, the log and temporary files (nginx creates three more at its start); the user, unless this runs as
root; /opt/netzero.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil

from tests.assault.postgres import free_port
from tests.assault.service import ROOT, wait_for
from tests.servers import OPERATOR

FILES = ROOT / "docs" / "deploy"
HOST = "forum.example.go.kr"
UNITS = ("netzero-web.service", "netzero-worker.service")
CLONE, PYTHON = "/opt/netzero", "/opt/netzero/.venv/bin/python"


class Deployment:
    """nginx, gunicorn and a worker, started as docs/deploy.md says."""

    def __init__(self, url: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="forum-edge-"))
        self.folder.chmod(0o755)  # nginx's own user needs access to its temporary files
        self.http, self.https, self.inside = free_port(), free_port(), free_port()
        self.started: list[subprocess.Popen[bytes]] = []
        self.environ = os.environ | {
            "FORUM_ENV": "production",
            "FLASK_APP": "wsgi:app",
            "SECRET_KEY": os.urandom(32).hex(),
            "SECURITY_PASSWORD_SALT": os.urandom(32).hex(),
            "DATABASE_URL": url,
            "BASE_URL": f"https://{HOST}",
            "TRUSTED_HOSTS": HOST,
            "PROXY_HOPS": "1",
            "FORUM_INSTANCE_DIR": str(self.folder / "instance"),
            "NLP_ENCODER": "none",
            **OPERATOR,
        }

    def set_up(self) -> None:
        for words in (
            ["forum", "setup"],
            ["accounts", "add", "--email", f"admin@{HOST}", "--name", "운영지기", "--role", "admin"],
        ):
            command = [sys.executable, "-m", "flask", *words]
            subprocess.run(command, cwd=ROOT, env=self.environ, check=True, stdout=subprocess.DEVNULL, timeout=300)

    def start(self) -> None:
        """Start all three and wait until they accept connections.

        :raise TimeoutError: one of them does not
        """
        bind = ["--bind", f"127.0.0.1:{self.inside}", "tests.assault.echoing:app"]
        self._run("web", [*self._exec_start(UNITS[0]), *bind])
        self._run("worker", self._exec_start(UNITS[1]))
        self._certificate()
        self._run("nginx", ["nginx", "-e", "stderr", "-c", str(self._nginx_conf()), "-g", "daemon off;"])
        wait_for(lambda: listens(self.https), f"nginx: {self.log('nginx')}")
        wait_for(lambda: listens(self.inside), f"gunicorn: {self.log('web')}")

    def log(self, name: str) -> str:
        file = self.folder / f"{name}.log"
        return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""

    def n_inside(self) -> int:
        """Return the number of open connections to gunicorn, including idle ones that nginx keeps."""
        return sum(
            1
            for found in psutil.net_connections("tcp4")
            if found.status == "ESTABLISHED" and found.laddr and found.laddr.port == self.inside
        )

    def verify_units(self) -> str:
        """Return the complaints of `systemd-analyze verify`; "not installed" without it."""
        if shutil.which("systemd-analyze") is None:
            return "not installed"
        copies = []
        for name in UNITS:
            text = (FILES / name).read_text(encoding="utf-8").replace(PYTHON, sys.executable)
            copies.append(self.folder / name)
            copies[-1].write_text(text, encoding="utf-8")
        done = subprocess.run(["systemd-analyze", "verify", *copies], capture_output=True, text=True, check=False)
        return (done.stdout + done.stderr).strip() + (f" ended with {done.returncode}" if done.returncode else "")

    def close(self) -> None:
        for process in reversed(self.started):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(timeout=30)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, name: str, command: list[str]) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.started.append(subprocess.Popen(command, cwd=ROOT, env=self.environ, stdout=log, stderr=log))

    def _exec_start(self, unit: str) -> list[str]:
        """Return the unit's command, with this interpreter."""
        found = re.search(r"^ExecStart=(.+)$", (FILES / unit).read_text(encoding="utf-8"), re.MULTILINE)
        assert found
        return shlex.split(found[1].replace(PYTHON, sys.executable))

    def _certificate(self) -> None:
        words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout privkey.pem"
        names = ["-out", "fullchain.pem", "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"]
        subprocess.run(["openssl", *words.split(), *names], cwd=self.folder, check=True, capture_output=True)

    def _nginx_conf(self) -> Path:
        """Write docs/deploy/nginx.conf, filled in as docs/deploy.md says, into the temporary folder.

        :raise AssertionError: a text to replace is not in the file
        """
        text = (FILES / "nginx.conf").read_text(encoding="utf-8")
        temporary = "".join(f"    {name}_temp_path {self.folder}/{name};\n" for name in ("fastcgi", "uwsgi", "scgi"))
        changes = {
            "${FORUM_HOST}": HOST,
            "listen 80 ": f"listen 127.0.0.1:{self.http} ",
            "listen 443 ": f"listen 127.0.0.1:{self.https} ",
            "server 127.0.0.1:8000;": f"server 127.0.0.1:{self.inside};",
            "/etc/ssl/netzero/": f"{self.folder}/",
            "/run/nginx.pid": f"{self.folder}/nginx.pid",
            "error_log /var/log/nginx/error.log": "error_log stderr",
            "/var/lib/nginx/": f"{self.folder}/",
            "http {\n": f"http {{\n{temporary}",
        }
        if os.geteuid() != 0:
            changes["user www-data;"] = ""
        for old, new in changes.items():
            assert old in text, old
            text = text.replace(old, new)
        file = self.folder / "nginx.conf"
        file.write_text(text, encoding="utf-8")
        return file


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
