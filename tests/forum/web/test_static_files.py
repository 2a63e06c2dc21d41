"""Static files: one address for one content, small, with our headers; nothing half, nothing outside, nothing old."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import urljoin

import brotli
import pytest
from flask import Flask, url_for
from werkzeug.test import TestResponse

from forum.web import static_files
from forum.web.static_files import FONTS, KEPT_VERSIONS, Edition, publish, read_edition
from tests.conftest import ForumClient

FIRST_VISIT_BYTES = 60_000
ANY_ENCODING = {"Accept-Encoding": "gzip, deflate, br, zstd"}


def address(app: Flask, name: str = "css/site.css") -> str:
    with app.test_request_context():
        return url_for("static", filename=name)


@pytest.fixture
def engine_name() -> str:
    """No static file comes from a database."""
    return "sqlite"


@pytest.fixture
def get(client: ForumClient) -> Callable[..., TestResponse]:
    """Ask for a file to its end, so that it is closed."""
    return partial(client.get, buffered=True)


@pytest.fixture
def edition() -> Edition:
    files = {
        "css/base.css": b"a { color: red }",
        "js/a.js": b"let a = 1;" * 50,
        f"{FONTS}fonts.css": b"@font-face { src: url(common.woff2) }",
        f"{FONTS}common.woff2": b"font",
    }
    return Edition(files, "0" * 16, "fonts-" + "0" * 16)


# What is answered


def test_an_address_holds_the_version_and_is_kept_for_a_year(app, get):
    given = get(address(app))
    assert re.fullmatch(r"/static/[0-9a-f]{16}/css/site\.css", address(app))
    assert given.status_code == 200
    assert given.headers["Cache-Control"] == "max-age=31536000, public, immutable"
    assert given.headers["Content-Type"] == 'text/css; charset="utf-8"'
    assert "Set-Cookie" not in given.headers


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-9"}, {"Accept-Encoding": "br"}])
def test_every_answer_carries_the_headers_of_a_page_and_is_for_no_other_site(app, get, headers):
    page = get("/").headers
    given = get(address(app), headers=headers).headers
    for name in ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy"):
        assert given[name] == page[name]
    assert given["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in given


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br", "br"),
        ("gzip", "gzip"),
        ("gzip, br;q=0", "gzip"),
        ("gzip;q=0, br;q=0", None),
        ("identity", None),
        ("", None),
    ],
)
def test_a_browser_gets_the_smallest_form_that_it_takes(app, get, accepted, encoding):
    given = get(address(app), headers={"Accept-Encoding": accepted})
    opened = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[encoding](given.data)
    assert given.headers.get("Content-Encoding") == encoding
    assert given.headers["Vary"] == "Accept-Encoding"
    assert opened == get(address(app)).data
    assert int(given.headers["Content-Length"]) == len(given.data)


def test_head_has_no_body_and_what_a_browser_has_is_not_sent_again(app, client, get):
    url = address(app)
    given = get(url)
    head = client.head(url, buffered=True)
    assert head.data == b""
    assert head.headers["Content-Length"] == given.headers["Content-Length"]
    tag = given.headers["ETag"]
    for known in (tag, f'"other", {tag}', tag.removeprefix("W/")):
        again = get(url, headers={"If-None-Match": known})
        assert (again.status_code, again.data) == (304, b"")
    assert get(url, headers={"If-None-Match": '"other"'}).status_code == 200
    assert get(url, headers={"If-Modified-Since": given.headers["Last-Modified"]}).status_code == 304


@pytest.mark.parametrize(("part", "where"), [("0-0", slice(0, 1)), ("5-9", slice(5, 10)), ("-4", slice(-4, None))])
def test_a_part_of_a_file_is_of_the_file_itself_not_of_a_compressed_form(app, get, part, where):
    whole = get(address(app)).data
    given = get(address(app), headers=ANY_ENCODING | {"Range": f"bytes={part}"})
    assert given.status_code == 206
    assert given.data == whole[where]
    assert "Content-Encoding" not in given.headers


def test_a_part_behind_the_end_is_refused(app, get):
    assert get(address(app), headers={"Range": "bytes=99999999-"}).status_code == 416


@pytest.mark.parametrize(
    "path",
    [
        "../__init__.py",
        "%2e%2e/__init__.py",
        "css/../../__init__.py",
        "css%2f..%2f..%2f__init__.py",
        "..%5c__init__.py",
        ".stamp",
        "vendor/.stamp",
        "css/",
        "",
        "css/site.css%00",
    ],
)
def test_nothing_outside_and_nothing_hidden_is_given(app, get, path):
    for folder in ("/static/", address(app).removesuffix("css/site.css"), f"/static/{'0' * 16}/"):
        assert get(folder + path).status_code == 404


def test_static_files_are_only_read(app, client, get):
    given = client.post(address(app), buffered=True)
    assert given.status_code == 405
    assert "POST" not in given.headers["Allow"]


def test_the_font_has_an_address_of_its_own_and_the_style_sheet_names_it(app, get):
    font = address(app, f"{FONTS}400-common.woff2")
    assert re.fullmatch(r"/static/fonts-[0-9a-f]{16}/400-common\.woff2", font)
    assert "../../" + font.removeprefix("/static/") in get(address(app)).text
    given = get(font, headers=ANY_ENCODING)
    assert (given.status_code, given.headers.get("Content-Encoding")) == (200, None)
    assert "immutable" in given.headers["Cache-Control"]


def test_every_file_that_the_style_sheet_asks_for_is_there(app, get):
    asked = {url for url in re.findall(r'url\("?([^")]+)"?\)', get(address(app)).text) if url[:5] != "data:"}
    assert len(asked) > 6
    for url in asked:
        given = get(urljoin(address(app), url))
        assert given.status_code == 200, url
        assert "immutable" in given.headers["Cache-Control"]


def test_in_a_folder_of_a_host_addresses_begin_with_the_folder(app, get):
    with app.test_request_context(environ_overrides={"SCRIPT_NAME": "/forum"}):
        url = url_for("static", filename="css/site.css")
        assert url == app.jinja_env.globals["static_url"]("css/site.css")
    assert url.startswith("/forum/static/")
    within = get(url.removeprefix("/forum"), environ_overrides={"SCRIPT_NAME": "/forum"})
    assert "immutable" in within.headers["Cache-Control"]


@pytest.mark.parametrize(("path", "host"), [("/nowhere", "localhost"), ("/", "elsewhere.example")])
def test_an_error_page_has_the_style_sheet_also_where_the_host_is_unknown(app, get, path, host):
    page = get(path, base_url=f"http://{host}")
    assert page.status_code in {400, 404}
    assert f'href="{address(app)}"' in page.text


# Other versions


def test_an_address_without_a_version_or_with_an_unknown_one_is_kept_by_no_cache(app, get):
    today = get(address(app)).data
    for path in ("/static/css/site.css", f"/static/{'0' * 16}/css/site.css"):
        given = get(path)
        assert given.data == today
        assert given.headers["Cache-Control"] == "no-cache"
    font = get(f"/static/fonts-{'0' * 16}/400-common.woff2")
    assert (font.status_code, font.headers["Cache-Control"]) == (200, "no-cache")


def test_a_page_opened_before_an_upgrade_keeps_its_own_style_sheet(app, get):
    get(address(app))
    older = Path(app.config["INSTANCE_DIR"]) / "static" / ("a" * 16) / "css"
    older.mkdir(parents=True, exist_ok=True)
    (older / "site.css").write_text("older")
    given = get(f"/static/{'a' * 16}/css/site.css")
    assert given.data == b"older"
    assert "immutable" in given.headers["Cache-Control"]


def test_a_changed_file_shows_after_a_restart_and_brings_no_font_again(tmp_path):
    for name, text in (("css/base.css", "a{}"), (f"{FONTS}common.woff2", "font")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    before = read_edition(tmp_path)
    (tmp_path / ".vendor-new").mkdir()
    (tmp_path / ".vendor-new" / "half.css").touch()
    assert read_edition(tmp_path) == before
    (tmp_path / "css/base.css").write_text("b{}")
    after = read_edition(tmp_path)
    assert after.version != before.version
    assert after.fonts == before.fonts


# How the folders are made


def test_a_command_or_a_worker_makes_no_folder(app, tmp_path):
    from forum import create_app
    from tests.conftest import test_config

    other = create_app(test_config(app.config["DATABASE_URL"], tmp_path))
    assert not (tmp_path / "static").exists()
    static_files.prepare_static_files(other)
    assert len(list((tmp_path / "static").iterdir())) == 2
    static_files.prepare_static_files(object())


def test_many_at_once_make_one_folder(edition, tmp_path):
    with ThreadPoolExecutor(8) as many:
        made = set(many.map(lambda _: publish(edition, tmp_path), range(16)))
    assert len(made) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == [edition.version, edition.fonts]
    assert (tmp_path / edition.version / "js/a.js.br").is_file()
    assert (tmp_path / edition.fonts / "common.woff2").read_bytes() == b"font"


KILLED = """
import os, sys
from pathlib import Path
from forum.web import static_files
write, written = static_files._write_durably, []
def die(place, content):
    write(place, content[:len(content) // 2])
    written.append(place)
    if len(written) == 3:
        os._exit(9)
static_files._write_durably = die
edition = static_files.Edition({f"js/{n}.js": b"let a;" * 99 for n in range(9)}, "0" * 16, "fonts-" + "0" * 16)
static_files.publish(edition, Path(sys.argv[1]))
"""


def test_a_start_that_is_killed_leaves_nothing_that_looks_whole(edition, tmp_path):
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert killed.returncode == 9
    left = [path.name for path in tmp_path.iterdir()]
    assert len(left) == 1
    assert left[0].startswith(".new-")
    publish(edition, tmp_path)
    assert (tmp_path / edition.version / "js/a.js").read_bytes() == edition.files["js/a.js"]


def test_old_versions_and_what_the_killed_left_are_removed(edition, tmp_path, monkeypatch):
    (tmp_path / ".new-left").mkdir(parents=True)
    (tmp_path / "somebody's own").mkdir()
    monkeypatch.setattr(static_files, "ABANDONED_SECONDS", -1)
    for number in range(KEPT_VERSIONS + 3):
        publish(replace(edition, version=f"{number:016x}"), tmp_path)
    left = {path.name for path in tmp_path.iterdir()}
    kept = {f"{number:016x}" for number in range(3, KEPT_VERSIONS + 3)}
    assert left == {*kept, edition.fonts, "somebody's own"}


def test_after_somebody_emptied_the_folder_the_forum_still_answers(app, get, monkeypatch):
    get(address(app))
    file = app.extensions["static_files"].files[address(app)]
    monkeypatch.setattr(file, "alternatives", [(re.compile(""), "/nowhere/site.css", [])])
    given = get(address(app))
    assert given.status_code == 200


# What it weighs


def test_a_first_visit_is_small(app, get, make):
    """The page goes out as it is (nothing that may hold a secret is compressed), style sheet and scripts compressed."""
    make.campaign()
    page = get("/")
    asked = set(re.findall(r'(?:<script src|<link rel="stylesheet" href|<img src)="([^"]+)"', page.text))
    assert address(app) in asked
    sizes = {"/": len(page.data)} | {url: len(get(url, headers=ANY_ENCODING).data) for url in asked}
    assert sum(sizes.values()) <= FIRST_VISIT_BYTES, sizes
