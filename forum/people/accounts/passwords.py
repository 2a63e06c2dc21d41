"""Password rules: long enough and not commonly used. There are no composition rules."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable
from functools import cache

from flask import current_app
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from forum.core.access import STAFF_ROLES, Role
from forum.core.errors import InvalidInput
from forum.core.normal_form import normalised
from forum.core.reference import DATA_DIR
from forum.core.text import comparison_key

MIN_DISTINCT_CHARS = 3
MIN_OWN_CHARS = 6  # what must remain of a password without the person's own address and name
MIN_HINT_CHARS = 2


def min_chars(role: Role) -> int:
    """Return the minimum password length of this role, in characters."""
    staff = role in STAFF_ROLES
    return int(current_app.config["STAFF_PASSWORD_MIN_CHARS" if staff else "PASSWORD_MIN_CHARS"])


def normal_form(password: str) -> str:
    """Normalise a typed password as `new_password` does, without validation; lone surrogates become question marks."""
    return normalised("NFC", password).encode("utf-8", "replace").decode()


def new_password(value: str | None, shortest: int, hints: Iterable[str | None] = (), field: str = "password") -> str:
    """Validate a new password and return it in NFC.

    :param shortest: minimum length in characters
    :param hints: the person's own address and name, which are guessed first
    :raise InvalidInput: too short, too long, with control characters, commonly used, or made of `hints`
    """
    text = normalised("NFC", value or "")
    longest = int(current_app.config["PASSWORD_MAX_CHARS"])
    if not text:
        raise InvalidInput({field: "비밀번호를 입력해 주세요."})
    if any(unicodedata.category(char) in {"Cc", "Cs"} for char in text):
        raise InvalidInput({field: "비밀번호에 쓸 수 없는 글자가 있어요. 다시 입력해 주세요."})
    if len(text) < shortest:
        raise InvalidInput({field: f"비밀번호는 {shortest}자 이상이어야 해요. 지금 {len(text)}자예요."})
    if len(text) > longest:
        raise InvalidInput({field: f"비밀번호는 {longest}자까지 쓸 수 있어요. 지금 {len(text)}자예요."})
    key = comparison_key(text)
    if key in common_passwords() or len(set(key)) < MIN_DISTINCT_CHARS:
        raise InvalidInput({field: "많은 사람이 쓰는 비밀번호라 쉽게 뚫려요. 다른 비밀번호를 정해 주세요."})
    if _consists_of(key, hints):
        raise InvalidInput({field: "이메일이나 이름으로 만든 비밀번호는 쉽게 뚫려요. 다른 비밀번호를 정해 주세요."})
    return text


@cache
def common_passwords() -> frozenset[str]:
    """Return the comparison keys of the most common passwords, worldwide and in Korea."""
    with (DATA_DIR / "common_passwords.csv").open(encoding="utf-8", newline="") as file:
        korean = [row["password"] for row in csv.DictReader(file)]
    return frozenset(comparison_key(password) for password in (*FREQUENCY_LISTS["passwords"], *korean))


def _consists_of(key: str, hints: Iterable[str | None]) -> bool:
    words: set[str] = set()
    for hint in filter(None, hints):
        whole = comparison_key(hint)
        words |= {whole, whole.partition("@")[0]}
    rest = key
    for word in sorted(words, key=len, reverse=True):
        if len(word) >= MIN_HINT_CHARS:
            rest = rest.replace(word, "")
    return rest != key and len(rest) < MIN_OWN_CHARS
