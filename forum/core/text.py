"""Validation and normalisation of user-entered text.

Refused with a message, never cut silently: NUL and other control characters, lone surrogates, blank or over-long text,
resident registration numbers. Corrected silently: NFD to NFC, line ends, invisible direction and joining marks.
"""

from __future__ import annotations

import re
import unicodedata

from forum.core.errors import InvalidInput
from forum.core.i18n import _
from forum.core.korean import thousands
from forum.core.normal_form import normalised
from forum.core.privacy import contains_resident_number

# Characters that look like white space: Hangul fillers and the blank Braille pattern. `str.strip` misses all of them.
FILLERS = "\u3164\u115f\u1160\uffa0\u2800"
# Direction overrides and isolates, zero-width space, word joiner, soft hyphen, byte order mark. ZWJ (U+200D) stays,
# since emoji families are made with it.
_INVISIBLE = re.compile("[\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\u2060\u00ad\ufeff]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_ENDS = "".join(filter(str.isspace, map(chr, range(0x3001)))) + FILLERS
_UNSEEN = frozenset({"Cc", "Cf", "Mn", "Me", "Zs", "Zl", "Zp"})
_LINE_ENDS = re.compile("\r\n?|\u2028|\u2029|\u0085")
_MANY_MARKS = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{5}")
MAX_MARKS = 4
_SPACES = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r"\n{3,}")


def clean_line(value: str | None, field: str, name: str, *, max_chars: int, min_chars: int = 1) -> str:
    """Validate and normalise a single line such as a title: no line breaks, white space collapsed.

    :param field: form field the message belongs to
    :param name: what the field is called on screen
    :raise InvalidInput: see the module docstring
    """
    text = _SPACES.sub(" ", _readable(value or "", field, name).replace("\n", " "))
    return _within(text, field, name, min_chars, max_chars)


def clean_text(value: str | None, field: str, name: str, *, max_chars: int, min_chars: int = 1) -> str:
    """Validate and normalise a text of several lines; at most one blank line between paragraphs.

    :raise InvalidInput: see the module docstring
    """
    text = _BLANK_LINES.sub("\n\n", _readable(value or "", field, name))
    return _within(text, field, name, min_chars, max_chars)


def strip_control_characters(text: str) -> str:
    """Remove control characters that other programs leave in imported text; NUL stays and is refused later."""
    return _CONTROL.sub(lambda found: "\x00" if found.group() == "\x00" else " ", text)


def refuse_resident_numbers(text: str, field: str) -> None:
    """Refuse a text with a resident or foreigner registration number: they are never stored.

    :raise InvalidInput: `text` contains one; the message does not repeat it
    """
    if contains_resident_number(text):
        raise InvalidInput({field: "주민등록번호(외국인등록번호)로 보이는 숫자가 있어요. 지우고 다시 보내 주세요."})


def comparison_key(text: str) -> str:
    """Return `text` in a form for comparison: NFKC, case folded, without white space or fillers."""
    folded = normalised("NFKC", text).casefold()
    # Removing white space may bring a letter and a mark together that it separated, hence NFC once more.
    return normalised("NFC", "".join(c for c in folded if not c.isspace() and c not in FILLERS))


def is_blank(text: str) -> bool:
    """Return whether nothing is visible: only spaces, fillers, and marks or joiners without a letter."""
    return all(char in FILLERS or unicodedata.category(char) in _UNSEEN for char in text)


def _readable(value: str, field: str, name: str) -> str:
    if any("\ud800" <= char <= "\udfff" for char in value):
        raise InvalidInput({field: f"{name}에 깨진 글자가 있어요. 다시 입력해 주세요."})
    if _CONTROL.search(value):
        raise InvalidInput({field: f"{name}에 쓸 수 없는 제어 문자가 있어요. 다시 입력해 주세요."})
    text = _LINE_ENDS.sub("\n", value)
    text = normalised("NFC", _INVISIBLE.sub("", text))
    return _without_stacks(text).strip(_ENDS)


def _without_stacks(text: str) -> str:
    """Keep at most MAX_MARKS marks per letter: hundreds of accents would run over the lines around it.

    Every kind of mark counts once there are too many. Skipping some kinds would leave marks of two letters side by
    side, which is not NFC.
    """
    if not _MANY_MARKS.search(text):
        return text
    kept, n_marks = [], 0
    for char in text:
        n_marks = n_marks + 1 if unicodedata.category(char).startswith("M") else 0
        if n_marks <= MAX_MARKS:
            kept.append(char)
    return "".join(kept)


def _within(text: str, field: str, name: str, min_chars: int, max_chars: int) -> str:
    if min_chars and is_blank(text):
        raise InvalidInput({field: _("%(name)s{을} 입력해 주세요.", name=name)})
    if len(text) < min_chars:
        message = _(
            "%(name)s{은} %(least)s자 이상 써 주세요. 지금 %(n)s자예요.", name=name, least=min_chars, n=len(text)
        )
        raise InvalidInput({field: message})
    if len(text) > max_chars:
        most, n = thousands(max_chars), thousands(len(text))
        message = _("%(name)s{은} %(most)s자까지 쓸 수 있어요. 지금 %(n)s자예요.", name=name, most=most, n=n)
        raise InvalidInput({field: message})
    return text
