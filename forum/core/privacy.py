"""Detection of personal data in user text: resident numbers are refused, other identifying numbers are masked.

A text is masked before it is stored. Lists, pages, search, analysis, digests and mails all read the stored text, so
none of them sees more. The text as typed is stored separately (`IdeaOriginal`, `CommentOriginal`) for its author.

The detector is ko-pii with its PERSON rule off (it takes 공개하, 노선 and 지치지 for names). On thousands of real
proposals and petitions its findings included place names alone (서울, 중화동), counts (자치구별로 300세대) and numbers
inside web addresses, which are not personal data. So only `KINDS` that also pass `_is_personal` are masked. This module
adds what ko-pii misses: resident numbers with asterisks, with words for digits or broken over lines, and mobile numbers
in words such as 공일공-일이삼사-오육칠팔.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import ko_pii

from forum.core.normal_form import normalised

KINDS = {
    "PHONE": "전화번호",
    "FAX": "전화번호",
    "EMAIL": "이메일",
    "ACCOUNT": "계좌번호",
    "CARD": "카드번호",
    "PASSPORT": "여권번호",
    "DRIVER_LICENSE": "운전면허번호",
    "VEHICLE": "차량번호",
    "ADDRESS": "주소",
    "MEDICAL_INSURANCE": "건강보험증번호",
    "EMPLOYEE_ID": "사번",
    "BUSINESS_REG": "사업자등록번호",
}
RESIDENT_NUMBERS = ("RRN", "FRN")
MAX_CARD_DIGITS = 16
CONTEXT_CHARS = 100  # characters before and after a candidate that the detector sees

_DIGIT = re.compile(r"\d")
_DASHES = re.compile("[‐‑‒–—―−ㅡㅣ\u1173\u1175─━ー~∼〜_]")  # the two jamo as NFKC leaves them
_WORDS = str.maketrans("공영일이삼사오육칠팔구", "00123456789")
_WORD = "공영일이삼사오육칠팔구"
DIGIT_WORDS = _WORD
_DATE = r"\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_GAP = r"(?:[\s\-./,:·()*]|뒷자리|뒤)"
# Six digits that are a date, a separator, a gender digit 1 to 8 and six digits or masking signs. (9 and 0 mean born in
# the 1800s.) Thirteen digits without a separator are left to ko-pii: barcodes look like that.
_PARTED = re.compile(rf"(?<!\d){_DATE}{_GAP}{{1,6}}[1-8][\dxX*●○•◯□■#ㅇ]{{6}}(?![\dxX*●○])")
_HIDDEN_TAIL = re.compile(rf"(?<!\d){_DATE}[1-8][xX*●○•◯□■#]{{6}}")
_BROKEN = re.compile(r"(?<!\d)(?<!\d\s)\d(?:\s?\d){5}\s*-\s*[1-8](?:\s?\d){6}(?!\s?\d)")
_IS_DATED = re.compile(_DATE)
_SPELLED_MOBILE = re.compile(rf"[공영]\s?일\s?[공영](?:[\s\-.,]{{0,3}}[{_WORD}]){{8}}")
# Texts without one of these skip the detector: it takes 20 ms a page, and most texts contain none.
_CANDIDATE = re.compile(
    rf"@|＠|\(at\)|\d(?:[\W_]{{0,3}}\d){{6}}|[0oO]1[0oO]|\d[가-힣]\s?\d{{4}}|[A-Za-z]\d{{7}}"
    rf"|[로길동리가]\s?\d|{_SPELLED_MOBILE.pattern}",
    re.IGNORECASE,
)
_THIRTEEN = re.compile(r"(?:\d[\W_]{0,6}){12}\d|뒷자리")
_LOT = re.compile(r"\d-\d|\d\s?번지")
_COUNTED = re.compile(r"\s?(?:세대|달|개|명|대|년|월|일|인|곳|건|만|천|백|여|원|가구|시간|분|%|퍼센트|배|차)")
_HIDES = re.compile(r"[^\W_]")
_UNIT = re.compile(r"(?:[\s,]*\d+\s?(?:동|호|층|번지)(?![가-힣]))+")


@dataclass(frozen=True)
class MaskedText:
    """A text others may read, and the Korean names of what is hidden in it."""

    text: str
    kinds: frozenset[str]


def mask(text: str, shown: frozenset[str] = frozenset()) -> MaskedText:
    """Replace each letter and digit of identifying numbers, addresses and mail addresses by an asterisk.

    The length stays the same; masking a masked text changes nothing.

    :param shown: names of `KINDS` that stay as they are, such as the address in a field that asks for a public place
    """
    if not _CANDIDATE.search(text):
        return MaskedText(text, frozenset())
    kinds, chars = set(), list(text)
    for start, end, kind in _spans(text):
        if kind in shown:
            continue
        kinds.add(kind)
        chars[start:end] = _HIDES.sub("*", text[start:end])
    return MaskedText("".join(chars), frozenset(kinds))


def masking_note(kinds: Iterable[str]) -> str:
    """Return the note for the author; empty if nothing is masked."""
    names = sorted(kinds)
    return f"개인정보로 보이는 곳({', '.join(names)})은 다른 사람에게 ***로 가려져요." if names else ""


def contains_resident_number(text: str) -> bool:
    """Return whether `text` contains a resident or foreigner registration number, however it is written."""
    folded = _folded(text)
    if _PARTED.search(folded) or _HIDDEN_TAIL.search(folded):
        return True
    if any(_IS_DATED.match(re.sub(r"\s", "", found.group())) for found in _BROKEN.finditer(folded)):
        return True
    if _holds_spelled_number(folded):
        return True
    return any(
        found.extra.get("gender_digit") not in {0, 9}
        for start, end in _windows(_THIRTEEN, folded)
        for found in ko_pii.detect_all(folded[start:end], include=RESIDENT_NUMBERS)
    )


def _folded(text: str) -> str:
    """Return the text as a reader sees it: ASCII digits, plain dashes, no invisible characters."""
    seen = normalised("NFKC", text)
    others: dict[str, str | int | None] = {
        char: str(unicodedata.digit(char)) if char.isdecimal() else ""
        for char in set(seen)
        if not char.isascii() and (char.isdecimal() or unicodedata.category(char) == "Cf")
    }
    return _DASHES.sub("-", seen.translate(str.maketrans(others)) if others else seen)


def _holds_spelled_number(folded: str) -> bool:
    """Return whether a number is spelled out, as in 구공공일공일 일이삼사오육칠.

    At least six of the thirteen digits must be words, since 일 and 이 occur everywhere.
    """
    if sum(folded.count(word) for word in _WORD) < 6:
        return False
    plain = folded.translate(_WORDS)
    return any(sum(folded[place] in _WORD for place in range(*found.span())) >= 6 for found in _PARTED.finditer(plain))


def _spans(text: str) -> Iterator[tuple[int, int, str]]:
    for start, end in _windows(_CANDIDATE, text):
        for found in ko_pii.detect_all(text[start:end], include=tuple(KINDS)):
            if _is_personal(found, text, start):
                yield start + found.start, start + _end_of(found, text[start:]), KINDS[found.label]
    for spelled in _SPELLED_MOBILE.finditer(text):
        yield *spelled.span(), KINDS["PHONE"]


def _windows(candidate: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    """Yield the stretches to give to the detector, each with enough context to contain 계좌 or 은행."""
    end = 0
    begin = None
    for found in candidate.finditer(text):
        if begin is not None and found.start() - CONTEXT_CHARS > end:
            yield begin, end
            begin = None
        if begin is None:
            begin = max(0, found.start() - CONTEXT_CHARS)
        end = min(len(text), found.end() + CONTEXT_CHARS)
    if begin is not None:
        yield begin, end


def _end_of(found: ko_pii.DetectionResult, text: str) -> int:
    """Return where the finding ends; ko-pii stops before the 101동 1203호 of an address."""
    unit = _UNIT.match(text, found.end) if found.label == "ADDRESS" else None
    return unit.end() if unit else found.end


def _is_personal(found: ko_pii.DetectionResult, whole: str, offset: int) -> bool:
    """Return whether a finding is personal, and not part of a file name, a count or the name of a town."""
    start, end = offset + found.start, offset + found.end
    before, after = whole[max(0, start - 1) : start], whole[end : end + 1]
    if found.label == "ADDRESS":
        if found.extra.get("format") == "jibun":
            return bool(_LOT.search(whole[start : end + 4]))
        return found.extra.get("format") == "road_name" and not _COUNTED.match(whole, end)
    if found.label == "CARD" and len(_DIGIT.findall(found.text)) > MAX_CARD_DIGITS:
        return False
    if found.label == "BUSINESS_REG" and "-" not in found.text:
        return False
    if found.label == "EMAIL":
        return True
    return not ((before.isascii() and before.isalnum()) or (after.isascii() and after.isalnum()))
