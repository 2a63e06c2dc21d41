"""One style sheet from several: joined in order, addresses set right, comments and unused KRDS properties left out.

No Node is needed for this: npm's tools have done the large part of the work at set-up (forum/development/assets).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence

_STRING = r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'"""
_COMMENT = r"/\*(?:[^*]|\*(?!/))*\*/"
_GAP = rf"(?:\s|{_COMMENT})"
_SPACE = re.compile(rf"({_STRING})|{_GAP}*+([{{}};,]){_GAP}*+|{_GAP}++")
_ADDRESS = re.compile(r"""url\(\s*(["']?)([^"')]+)\1\s*\)""")
_OUTSIDE = re.compile(r"(?:[a-z][a-z0-9+.-]*:|/|#)", re.IGNORECASE)
_STATEMENT = re.compile(r"@(charset|import)\b[^;]*;")
_PROPERTY = re.compile(r"(?<=[{;])(--krds-[\w-]+):[^;{}]*;?")
_USE = re.compile(r"var\(\s*(--[\w-]+)")
_EMPTY = re.compile(r"(?<=[{}])[^{}]*\{\}")


def join(sheets: Mapping[str, str], order: Sequence[str], place: str, address: Callable[[str], str]) -> str:
    """Return one style sheet.

    :param sheets: path below the static folder -> text
    :param place: path of the result; relative addresses are written anew for it
    :param address: a static file's path -> where it is found, seen from the folder above `place`'s own
    :raise ValueError: a sheet imports another, which would be asked for after this one has come
    """
    parts = []
    for name in order:
        text = shrink(sheets[name])
        if found := next((match for match in _STATEMENT.finditer(text) if match[1] == "import"), None):
            raise ValueError(f"{name}: {found[0]} List the sheet in STYLE_SHEETS instead.")
        parts.append(_moved(_STATEMENT.sub("", text), name, place, address))
    return without_unused("".join(parts))


def shrink(css: str) -> str:
    """Leave out comments and the space that means nothing; strings stay as they are."""
    return _SPACE.sub(_shrunk, css).strip()


def _shrunk(match: re.Match[str]) -> str:
    between_words = " " if re.sub(_COMMENT, "", match[0]) else ""  # a comment alone separates nothing
    return match[1] or match[2] or between_words


def without_unused(css: str) -> str:
    """Leave out KRDS's custom properties that nothing uses, and those that only these used, and so on."""
    while True:
        used = set(_USE.findall(css))
        fewer = _PROPERTY.sub(lambda match: match[0] if match[1] in used else "", css)  # noqa: B023
        if fewer == css:
            return _EMPTY.sub("", css)
        css = fewer


def _moved(css: str, name: str, place: str, address: Callable[[str], str]) -> str:
    def new(match: re.Match[str]) -> str:
        if _OUTSIDE.match(match[2]):
            return match[0]
        target = address(posixpath.normpath(posixpath.join(posixpath.dirname(name), match[2])))
        return f'url("{posixpath.relpath(target, posixpath.dirname(place))}")'

    return _ADDRESS.sub(new, css)
