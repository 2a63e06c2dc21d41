"""How many texts for people are still bare Korean, not messages. `python -m tests.project.hangul` lowers the list.

Korean first stays right, but a bare text cannot be translated. New text goes through `_()`; `bare_hangul.txt` says how
many bare texts each file still has, and no number may grow. In code a text is a string literal outside `_()` and its
kin (docstrings apart), in a template a word with Hangul outside `_()`. `/style` is for developers and not counted.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.project.source import ROOT, files, parsed

LIST = Path(__file__).with_name("bare_hangul.txt")
FOR_DEVELOPERS = "forum/development/style/"
MESSAGE_CALLS = {"_", "_l", "gettext", "lazy_gettext", "ngettext"}
HANGUL = re.compile(r"[가-힣]")
HANGUL_WORD = re.compile(r"\S*[가-힣]\S*")
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
MESSAGE = re.compile(r"""\b(?:_|gettext|ngettext)\((?:\s*(?:"[^"]*"|'[^']*')\s*,?)+""")


def bare_texts() -> dict[str, int]:
    """File -> how many bare texts it has; files without one are left out."""
    counts = {str(path.relative_to(ROOT)): _in_code(path) for path in files("forum")}
    counts |= {str(path.relative_to(ROOT)): _in_template(path) for path in _templates()}
    return {name: n for name, n in sorted(counts.items()) if n and not name.startswith(FOR_DEVELOPERS)}


def _templates() -> Iterator[Path]:
    for path in sorted((ROOT / "forum").rglob("templates/**/*")):
        if path.is_file() and path.suffix in {".html", ".txt", ".typ"}:
            yield path


def _in_code(path: Path) -> int:
    return sum(1 for _ in _literals(parsed(path)))


def _literals(node: ast.AST) -> Iterator[ast.AST]:
    """String literals with Hangul, an f-string as one, without docstrings and the arguments of message calls."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue  # a docstring, or a text behind a definition
        if isinstance(child, ast.Call) and getattr(child.func, "id", "") in MESSAGE_CALLS:
            yield from _literals(ast.List([keyword.value for keyword in child.keywords]))
        elif isinstance(child, ast.JoinedStr):
            if HANGUL.search(ast.unparse(child)):
                yield child
        elif isinstance(child, ast.Constant):
            if isinstance(child.value, str) and HANGUL.search(child.value):
                yield child
        else:
            yield from _literals(child)


def _in_template(path: Path) -> int:
    text = MESSAGE.sub("", COMMENT.sub("", path.read_text(encoding="utf-8")))
    return len(HANGUL_WORD.findall(text))


def allowed() -> dict[str, int]:
    lines = LIST.read_text(encoding="utf-8").splitlines()
    return {name: int(count) for count, name in (line.split(" ", 1) for line in lines)}


def lower() -> None:
    """Write the list anew, where no number has grown.

    :raise SystemExit: a number has grown; the list stays
    """
    found, limits = bare_texts(), allowed() if LIST.exists() else None
    if limits is not None and sum(found.values()) > sum(limits.values()):
        raise SystemExit("There are more bare texts than before: put the new ones through _().")
    LIST.write_text("".join(f"{count} {name}\n" for name, count in found.items()), encoding="utf-8")
    print(f"{LIST.name}: {sum(found.values())} bare texts in {len(found)} files")


if __name__ == "__main__":
    lower()
