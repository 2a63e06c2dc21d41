"""Names of files to download: a plain ASCII name for old programs, and the real one, in whatever script."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath
from urllib.parse import quote

from werkzeug.http import dump_options_header

ALONE = "default-src 'none'; sandbox"
"""Content-Security-Policy of a file that is not a page: opened by itself, it can do nothing in the site's name."""
MAX_STEM_BYTES = 150  # of UTF-8; file systems take 255, and browsers add " (2)"
MAX_SUFFIX_CHARS = 10
_NOT_IN_A_NAME = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u200e\u200f\u202a-\u202e\u2066-\u2069]+')  # and no reversed text
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")


def attachment(name: str, plain_name: str) -> str:
    """Return the header Content-Disposition of a file to be saved under `name` (RFC 6266, RFC 5987).

    :param name: as people read it; what no file system takes becomes a hyphen, and a long one is cut before its suffix
    :param plain_name: for programs that know no other script: kind and number in ASCII, such as `digest-12.csv`
    """
    plain = _NOT_PLAIN.sub("-", plain_name).strip("-.") or "file"
    real = _clean(name) or plain
    names = {"filename": plain}
    if real != plain:
        names["filename*"] = f"UTF-8''{quote(real, safe='')}"
    return dump_options_header("attachment", names)


def _clean(name: str) -> str:
    flat = _NOT_IN_A_NAME.sub("-", unicodedata.normalize("NFC", name)).strip(" .-")
    suffix = PurePosixPath(flat).suffix
    suffix = suffix if len(suffix) <= MAX_SUFFIX_CHARS else ""
    stem = flat.removesuffix(suffix).encode("utf-8", "ignore")[:MAX_STEM_BYTES].decode("utf-8", "ignore").strip(" .-")
    return f"{stem}{suffix}" if stem else ""
