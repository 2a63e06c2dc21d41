"""Reads linked data of strangers, in Turtle and JSON-LD: no addresses to fetch, no entities, no nesting without end.

rdflib fetches every remote context of JSON-LD, so files with one are refused before it sees them. RDF/XML is not read.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from forum.core.errors import InvalidInput
from forum.core.i18n import _

if TYPE_CHECKING:
    from rdflib import Graph

TURTLE, JSON_LD = "text/turtle", "application/ld+json"
_ENDINGS = {"ttl": TURTLE, "jsonld": JSON_LD, "json": JSON_LD}
MAX_BYTES = 2 * 2**20
MAX_TRIPLES = 20_000
MAX_DEPTH = 40
MAX_DIGITS = 400
BASE = "https://import.invalid/"
"""Before addresses that the file writes without their site."""

_STRINGS = r'"""(?:[^"\\]|\\.|"(?!""))*+"""' "|" r"'''(?:[^'\\]|\\.|'(?!''))*+'''" '|"(?:[^"\\\n]|\\.)*+"'
_TURTLE_TOKEN = re.compile(rf"{_STRINGS}|'(?:[^'\\\n]|\\.)*+'|\\.|<[^>]*+>|#[^\n]*+|[\[\](){{}}]", re.DOTALL)
_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)
_OPEN, _CLOSED = frozenset("[({"), frozenset("])}")
_ENTITIES = re.compile(r"<!\s*(?:DOCTYPE|ENTITY)|<rdf:RDF|<\?xml", re.IGNORECASE)
_ESCAPE = re.compile(r"\\u([0-9a-f]{4})|\\U([0-9a-f]{8})", re.IGNORECASE)
_DIGITS = re.compile(rf"[0-9]{{{MAX_DIGITS},}}")


def media_type_of(name: str) -> str:
    """Return the notation that a file's name says it is in; empty if it says none that is read."""
    return _ENDINGS.get(name.rpartition(".")[2].lower(), "")


def read_graph(data: bytes, media_type: str) -> Graph:
    """Return what a file says.

    :param media_type: text/turtle or application/ld+json
    :raise InvalidInput: too large, too deep, not readable, or it names contexts elsewhere
    """
    if media_type not in _ENDINGS.values():
        raise _refused(_("Turtle(.ttl)나 JSON-LD(.jsonld) 파일만 읽을 수 있어요. RDF/XML은 받지 않아요."))
    text = _text(data)
    return _read_turtle(text) if media_type == TURTLE else _read_jsonld(text)


def _text(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise _refused(_("파일이 너무 커요. %(mb)sMB까지 읽을 수 있어요.", mb=MAX_BYTES // 2**20))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _refused(_("UTF-8로 쓴 파일만 읽을 수 있어요.")) from None
    if _ENTITIES.search(_ESCAPE.sub(_unescaped, text)):
        raise _refused(_("XML과 DOCTYPE, ENTITY 선언이 든 파일은 받지 않아요."))
    if _DIGITS.search(text):
        raise _refused(_("숫자가 너무 긴 파일이에요. %(n)s자리까지 읽어요.", n=MAX_DIGITS - 1))
    return text


def _unescaped(found: re.Match[str]) -> str:
    code = int(found[1] or found[2], 16)
    return chr(code) if code < 128 else " "


def _read_turtle(text: str) -> Graph:
    _refuse_depth(_TURTLE_TOKEN, text)
    graph = _bounded_graph()
    try:
        graph.parse(data=text, format="turtle", publicID=BASE)
    except InvalidInput:
        raise
    except RecursionError:
        raise _refused(_too_deep()) from None
    except Exception as error:
        # The parser raises a dozen kinds; BadSyntax alone says where.
        raise _refused(_("Turtle로 읽을 수 없는 파일이에요. %(where)s", where=_where(error))) from None
    return graph


def _read_jsonld(text: str) -> Graph:
    _refuse_depth(_JSON_TOKEN, text)
    try:
        content = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise _refused(_("JSON으로 읽을 수 없는 파일이에요. %(where)s", where=_where(error))) from None
    _refuse_remote_contexts(content)
    from rdflib.plugins.parsers.jsonld import to_rdf

    graph = _bounded_graph()
    try:
        to_rdf(content, graph, base=BASE)
    except InvalidInput:
        raise
    except RecursionError:
        raise _refused(_too_deep()) from None
    except Exception:
        # What is odd in a context raises errors of many kinds in the parser.
        raise _refused(_("JSON-LD로 읽을 수 없는 파일이에요. @context를 확인해 주세요.")) from None
    return graph


def _no_number(name: str) -> float:
    raise ValueError(name)


def _refuse_depth(token: re.Pattern[str], text: str) -> None:
    depth = 0
    for found in token.finditer(text):
        sign = found.group()
        depth += (sign in _OPEN) - (sign in _CLOSED)
        if depth > MAX_DEPTH:
            raise _refused(_too_deep())


def _refuse_remote_contexts(content: Any) -> None:
    """Refuse contexts that stand elsewhere, wherever they are named: in any node, and in the terms of a context."""
    waiting = [content]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting.extend(one)
        elif isinstance(one, dict):
            context = one.get("@context")
            if "@import" in one or any(isinstance(part, str) for part in _as_list(context)):
                raise _refused(_("다른 곳에 있는 @context는 읽지 않아요. 파일 안에 @context를 풀어 적어 주세요."))
            waiting.extend(one.values())


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _bounded_graph() -> Graph:
    """Return a graph that takes no more than MAX_TRIPLES and forgets prefixes: 50,000 of them take rdflib minutes."""
    import rdflib

    for datatype in (rdflib.RDF.HTML, rdflib.RDF.XMLLiteral):
        # Only the text counts: to parse 600,000 open tags takes minutes. The public `bind` would log a warning.
        rdflib.term._toPythonMapping[datatype] = None

    class BoundedGraph(rdflib.Graph):
        n_added = 0

        def add(self, triple: Any) -> Any:
            self.n_added += 1
            if self.n_added > MAX_TRIPLES:
                raise _refused(_("한 번에 읽기에 너무 많아요. 자료를 나누어 여러 파일로 올려 주세요."))
            return super().add(triple)

        def bind(self, *_args: Any, **_more: Any) -> None:
            return None

    return BoundedGraph(store="SimpleMemory", bind_namespaces="none")


def _too_deep() -> str:
    return _("괄호가 너무 깊이 겹친 파일이에요. %(n)s겹까지 읽어요.", n=MAX_DEPTH)


def _where(error: BaseException) -> str:
    line = getattr(error, "lineno", None) or getattr(error, "lines", None)
    return _("%(n)s째 줄을 확인해 주세요.", n=int(line) + (0 if hasattr(error, "lineno") else 1)) if line else ""


def _refused(message: str) -> InvalidInput:
    return InvalidInput({"file": message})
