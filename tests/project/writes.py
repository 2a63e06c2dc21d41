"""Which slice writes which tables, read from the code. `python -m tests.project.writes` prints what crosses a border.

Seen are: a model's constructor, `insert`, `update` and `delete` of a model, and a mapped attribute that is assigned on
a variable whose model is known from an annotation, from the function that gave it, or from the query it came from.
Not seen is what goes by a variable of unknown type or by SQL in a string; commands of `forum restore` write that way.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.project.source import ROOT, files, name_of, parsed

STATEMENTS = {"insert", "update", "delete"}
FETCHES = {"get", "get_one", "scalar", "scalars", "one", "one_or_none", "first", "all", "select", "execute", "where",
           "with_for_update", "order_by", "execution_options", "options", "unique"}  # fmt: skip
Function = ast.FunctionDef | ast.AsyncFunctionDef


def slice_of(path: Path) -> str:
    """`forum/voice/ideas/models.py` -> `voice.ideas`; `forum/web/idempotency.py` -> `web`."""
    parts = name_of(path).split(".")[1:]
    return parts[0] if parts[0] in {"core", "web"} else ".".join(parts[:2])


@cache
def models() -> dict[str, tuple[str, dict[str, str]]]:
    """Name of a model -> its slice, and its mapped attributes with the model each leads to (or an empty name)."""
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for path in files("forum"):
        for node in parsed(path).body:
            if isinstance(node, ast.ClassDef) and "__tablename__" in {name for name, _kind in _assigned(node)}:
                found[node.name] = slice_of(path), dict(_assigned(node))
    return {name: (owner, {a: _model_in(k, found) for a, k in kinds.items()}) for name, (owner, kinds) in found.items()}


def _assigned(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for line in node.body:
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
            yield line.target.id, ast.unparse(line.annotation)
        elif isinstance(line, ast.Assign):
            yield from ((target.id, "") for target in line.targets if isinstance(target, ast.Name))


def _model_in(annotation: str, known: object) -> str:
    """The one model that an annotation such as `Mapped[list[Idea]]` or `Idea | None` names."""
    words = {word for word in annotation.replace('"', "").replace("'", "").replace("[", " ").replace("]", " ")
             .replace("|", " ").replace(",", " ").split() if word in known}  # type: ignore[operator]  # fmt: skip
    return words.pop() if len(words) == 1 else ""


@cache
def returned() -> dict[str, str]:
    """Name of a function -> the model it gives, where functions of that name agree."""
    found: dict[str, set[str]] = {}
    for path in files("forum"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, Function) and node.returns is not None:
                found.setdefault(node.name, set()).add(_model_in(ast.unparse(node.returns), models()))
    return {name: given.pop() for name, given in found.items() if len(given) == 1}


def foreign_writes() -> set[tuple[str, str]]:
    """(file, model) for each model of another slice that the file writes."""
    return {
        (str(path.relative_to(ROOT)), model)
        for path in files("forum")
        for model in _written(path)
        if models()[model][0] != slice_of(path)
    }


def _written(path: Path) -> Iterator[str]:
    tree = parsed(path)
    yield from _statements(tree)
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield from _assignments(node)


def _statements(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if isinstance(node.func, ast.Name) and name in models():
            yield name
        elif name.split("_")[0] in STATEMENTS and node.args and getattr(node.args[0], "id", "") in models():
            yield node.args[0].id  # type: ignore[attr-defined]


def _assignments(function: Function) -> Iterator[str]:
    kinds = _variables(function)
    for node in ast.walk(function):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if not isinstance(node, (ast.Assign, ast.AugAssign)):
            targets = []
        for target in targets:
            for part in target.elts if isinstance(target, ast.Tuple) else [target]:
                if isinstance(part, ast.Attribute):
                    model = _kind_of(part.value, kinds)
                    if model and part.attr in models()[model][1]:
                        yield model
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "delete" and node.args:
            model = _kind_of(node.args[0], kinds)
            if model:
                yield model


def _variables(function: Function) -> dict[str, str]:
    """Name of a variable -> its model, where one can be told."""
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    kinds = {a.arg: _model_in(ast.unparse(a.annotation), models()) for a in arguments if a.annotation is not None}
    for node in ast.walk(function):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            kinds[node.target.id] = _model_in(ast.unparse(node.annotation), models())
        elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            kinds.setdefault(node.targets[0].id, _kind_of(node.value, kinds))
        elif isinstance(node, ast.NamedExpr):
            kinds.setdefault(node.target.id, _kind_of(node.value, kinds))
        elif isinstance(node, ast.For) and isinstance(node.target, ast.Name):
            kinds.setdefault(node.target.id, _kind_of(node.iter, kinds))
    return kinds


def _kind_of(value: ast.AST, kinds: dict[str, str]) -> str:
    if isinstance(value, ast.Name):
        return kinds.get(value.id, "")
    if isinstance(value, ast.Attribute):
        owner = _kind_of(value.value, kinds)
        return models()[owner][1].get(value.attr, "") if owner else ""
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        return value.func.id if value.func.id in models() else returned().get(value.func.id, "")
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in FETCHES:
        first = value.args[0] if value.args else None
        if isinstance(first, ast.Name) and first.id in models():
            return first.id
        return _kind_of(first, kinds) if isinstance(first, ast.Call) else _kind_of(value.func.value, kinds)
    return ""


if __name__ == "__main__":
    for file, model in sorted(foreign_writes()):
        print(f"{file} writes {model} of {models()[model][0]}")
