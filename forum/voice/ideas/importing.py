"""Read other platforms' proposals from a file. Every row is accepted or reported with the reason it was not.

CSV in UTF-8 (with or without BOM) or CP949, and JSONL. Columns: external_id and title are required; body, agree_count,
created_at, sector and region are optional; others are ignored.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from forum.core.clock import SEOUL
from forum.core.errors import InvalidInput
from forum.core.files import create_private, keep_private
from forum.core.spreadsheets import escape_formula

REQUIRED_COLUMNS = ("external_id", "title")
COLUMNS = (*REQUIRED_COLUMNS, "body", "agree_count", "created_at", "sector", "region")
MAX_CELL_CHARS = 1_000_000
MAX_COLUMNS = 200
MAX_AGREE = 2_000_000_000


@dataclass(frozen=True)
class Row:
    """One row of the file, unchanged. `number` counts data rows from 1; `error` says why it cannot be read, if so."""

    number: int
    values: Mapping[str, str]
    error: str = ""


@dataclass(frozen=True)
class SourceFile:
    """A file whose format has been checked. `rows` may be called any number of times."""

    name: str
    sha256: str
    n_rows: int
    rows: Callable[[], Iterator[Row]]


@dataclass
class ImportReport:
    """Outcome of an import. `rejected` holds each rejected row with its reason."""

    n_rows: int = 0
    imported: int = 0
    already_there: int = 0
    without_body: int = 0
    rejected: list[tuple[Row, str]] = field(default_factory=list)


def open_source(path: Path, max_bytes: int) -> SourceFile:
    """Open a file and check its format.

    :param max_bytes: larger files are rejected
    :raise InvalidInput: no such file, too large, empty, unknown encoding, or without a required column
    """
    if not path.is_file():
        raise InvalidInput(f"{path} 파일이 없어요.")
    size = path.stat().st_size
    if size > max_bytes:
        raise InvalidInput(
            f"파일이 너무 커요 ({size / 2**20:.1f} MB). {max_bytes / 2**20:.0f} MB까지 가져올 수 있어요."
        )
    raw = path.read_bytes()
    if not raw.strip():
        raise InvalidInput("파일이 비어 있어요.")
    if b"\x00" in raw[:4096] and not path.name.endswith((".jsonl", ".ndjson")):
        raise InvalidInput("텍스트 파일이 아니에요. CSV나 JSONL 파일을 골라 주세요.")
    read = _jsonl_rows if path.suffix.lower() in {".jsonl", ".ndjson"} else _csv_rows
    text = _decoded(raw)
    n_rows = sum(1 for _ in read(text))
    if not n_rows:
        raise InvalidInput("제목 줄만 있고 가져올 제안이 없어요.")
    return SourceFile(path.name, hashlib.sha256(raw).hexdigest(), n_rows, lambda: read(text))


def write_rejects(path: Path, rejected: list[tuple[Row, str]]) -> None:
    """Write the rejected rows with their reasons to a CSV that Korean Excel opens (UTF-8 with BOM)."""
    create_private(path)
    keep_private(path)
    with path.open("w", encoding="utf-8-sig", errors="backslashreplace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["row", "reason", *COLUMNS])
        for row, reason in rejected:
            writer.writerow([row.number, reason, *(escape_formula(row.values.get(name, "")) for name in COLUMNS)])


def parse_agree_count(value: str) -> int | None:
    """Return the count; None for an empty text.

    :raise InvalidInput: not a whole number, negative, or larger than `MAX_AGREE`
    """
    value = value.strip().replace(",", "")
    if not value:
        return None
    if not (value.isascii() and value.isdigit()) or len(value) > 10 or int(value) > MAX_AGREE:
        raise InvalidInput({"agree_count": f"공감 수가 숫자가 아니에요: {value[:20]}"})
    return int(value)


def parse_written_at(value: str) -> datetime | None:
    """Parse ISO 8601 or "2019-08-31 18:53:18", in Seoul time where no zone is given; None for an empty text.

    :raise InvalidInput: not a time, or outside the years 1990 to 2100
    """
    value = value.strip()
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=SEOUL)
        if not 1990 <= moment.year <= 2100:
            raise ValueError
    except (ValueError, OverflowError) as error:
        raise InvalidInput({"created_at": f"날짜를 읽을 수 없어요: {value[:30]}"}) from error
    return moment


def _decoded(raw: bytes) -> str:
    """Decode as UTF-8 (with or without BOM), else as CP949: bytes of one are hardly ever valid in the other.

    :raise InvalidInput: neither
    """
    for encoding in ("utf-8-sig", "cp949"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidInput("글자 인코딩을 알 수 없어요. UTF-8이나 CP949(엑셀 CSV)로 저장해 다시 시도해 주세요.")


def _csv_rows(text: str) -> Iterator[Row]:
    csv.field_size_limit(MAX_CELL_CHARS)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(header)
        number = 0
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            number += 1
            error = "" if len(cells) <= len(header) else f"칸이 제목 줄보다 많아요 ({len(cells)}개)."
            yield Row(number, dict(zip(header, cells, strict=False)), error)
    except csv.Error as error:
        raise InvalidInput(f"CSV 형식이 깨져 있어요 (줄 {reader.line_num}). 따옴표와 칸을 확인해 주세요.") from error


def _check_header(header: list[str]) -> None:
    if len(header) > MAX_COLUMNS:
        raise InvalidInput(f"열이 너무 많아요 ({len(header)}개). {MAX_COLUMNS}개까지 읽어요.")
    missing = [name for name in REQUIRED_COLUMNS if name not in header]
    if missing:
        raise InvalidInput(
            f"필요한 열이 없어요: {', '.join(missing)}. 첫 줄에 {', '.join(COLUMNS)} 가운데 가진 열의 이름을 써 주세요."
        )
    twice = sorted({name for name in header if name in COLUMNS and header.count(name) > 1})
    if twice:
        raise InvalidInput(f"같은 이름의 열이 두 번 있어요: {', '.join(twice)}")


def _jsonl_rows(text: str) -> Iterator[Row]:
    number = 0
    for line in text.split("\n"):
        if line.strip():
            number += 1
            yield _jsonl_row(number, line)


def _jsonl_row(number: int, line: str) -> Row:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return Row(number, {"title": line[:200]}, "JSON 형식이 아니에요.")
    if not isinstance(record, dict):
        return Row(number, {"title": line[:200]}, "한 줄에 {…} 하나씩 있어야 해요.")
    missing = [name for name in REQUIRED_COLUMNS if name not in record]
    if missing:
        return Row(number, _strings(record), f"필요한 항목이 없어요: {', '.join(missing)}")
    wrong = [name for name in COLUMNS if isinstance(record.get(name), dict | list | bool | float)]
    return Row(number, _strings(record), f"글이나 숫자가 아닌 값이 있어요: {', '.join(wrong)}" if wrong else "")


def _strings(record: Mapping[str, Any]) -> dict[str, str]:
    return {name: "" if record.get(name) is None else str(record[name]) for name in COLUMNS if name in record}
