"""A name that was retired for a standard term does not come back. docs/glossary.md has the terms."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.project.source import ROOT, files, parsed

RETIRED = Path(__file__).with_name("retired_names.csv")
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def retired_names() -> dict[str, str]:
    """Old name -> the name it has now."""
    rows = RETIRED.read_text(encoding="utf-8").splitlines()[1:]
    return dict(row.split(",", 1) for row in rows)


def defined_names(path: Path) -> Iterator[str]:
    """The module, its classes, functions and methods, and what is assigned at the top of it."""
    yield path.parent.name if path.name == "__init__.py" else path.stem
    tree = parsed(path)
    yield from (node.name for node in ast.walk(tree) if isinstance(node, Definition))
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        yield from (target.id for target in targets if isinstance(target, ast.Name))


def test_no_retired_name_is_defined_again():
    retired = retired_names()
    found = [
        f"{path.relative_to(ROOT)}: {name} is called {retired[name]} now"
        for path in files("forum", "nlp")
        for name in defined_names(path)
        if name in retired
    ]
    assert not found


def test_the_list_names_each_once_and_every_new_name_exists():
    rows = RETIRED.read_text(encoding="utf-8").splitlines()[1:]
    assert len(rows) == len(retired_names())
    defined = {name for path in files("forum", "nlp") for name in defined_names(path)}
    gone = {new for new in retired_names().values() if new.isidentifier() and new not in defined}
    assert not gone, "a name on the right is no longer defined: put the newest one there, or words"


@pytest.mark.parametrize("code", ["def tell(): ...", "class Nobody: ...", "beat = 1"])
def test_a_definition_is_seen(tmp_path, code):
    path = tmp_path / "module.py"
    path.write_text(code, encoding="utf-8")
    assert set(defined_names(path)) & set(retired_names())
