"""What the layout promises, held by reading the code: who imports whom, and what stands open."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from forum import SLICES

ROOT = Path(__file__).resolve().parents[2]
NOT_FOR_NLP = {"flask", "sqlalchemy", "forum", "config", "flask_sqlalchemy", "flask_login"}
SLICE_PRIVATE = {"views", "forms"}


def imports_of(path: Path) -> Iterator[str]:
    """Every module a file imports, wherever in the file the import stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def slice_imports() -> Iterator[tuple[str, str, str, Path]]:
    """(slice, imported slice, imported part, file) for each import from one slice into another."""
    for name in SLICES:
        for path in sorted((ROOT / "forum" / name).rglob("*.py")):
            for module in imports_of(path):
                parts = module.split(".")
                if parts[0] == "forum" and len(parts) > 1 and parts[1] in SLICES and parts[1] != name:
                    yield name, parts[1], parts[2] if len(parts) > 2 else "", path


def test_nlp_knows_no_web_and_no_database():
    wrong = {
        (str(path.relative_to(ROOT)), module)
        for path in sorted((ROOT / "nlp").rglob("*.py"))
        for module in imports_of(path)
        if module.split(".")[0] in NOT_FOR_NLP
    }
    assert not wrong


def test_only_services_and_search_use_nlp():
    users = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "forum").rglob("*.py")
        if any(module.split(".")[0] == "nlp" for module in imports_of(path))
    }
    assert "forum/search.py" in users
    assert {user for user in users if not user.endswith("/services.py")} == {"forum/search.py"}


def test_slices_use_only_slices_below_them_so_there_is_no_circle():
    wrong = [
        f"{path.relative_to(ROOT)} imports forum.{other}"
        for name, other, _part, path in slice_imports()
        if SLICES.index(other) > SLICES.index(name)
    ]
    assert not wrong


def test_slices_never_use_each_others_views_or_forms():
    wrong = [
        f"{path.relative_to(ROOT)} imports forum.{other}.{part}"
        for _name, other, part, path in slice_imports()
        if part in SLICE_PRIVATE
    ]
    assert not wrong


def test_every_slice_of_the_folder_is_listed_and_none_is_empty():
    folders = {
        path.name for path in (ROOT / "forum").iterdir() if path.is_dir() and (path / "__init__.py").exists()
    } - {"assets"}
    assert folders == set(SLICES)
    for name in SLICES:
        assert len(list((ROOT / "forum" / name).glob("*.py"))) > 1, name


def test_config_is_the_only_reader_of_the_environment():
    readers = [
        str(path.relative_to(ROOT))
        for folder in ("forum", "nlp")
        for path in (ROOT / folder).rglob("*.py")
        if "os.environ" in (text := path.read_text(encoding="utf-8")) or "getenv" in text
    ]
    assert readers == []


@pytest.mark.parametrize("name", ["queries", "permissions", "models"])
def test_nothing_that_reads_knows_the_request(name):
    wrong = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "forum").rglob(f"{name}.py")
        if "current_user" in path.read_text(encoding="utf-8")
    ]
    assert not wrong


def test_every_form_that_acts_carries_the_two_tokens():
    """`{{ form_tokens() }}` in every form with method="post": against foreign sites, and against doing it twice."""
    wrong = []
    for path in sorted((ROOT / "forum").rglob("*.html")):
        if "security" in path.parts:  # Flask-Security's pages: forum/idempotency.py says why
            continue
        text = path.read_text(encoding="utf-8")
        for form in text.split('method="post"')[1:]:
            inside = form.split("</form>")[0]
            if "form_tokens()" not in inside and "url_for('votes.cast'" not in inside:
                wrong.append(str(path.relative_to(ROOT)))
    assert not wrong, "put {{ form_tokens() }} where the csrf_token field stands"
