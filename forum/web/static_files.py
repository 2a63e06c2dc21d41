"""Static files at `/static/<version>/`: compressed, with our headers, and kept by browsers for a year.

`version` is a hash of all files, so an address never changes its content, and no page is looked at with an older style
sheet. A copy of the files, with all style sheets as one (`css/site.css`) and a compressed form of what shrinks, is made
once per version in `INSTANCE_DIR/static/<version>/` when the first of them is asked for, and WhiteNoise answers from
there, before the application. The fonts have a folder and a hash of their own: a changed style sheet does not bring
them again.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import posixpath
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from wsgiref.headers import Headers

import brotli
from flask import Flask, Response, current_app, has_request_context, request, send_from_directory
from werkzeug.http import parse_accept_header, parse_etags
from whitenoise import WhiteNoise
from whitenoise.string_utils import decode_path_info

from forum.core.files import make_private_folder
from forum.web import style_sheet
from forum.web.request_hooks import SECURITY_HEADERS

STYLE_SHEETS = (
    "vendor/krds/css/component/krds.css",
    "vendor/fonts/fonts.css",
    *(
        f"css/{name}.css"
        for name in ("tokens", "base", "frame", "forms", "components", "charts", "desk", "pages", "wall", "print")
    ),
)
"""What becomes `css/site.css`, in the order of the cascade. Each of ours begins with what belongs into it."""
SITE = "css/site.css"
FONTS = "vendor/fonts/"
SHRINKING = frozenset({".css", ".js", ".svg", ".txt", ".json"})
KEPT_VERSIONS = 4  # older ones serve pages that were opened before an upgrade, and processes that are still to restart
ABANDONED_SECONDS = 3600  # a folder that a killed process has left unfinished
YEAR_SECONDS = 365 * 24 * 3600
FOR_EVER = f"max-age={YEAR_SECONDS}, public, immutable"
HEADERS = SECURITY_HEADERS | {"Cross-Origin-Resource-Policy": "same-origin"}
_VERSION = re.compile(r"(?:fonts-)?[0-9a-f]{16}")
_CODE = (Path(__file__), Path(style_sheet.__file__))  # another way of building gives other files


@dataclass(frozen=True)
class Edition:
    """The content of all static files at one moment.

    :param version: the name of its folder
    :param fonts: the name of the folder of the fonts alone
    """

    files: Mapping[str, bytes] = field(repr=False)
    version: str
    fonts: str

    def address(self, name: str) -> str:
        """Return where a file is, below `/static/`."""
        return f"{self.fonts}/{name.removeprefix(FONTS)}" if name.startswith(FONTS) else f"{self.version}/{name}"


def read_edition(source: Path) -> Edition:
    """Read `forum/static`. Hidden files, such as those of a set-up that is running, are no part of it."""
    files = {
        path.relative_to(source).as_posix(): path.read_bytes()
        for path in sorted(source.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(source).parts)
    }
    fonts = {name: content for name, content in files.items() if name.startswith(FONTS)}
    return Edition(files, _hash(files, _code()), f"fonts-{_hash(fonts, b'')}")


def _hash(files: Mapping[str, bytes], more: bytes) -> str:
    whole = hashlib.sha256(more + repr(STYLE_SHEETS).encode())
    for name, content in files.items():
        whole.update(f"{name}\0{len(content)}\0".encode())
        whole.update(content)
    return whole.hexdigest()[:16]


@cache
def _code() -> bytes:
    return b"".join(path.read_bytes() for path in _CODE)


def published(edition: Edition) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Return the files of the folder of this version and those of the folder of the fonts, by their names there."""
    wanted = {name: file for name, file in edition.files.items() if name not in STYLE_SHEETS}
    fonts = {name.removeprefix(FONTS): file for name, file in wanted.items() if name.startswith(FONTS)}
    others = {name: file for name, file in wanted.items() if not name.startswith(FONTS)}
    return others | {SITE: site_css(edition).encode()}, fonts


def site_css(edition: Edition) -> str:
    """Return all style sheets as one. One that is not there, as KRDS before `make setup`, is left out."""
    order = [name for name in STYLE_SHEETS if name in edition.files]
    sheets = {name: edition.files[name].decode() for name in order}

    def address(name: str) -> str:
        return posixpath.join("..", edition.address(name)) if name.startswith(FONTS) else name

    return style_sheet.join(sheets, order, SITE, address)


def publish(edition: Edition, parent: Path) -> tuple[Path, Path]:
    """Make the folders of this edition in `parent`, unless they are there.

    Several processes may do so at once; one that is killed leaves nothing that is taken for a whole folder.

    :return: the folder of the files and that of the fonts
    """
    folders = parent / edition.version, parent / edition.fonts
    if not all(folder.is_dir() for folder in folders):
        make_private_folder(parent)
        for folder, files in zip(folders, published(edition), strict=True):
            if not folder.is_dir():
                _make_folder(folder, files)
    for folder in folders:
        with suppress(OSError):
            os.utime(folder)  # in use: among the last to be removed
    return folders


def _make_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder.parent, ignore_cleanup_errors=True) as scratch:
        half = Path(scratch) / folder.name
        half.mkdir()
        for name, content in files.items():
            place = half / name
            place.parent.mkdir(parents=True, exist_ok=True)
            for suffix, form in _forms(name, content):
                _write_durably(place.with_name(place.name + suffix), form)
        try:
            half.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another process was faster
                raise
    _remove_old(folder.parent)


def _forms(name: str, content: bytes) -> Iterable[tuple[str, bytes]]:
    """Yield the file and, where it becomes smaller by a tenth, its compressed forms, each with its suffix."""
    yield "", content
    if posixpath.splitext(name)[1] in SHRINKING:
        for suffix, form in ((".br", brotli.compress(content)), (".gz", gzip.compress(content, mtime=0))):
            if len(form) < 0.9 * len(content):
                yield suffix, form


def _write_durably(place: Path, content: bytes) -> None:
    """Write to the disk: after a power cut a browser must not be given half a file to keep for a year."""
    with place.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _remove_old(parent: Path) -> None:
    """Remove all but the last few versions, and what killed processes have left."""
    known: dict[bool, list[tuple[float, Path]]] = {True: [], False: []}
    for folder in parent.iterdir():
        with suppress(OSError):  # another process removes it too
            changed = folder.stat().st_mtime
            if _VERSION.fullmatch(folder.name):
                known[folder.name.startswith("fonts-")].append((changed, folder))
            elif folder.name.startswith(".new-") and changed < time.time() - ABANDONED_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
    for versions in known.values():
        for _, folder in sorted(versions, reverse=True)[KEPT_VERSIONS:]:
            shutil.rmtree(folder, ignore_errors=True)


class StaticFiles(WhiteNoise):
    """WSGI middleware that answers plain requests for static files of this version.

    Everything else, such as a part of a file or an address of another version, is left to the application.
    """

    def __init__(self, application: Any, source: Path, parent: Path) -> None:
        super().__init__(
            application,
            max_age=None,
            allow_all_origins=False,
            add_headers_function=self._add_headers,
            immutable_file_test=lambda _path, _url: False,  # its header says ten years
        )
        self.source, self.parent = source, parent
        self.edition = read_edition(source)
        self.is_ready = False
        self.lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        path = decode_path_info(environ.get("PATH_INFO", ""))
        if path.startswith("/static/") and environ["REQUEST_METHOD"] in {"GET", "HEAD"}:
            if not self.is_ready:
                self.prepare()
            file = self.files.get(path)
            if file is not None and "HTTP_RANGE" not in environ:
                with suppress(FileNotFoundError):  # somebody has emptied the folder
                    return self.serve(file, _plain(environ, file.etag), start_response)
        return self.application(environ, start_response)

    def prepare(self) -> None:
        """Make the folders, once per process: at the first request, so that commands and workers need none."""
        with self.lock:
            if not self.is_ready:
                self.edition = read_edition(self.source)  # a file may have changed since the start
                for folder in publish(self.edition, self.parent):
                    self.add_files(folder, f"static/{folder.name}/")
                self.is_ready = True

    def _add_headers(self, headers: Headers, _path: str, url: str) -> None:
        for name, value in HEADERS.items():
            headers[name] = value
        headers["Cache-Control"] = FOR_EVER
        headers["ETag"] = f'W/"{url.split("/")[2]}"'  # weak: it is one for all encodings


def _plain(environ: dict[str, Any], etag: str) -> dict[str, Any]:
    """Return the request with headers in the only form that WhiteNoise reads: it overlooks q=0 and lists of ETags."""
    accepted = parse_accept_header(environ.get("HTTP_ACCEPT_ENCODING", ""))
    asked = environ | {"HTTP_ACCEPT_ENCODING": ", ".join(name for name, quality in accepted if quality > 0)}
    if "HTTP_IF_NONE_MATCH" in environ and parse_etags(environ["HTTP_IF_NONE_MATCH"]).contains_weak(etag[3:-1]):
        asked["HTTP_IF_NONE_MATCH"] = etag
    return asked


def register_static_files(app: Flask) -> None:
    """Serve `forum/static`. `url_for("static", filename=…)` and `static_url(…)` give addresses with the version."""
    parent = Path(app.config["INSTANCE_DIR"]).absolute() / "static"
    files = StaticFiles(app.wsgi_app, Path(app.root_path) / "static", parent)
    app.wsgi_app = files  # type: ignore[method-assign]
    app.extensions["static_files"] = files
    app.add_url_rule("/static/<path:filename>", "static", _other_version)
    app.url_defaults(_add_version)
    app.jinja_env.globals["static_url"] = static_url


def prepare_static_files(app: object) -> None:
    """Make the folders before the first request, so that a start that cannot is refused.

    :param app: what gunicorn serves; anything but a forum stays as it is
    """
    if isinstance(app, Flask) and "static_files" in app.extensions:
        app.extensions["static_files"].prepare()


def _files() -> StaticFiles:
    files: StaticFiles = current_app.extensions["static_files"]
    return files


def _add_version(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == "static":
        values["filename"] = _files().edition.address(values["filename"])


def static_url(name: str) -> str:
    """Return what `url_for("static", …)` does, also where no host is known: on error pages."""
    folder = request.script_root if has_request_context() else ""
    return f"{folder}/static/{_files().edition.address(name)}"


def _other_version(filename: str) -> Response:
    """Answer for a part of a file, and for an address without a version or with another one.

    A page of another version comes from a process that has yet to restart, or was opened before. Its own files are
    served as long as they are kept; then today's, which no cache may keep under that address.
    """
    files = _files()
    version, _, name = filename.partition("/")
    if not _VERSION.fullmatch(version):
        return _answer(files.parent / files.edition.version, filename)
    if (files.parent / version).is_dir():
        return _answer(files.parent / version, name, FOR_EVER)
    today = files.edition.fonts if version.startswith("fonts-") else files.edition.version
    return _answer(files.parent / today, name)


def _answer(folder: Path, name: str, cache_control: str = "no-cache") -> Response:
    """:raise NotFound: no such file in the folder"""
    response = send_from_directory(folder, name)
    response.headers["Cache-Control"] = cache_control
    response.headers.update(HEADERS)
    return response
