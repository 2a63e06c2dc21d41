"""Which sentences to people still end in 합니다체. `python -m tests.project.tone` lowers the list.

The site speaks to people in 해요체. Letters, certificates, reports and texts of law stay formal, and so does what only
an operator reads at a command line. `formal_tone.txt` says how many formal sentences each other file still has, and no
number may grow.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from tests.project.hangul import COMMENT
from tests.project.source import ROOT, files, parsed

LIST = Path(__file__).with_name("formal_tone.txt")
FORMAL = re.compile(r"[가-힣](?:니다|십시오)(?![가-힣])")
FORMAL_ON_PURPOSE = (
    "forum/response/certificates/*",  # certificates
    "forum/response/pilots/wording.py",  # the same
    "forum/response/shortpath/wording.py",
    "forum/response/referrals/letter_pdf.py",  # letters
    "forum/response/referrals/templates/referrals/letter*",
    "forum/people/policies/texts.py",  # law
    "forum/*/commands.py",  # the command line
    "forum/core/cli.py",
    "forum/administration/operations/*",
    "forum/system/audit/queries.py",
    "forum/system/jobs/waiting.py",
    "forum/development/*",  # texts of invented people and ministries
)


def formal_sentences() -> dict[str, int]:
    """File -> how many formal sentences it has, of the files that should have none."""
    counts = {path: sum(len(FORMAL.findall(text)) for text in _texts(parsed(path))) for path in files("forum")}
    for path in sorted((ROOT / "forum").rglob("templates/**/*")):
        if path.is_file() and path.suffix in {".html", ".txt"}:
            counts[path] = len(FORMAL.findall(COMMENT.sub("", path.read_text(encoding="utf-8"))))
    found = {str(path.relative_to(ROOT)): count for path, count in counts.items() if count}
    return {name: found[name] for name in sorted(found) if not any(fnmatch(name, one) for one in FORMAL_ON_PURPOSE)}


def _texts(node: ast.AST) -> Iterator[str]:
    """Yield the string literals below `node`, without docstrings."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        if isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child.value
        yield from _texts(child)


def allowed() -> dict[str, int]:
    lines = LIST.read_text(encoding="utf-8").splitlines()
    return {name: int(count) for count, name in (line.split(" ", 1) for line in lines)}


def lower() -> None:
    """Write the list anew.

    :raise SystemExit: there are more formal sentences than before; the list stays
    """
    found = formal_sentences()
    if LIST.exists() and sum(found.values()) > sum(allowed().values()):
        raise SystemExit("There are more formal sentences than before: end the new ones in 해요체.")
    LIST.write_text("".join(f"{count} {name}\n" for name, count in found.items()), encoding="utf-8")
    print(f"{LIST.name}: {sum(found.values())} formal sentences in {len(found)} files")


if __name__ == "__main__":
    lower()
