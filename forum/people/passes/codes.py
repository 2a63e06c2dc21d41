"""The codes of guest passes: short enough to copy from paper, too many to guess.

A code is ten characters of an alphabet without look-alikes (0 and O, 1 and I and L): 31 ** 10 are 49 bits. It is stored
as a keyed hash only. The code of a paper slip is computed from what is printed on it, so that a kit can be printed
before anybody writes, and again; the code of a pass on a phone from the key of the form that asks for it, so that a
double click makes one pass.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

from flask import current_app

from forum.core.network import keyed_hash

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
N_CHARS = 10
_SEPARATORS = re.compile(r"[\s\-–—·.]+")


def new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _n in range(N_CHARS))


def printed_code(purpose: str) -> str:
    """Return the code of something named, such as "slip 12 of gathering 3": the same each time.

    HMAC-SHA-256 with the application's key; a new SECRET_KEY makes printed codes useless.
    """
    key = str(current_app.config["SECRET_KEY"]).encode()
    number = int.from_bytes(hmac.new(key, f"printed code:{purpose}".encode(), hashlib.sha256).digest())
    chars = []
    for _n in range(N_CHARS):
        number, digit = divmod(number, len(ALPHABET))
        chars.append(ALPHABET[digit])
    return "".join(chars)


def typed_code(text: str) -> str:
    """Return what somebody typed as a code: upper case, without spaces and dashes; empty if it cannot be one."""
    code = _SEPARATORS.sub("", text[:100]).upper()
    return code if len(code) == N_CHARS and set(code) <= set(ALPHABET) else ""


def spaced(code: str) -> str:
    """Return a code as it is shown: two groups of five."""
    return f"{code[:5]}-{code[5:]}"


def hash_of(code: str) -> str:
    return keyed_hash("guest pass", code)
