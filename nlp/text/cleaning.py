"""Clean text: NFC, no control characters or HTML entities, and plain paragraphs from the HTML of word processors."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from html import unescape
from html.entities import html5
from typing import Any

# MeCab stops at NUL, and U+2028 and U+0085 are line breaks to Python but not to MeCab.
_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029\u0085\x0b\x0c]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f\x80-\x84\x86-\x9f]")
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u00ad]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
# A whole entity with its semicolon, however often its "&" was encoded: &#34; &nbsp; &amp;quot;. "AT&T" is none.
_ENTITY = re.compile(
    r"&(?:(?:amp|AMP|#0{0,6}38|#[xX]0{0,6}26);)*(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
)
MAX_PASSES = 8  # an entity may hold another one in place of a digit; nobody but an attacker nests them deeper
_STRUCTURE = re.compile(
    r"<(?:/?(?:p|div|br|span|table|tbody|tr|td|th|ul|ol|li|h[1-6]|font|strong|em|b|u|img|a|blockquote|o:p)\b[^<>]*/?)>",
    re.IGNORECASE,
)
_TEXT_TYPES = frozenset({"str", "NavigableString", "CData"})  # not comments and declarations
_UNSHOWN = frozenset({"script", "style", "head", "title"})
_BLOCKS = ("p", "div", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "table", "ul", "ol", "pre")
_SPACES = re.compile(r"[^\S\n]+")
_MANY_BREAKS = re.compile(r"\n\s*\n+")


def clean(text: str) -> str:
    """Return the text in NFC, without HTML entities, control or invisible characters or surrogates; never raises."""
    if _ODD.search(text) is None and unicodedata.is_normalized("NFC", text) and not _has_entity(text):
        return text.strip()
    text = _without_odd_characters(text)
    for _ in range(MAX_PASSES):
        decoded = _without_odd_characters(decode_entities(text))
        if decoded == text:
            break
        text = decoded
    return text


def decode_entities(text: str) -> str:
    """Replace HTML entities by their characters: &#34; and &amp;quot; become a quotation mark, &nbsp; a space.

    For texts that are no HTML but went through a program that took them for it. The result is still plain text:
    &lt;script&gt; becomes the word <script>, which a page has to escape as any other. Names that HTML does not know,
    and whatever lacks its semicolon, stay.
    """
    if not _has_entity(text):
        return text
    return _ENTITY.sub(_decoded, text)


def _has_entity(text: str) -> bool:
    return "&" in text and _ENTITY.search(text) is not None


def _decoded(found: re.Match[str]) -> str:
    body = found.group(1)
    if not body.startswith("#") and f"{body};" not in html5:
        return found.group()
    return _CONTROL.sub(" ", unescape(f"&{body};")).replace("\xa0", " ")


def _without_odd_characters(text: str) -> str:
    text = _CONTROL.sub(" ", _SURROGATE.sub(" ", _LINE_ENDS.sub("\n", text)))
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).strip()


def looks_like_html(text: str) -> bool:
    """Does the text hold structural markup? A typed <script>, "a < b" or "<3" is none."""
    return _STRUCTURE.search(text) is not None


def to_paragraphs(text: str) -> str:
    """Turn HTML into plain paragraphs separated by a blank line; text that is not HTML keeps its line breaks."""
    if not looks_like_html(text):
        return clean(text)
    from bs4 import BeautifulSoup  # only imports and pasted texts need it

    shown = "".join(_shown_text(BeautifulSoup(_SURROGATE.sub(" ", text), "lxml")))
    lines = (_SPACES.sub(" ", line).strip() for line in clean(shown).split("\n"))
    return _MANY_BREAKS.sub("\n\n", "\n".join(lines)).strip()


def _shown_text(soup: Any) -> Iterator[str]:
    """Yield the texts of a parsed page and its line breaks, in one walk: changing the tree took a minute for 40 KB."""
    waiting: list[Any] = [soup]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            if type(node).__name__ in _TEXT_TYPES:
                yield node
        elif node.name == "br":
            yield "\n"
        elif node.name not in _UNSHOWN:
            around = ["\n\n"] if node.name in _BLOCKS else []
            waiting += [*around, *reversed(node.contents), *around]
