"""The code read as text: who imports whom, and in which order. `python -m tests.project.source` prints a summary."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from forum import WINGS

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("core", "web", *WINGS)
"""The first part of a module's name, lowest first. `forum/__init__.py`, which wires all, is above them."""
OLD_ADDRESSES = frozenset({"forum.jobs", "forum.jobs.worker"})
"""Kept for one release with a warning; see the module. Nothing else may import them."""


@dataclass(frozen=True)
class Import:
    """One import statement of a module of ours.

    :param is_late: it is inside a function, so it runs when the function is called
    :param is_type_only: it is for the type checker alone and never runs
    """

    file: str
    module: str
    target: str
    line: int
    is_late: bool
    is_type_only: bool

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.target}"


def files(*folders: str) -> list[Path]:
    """Every Python file of these folders or files of the repository, in order."""
    found: list[Path] = []
    for folder in folders:
        path = ROOT / folder
        found += [path] if path.is_file() else sorted(path.rglob("*.py"))
    return [path for path in found if "static" not in path.parts]


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def name_of(path: Path) -> str:
    """`forum/voice/ideas/models.py` -> `forum.voice.ideas.models`; a package is named by its folder."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def module_names() -> frozenset[str]:
    return frozenset(name_of(path) for path in files("forum", "nlp", "config.py", "wsgi.py", "worker.py"))


@cache
def imports(*folders: str) -> tuple[Import, ...]:
    """Every import in these folders, wherever it is in a file.

    The target is a module wherever there is one: `from forum.core import clock` imports `forum.core.clock`.
    """
    return tuple(found for path in files(*folders) for found in _imports_of(path))


def _imports_of(path: Path) -> Iterator[Import]:
    file, module = str(path.relative_to(ROOT)), name_of(path)
    for node, is_late, is_type_only in _import_nodes(parsed(path)):
        targets = [alias.name for alias in node.names] if isinstance(node, ast.Import) else _from(node)
        for target in dict.fromkeys(targets):
            yield Import(file, module, target, node.lineno, is_late, is_type_only)


def _import_nodes(
    parent: ast.AST, is_late: bool = False, is_type_only: bool = False
) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool, bool]]:
    for node in ast.iter_child_nodes(parent):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node, is_late, is_type_only
        else:
            in_function = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            for_types = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
            yield from _import_nodes(node, is_late or in_function, is_type_only or for_types)


def _from(node: ast.ImportFrom) -> list[str]:
    base = node.module or ""
    return [f"{base}.{alias.name}" if f"{base}.{alias.name}" in module_names() else base for alias in node.names]


def place(module: str) -> tuple[int, int]:
    """The floor of a module and, in a wing, the number of its slice.

    :raise ValueError: the module is in no wing, or in no slice of its wing
    """
    parts = module.split(".")
    if len(parts) == 1 or module in OLD_ADDRESSES:
        return len(FLOORS), 0
    if parts[1] not in FLOORS:
        raise ValueError(f"{module} is in no wing that WINGS lists")
    floor = FLOORS.index(parts[1])
    slices = WINGS.get(parts[1])
    if slices is None or len(parts) == 2:
        return floor, -1
    if parts[2] in slices:
        return floor, slices.index(parts[2])
    if parts[1] == "development":  # the launcher of `make run` and the npm assets belong to no slice
        return floor, len(slices)
    raise ValueError(f"{module} is in no slice of {parts[1]} that WINGS lists")


def upward_imports() -> list[Import]:
    """Imports of a higher wing, or of a later slice of the same wing."""
    return [
        found
        for found in imports("forum")
        if found.target.split(".")[0] == "forum" and found.module not in OLD_ADDRESSES
        if place(found.target) > place(found.module)
    ]


def circle() -> list[str]:
    """One circle of imports between modules of `forum` and `nlp`; empty where there is none.

    Late and type-only imports count too, except type-only imports inside one `models` package: two mapped classes with
    relationships to each other name each other's type.
    """
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for found in imports("forum", "nlp"):
        if found.target in module_names() and found.target != found.module and not _between_models(found):
            sorter.add(found.module, found.target)
    try:
        sorter.prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def _between_models(found: Import) -> bool:
    package = found.module.rpartition(".")[0]
    return found.is_type_only and package.endswith(".models") and found.target.rpartition(".")[0] == package


def late_imports() -> list[Import]:
    return [found for found in imports("forum", "nlp", "config.py", "wsgi.py", "worker.py") if found.is_late]


if __name__ == "__main__":
    ours = [found for found in imports("forum", "nlp") if found.target in module_names()]
    print(f"{len(module_names())} modules, {len(ours)} imports between them")
    print(f"circles: {len(circle())}", *circle())
    print(f"imports that run up: {len(upward_imports())}", *upward_imports(), sep="\n  ")
    print(f"imports inside functions: {len(late_imports())}", *late_imports(), sep="\n  ")
