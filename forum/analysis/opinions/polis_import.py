"""Read the statements of a conversation that was held on Polis, for the import of ideas.

Its votes are no votes here: whoever cast them has no account, and here one person is one account. They can be compared
by `services.ground_of_file`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from forum.core.errors import InvalidInput
from forum.core.i18n import _
from forum.core.korean import thousands
from forum.voice.ideas.importing import Row, SourceFile

NEEDED = ("comment-id", "moderated", "comment-body")
ACCEPTED, REJECTED = "1", "-1"  # of `moderated`; 0 has been looked at by nobody
MAX_CELL_CHARS = 1_000_000
_NAME = re.compile(r"[A-Za-z0-9._-]{1,40}")


def open_statements(path: Path, conversation: str | None, max_bytes: int) -> SourceFile:
    """Open `comments.csv` and check its format. Rows that were not accepted there are rows with an error.

    An idea's `external_id` is conversation and number, so that importing again adds nothing twice.

    :param conversation: its name; None: the end of the address in `summary.csv` beside the file
    :raise InvalidInput: no file, too large, empty, no UTF-8, without a needed column, broken, or without a name
    """
    raw = _read(path, max_bytes)
    name = conversation or _name_beside(path)
    if name is None or not _NAME.fullmatch(name):
        raise InvalidInput(
            _(
                "어느 대화의 파일인지 --conversation 이름으로 알려 주세요. 영어, 숫자, 점, 붙임표로 "
                "40자까지 쓸 수 있어요."
            )
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(_("글자 인코딩이 UTF-8이 아니에요.")) from error
    n_rows = sum(1 for _row in _rows(text, name))
    if not n_rows:
        raise InvalidInput(_("제목 줄만 있고 가져올 문장이 없어요."))
    return SourceFile(path.name, hashlib.sha256(raw).hexdigest(), n_rows, lambda: _rows(text, name))


def _read(path: Path, max_bytes: int) -> bytes:
    """:raise InvalidInput: no file, or too large"""
    if not path.is_file():
        raise InvalidInput(_("%(path)s 파일이 없어요.", path=path))
    if path.stat().st_size > max_bytes:
        raise InvalidInput(_("파일이 너무 커요. %(most)s MB까지 가져올 수 있어요.", most=thousands(max_bytes // 2**20)))
    return path.read_bytes()


def _name_beside(path: Path) -> str | None:
    """Return what the address in `summary.csv` ends with."""
    summary = path.with_name("summary.csv")
    try:
        with summary.open(encoding="utf-8-sig", newline="") as file:
            addresses = [row[1] for row in csv.reader(file) if len(row) > 1 and row[0] == "url"]
    except (OSError, UnicodeDecodeError, csv.Error):
        return None
    return addresses[0].rstrip("/").rpartition("/")[2] if addresses else None


def _rows(text: str, conversation: str) -> Iterator[Row]:
    """:raise InvalidInput: a column is missing, or the file is broken"""
    csv.field_size_limit(MAX_CELL_CHARS)
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
        if missing:
            raise InvalidInput(_("필요한 열이 없어요: %(names)s", names=", ".join(missing)))
        for number, cells in enumerate(reader, start=1):
            yield _row(number, cells, conversation)
    except csv.Error as error:
        line = reader.line_num
        raise InvalidInput(
            _("CSV 형식이 깨져 있어요 (줄 %(line)s). 따옴표와 칸을 확인해 주세요.", line=line)
        ) from error


def _row(number: int, cells: dict[str, str | None], conversation: str) -> Row:
    comment_id, moderated = (cells["comment-id"] or "").strip(), (cells["moderated"] or "").strip()
    written = (cells.get("timestamp") or "").strip()
    values = {"external_id": f"{conversation}:{comment_id}", "title": cells["comment-body"] or ""}
    if None in cells:  # where the library puts cells beyond the header
        return Row(number, values, _("칸이 제목 줄보다 많아요."))
    if not (comment_id.isascii() and comment_id.isdigit() and len(comment_id) < 20):
        return Row(number, values, _("comment-id가 번호가 아니에요: %(id)s", id=comment_id[:20]))
    if moderated == REJECTED:
        return Row(number, values, _("그곳의 진행자가 받아들이지 않은 문장이에요."))
    if moderated != ACCEPTED:
        return Row(number, values, _("그곳의 진행자가 받아들였다고 적혀 있지 않아요."))
    try:
        at = datetime.fromtimestamp(int(written) / 1000, UTC).isoformat() if written else ""
    except (ValueError, OverflowError, OSError):
        return Row(number, values, _("timestamp를 읽을 수 없어요: %(at)s", at=written[:20]))
    return Row(number, values | {"created_at": at})
