"""Uploaded files, accepted by their content and not by their name.

Only the types that ministries exchange are accepted. The first bytes decide (and, for zipped office formats, the names
inside), so that a page with scripts named `.pdf` is refused. Files are stored in the database and served as attachments
only.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from werkzeug.datastructures import FileStorage

from forum.core.errors import InvalidInput

MAX_FILE_BYTES = 5 * 1024 * 1024
MAX_NAME_CHARS = 120
TYPE_NAMES = "PDF, HWP, HWPX, DOCX, XLSX, PNG, JPEG"
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u202a-\u202e\u2066-\u2069]')
_SIGNATURES = (
    (b"%PDF-", ".pdf", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", ".png", "image/png"),
    (b"\xff\xd8\xff", ".jpg", "image/jpeg"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".hwp", "application/x-hwp"),
)
_HWP_MARK = b"H\x00w\x00p\x00"  # directory entry of the HWP stream, UTF-16; an old .doc or .xls has none
_OFFICE_FOLDERS = (
    ("word/", ".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xl/", ".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
)


View = TypeVar("View", bound=Callable[..., Any])


def accepts_files(view: View) -> View:
    """Mark a view whose requests with files may have UPLOAD_REQUEST_MAX_BYTES; others stay in MAX_CONTENT_LENGTH."""
    view.accepts_files = True  # type: ignore[attr-defined]
    return view


@dataclass(frozen=True)
class Upload:
    """An accepted file."""

    name: str
    media_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def read_upload(file: FileStorage | None, field: str) -> Upload | None:
    """Return the file that was sent in this field; None if there is none.

    :raise InvalidInput: too large, empty, or of a type that is not accepted
    """
    if file is None or not file.filename:
        return None
    content = file.stream.read(MAX_FILE_BYTES + 1)
    return check_upload(file.filename, content, field)


def check_upload(name: str, content: bytes, field: str) -> Upload:
    """Check the content and give the file a safe name with the ending of its real type.

    :raise InvalidInput: as `read_upload`
    """
    if len(content) > MAX_FILE_BYTES:
        raise InvalidInput({field: f"첨부 파일은 {MAX_FILE_BYTES // 1024 // 1024}MB까지 보낼 수 있어요."})
    if not content:
        raise InvalidInput({field: "빈 파일이에요. 다른 파일을 골라 주세요."})
    suffix, media_type = _detect_type(content) or ("", "")
    if not suffix:
        raise InvalidInput({field: f"받을 수 없는 형식이에요. {TYPE_NAMES} 파일만 보낼 수 있어요."})
    return Upload(_safe_name(name, suffix), media_type, content)


def _detect_type(content: bytes) -> tuple[str, str] | None:
    for start, suffix, media_type in _SIGNATURES:
        if content.startswith(start):
            return None if suffix == ".hwp" and _HWP_MARK not in content else (suffix, media_type)
    return _detect_zipped_type(content) if content.startswith(b"PK\x03\x04") else None


def _detect_zipped_type(content: bytes) -> tuple[str, str] | None:
    """Return the type of a zipped format from the archive's directory alone: nothing is unpacked (zip bombs)."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError):
        return None
    if "mimetype" in names and b"application/hwp+zip" in content[:200]:
        return ".hwpx", "application/hwp+zip"
    if "[Content_Types].xml" in names and not any(name.endswith("vbaProject.bin") for name in names):
        for folder, suffix, media_type in _OFFICE_FOLDERS:
            if any(name.startswith(folder) for name in names):
                return suffix, media_type
    return None


def _safe_name(name: str, suffix: str) -> str:
    """Return the last part of the name without characters that file systems or headers reject, with the real ending."""
    stem = _UNSAFE.sub("", name.replace("\\", "/").rpartition("/")[2]).strip(". ")
    stem = stem.rpartition(".")[0] or stem
    return (stem[: MAX_NAME_CHARS - len(suffix)].strip() or "첨부") + suffix
