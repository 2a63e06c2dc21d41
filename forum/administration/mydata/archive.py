"""ZIP archive of one person's data: me.json for programs, a CSV file per table for people, README.txt for both, and
the person's photos.

Rows are streamed from the database into the files in batches, so memory does not grow with the amount of data.
"""

from __future__ import annotations

import csv
import enum
import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Any

import sqlalchemy as sa

from forum.administration.mydata.export_tables import (
    ALWAYS_ME,
    EXCLUDED_TABLES,
    EXPORT_TABLES,
    DataSubject,
    ExportTable,
)
from forum.core import clock
from forum.core.database import LabelledEnum
from forum.core.i18n import _
from forum.core.spreadsheets import escape_formula
from forum.system.blobs import store
from forum.system.blobs.models import Blob
from forum.voice.photos.models import IdeaPhoto

IN_MEMORY_BYTES = 1024 * 1024
BATCH_SIZE = 500
PHOTOS_AT_ONCE = 10  # rows; a photo that waits in its row is half a megabyte
PHOTO_FOLDER = "photos"
BOM = "\ufeff"
LONE_SURROGATES = "backslashreplace"  # JSON columns can contain them; they are written as JSON escapes
JSON_FILE, README_FILE = "me.json", "README.txt"


def write_archive(connection: sa.Connection, subject: DataSubject, site: str) -> IO[bytes]:
    """Write everything about `subject`, as `connection` sees it, with one query per table.

    :param site: base address of this forum
    :return: the ZIP, positioned at its start; on disk if larger than `IN_MEMORY_BYTES`. The caller closes it.
    """
    file = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115  (handed to the caller)
    try:
        with _texts() as tree, zipfile.ZipFile(file, "w") as archive:
            _write(connection, archive, tree, subject, site)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file


def _write(connection: sa.Connection, archive: zipfile.ZipFile, tree: IO[str], subject: DataSubject, site: str) -> None:
    """Write all files of the archive.

    :param tree: buffer for me.json, since a ZIP file is written one entry at a time
    """
    made_at = _moment(clock.now())
    tree.write(f'{{\n"site": {json.dumps(site)},\n"made_at": "{made_at}"')
    counts = {table.name: _write_table(connection, archive, tree, table, subject) for table in EXPORT_TABLES}
    tree.write("\n}\n")
    tree.seek(0)
    with archive.open(_entry(JSON_FILE), "w") as entry:
        while piece := tree.read(IN_MEMORY_BYTES):
            entry.write(piece.encode())
    missing = _write_photos(connection, archive, subject)
    archive.writestr(_entry(README_FILE), BOM + readme(counts, site, made_at, missing).replace("\n", "\r\n"))


def _write_photos(connection: sa.Connection, archive: zipfile.ZipFile, subject: DataSubject) -> list[int]:
    """Write each photo of the person that is still kept, one at a time.

    :return: ids of photos whose file the store does not give now
    """
    kept = sa.select(IdeaPhoto.id, Blob.sha256, Blob.waiting).join(Blob, Blob.sha256 == IdeaPhoto.sha256)
    missing = []
    query = kept.where(IdeaPhoto.author_id == subject.participant_id).order_by(IdeaPhoto.id)
    for photo_id, sha256, waiting in connection.execution_options(yield_per=PHOTOS_AT_ONCE).execute(query):
        try:
            data = waiting if waiting is not None else store.current_store().get(sha256)
        except (store.StoreGone, store.BlobMissing):
            missing.append(photo_id)
            continue
        archive.writestr(_entry(f"{PHOTO_FOLDER}/{photo_id}.webp"), data)
    return missing


def readme(counts: dict[str, int], site: str, made_at: str, missing_photos: Sequence[int] = ()) -> str:
    """Explain what is in each file, and what is left out, for a reader of 14.

    :param counts: table -> number of its rows
    :param missing_photos: ids of photos whose file is not in the archive
    """
    parts = [f"- {table.name}.csv ({counts[table.name]:,}줄): {table.about}." for table in EXPORT_TABLES]
    missing = [f"{', '.join(names)}: {reason}" for reason, names in _left_out_columns().items()]
    missing += list(dict.fromkeys(EXCLUDED_TABLES.values()))
    if missing_photos:
        numbers = ", ".join(map(str, missing_photos))
        missing.append(_("사진 %(numbers)s번: 지금 꺼낼 수 없었어요. 나중에 다시 받아 주세요.", numbers=numbers))
    return "\n".join(
        [
            "탄소중립 국민포럼이 나에 대해 가지고 있는 것",
            "",
            f"어디에서: {site}",
            f"만든 때: {made_at}",
            "",
            "이 파일은 나만 보라고 만든 것이에요. 이메일과 내가 쓴 글, 투표가 들어 있으니 다른 사람에게 보내지 마세요.",
            "",
            "■ 어떻게 읽나요",
            "- CSV 파일은 엑셀 같은 표 프로그램으로 열 수 있어요. 글자는 UTF-8이에요.",
            "- 표 프로그램이 계산식으로 알아들을 글 앞에는 작은따옴표(')를 붙였어요.",
            f"- {JSON_FILE} 파일에는 같은 내용이 프로그램이 읽기 좋게, 글자 하나 바꾸지 않고 들어 있어요.",
            "- 때는 모두 서울 시각이에요. 보기: 2026-11-24T09:30:00+09:00",
            "- 0줄인 파일은 그런 것이 없다는 뜻이에요.",
            "",
            "■ 무엇이 들어 있나요",
            *parts,
            "",
            "■ 무엇이 빠졌나요",
            *(f"- {line}" for line in missing),
            "",
            "다른 사람의 이름과 이메일은 넣지 않았어요. 신고한 사람, 글을 숨긴 사람, 보호자와 어린이도 그렇어요.",
            "",
        ]
    )


def _left_out_columns() -> dict[str, list[str]]:
    """Return for each reason the tables in which it leaves out a column."""
    found: dict[str, list[str]] = {}
    for table in EXPORT_TABLES:
        for reason in dict.fromkeys(table.excluded.values()):
            if reason != ALWAYS_ME:
                found.setdefault(reason, []).append(table.name)
    return found


def _entry(name: str) -> zipfile.ZipInfo:
    """Return an entry of the archive, dated now in Seoul time."""
    entry = zipfile.ZipInfo(name, clock.now().astimezone(clock.SEOUL).timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16  # for its owner alone
    return entry


def _write_table(
    connection: sa.Connection, archive: zipfile.ZipFile, tree: IO[str], table: ExportTable, subject: DataSubject
) -> int:
    """Write the table's rows into its CSV file and its branch of me.json.

    :return: how many rows
    """
    count = 0
    names = list(table.headings)
    tree.write(f',\n"{table.name}": [')
    with archive.open(_entry(f"{table.name}.csv"), "w") as entry, _encoded(entry) as text:
        writer = csv.writer(text)
        writer.writerow(table.headings.values())
        for row in connection.execution_options(yield_per=BATCH_SIZE).execute(table.rows(subject)):
            writer.writerow([_cell(value) for value in row])
            tree.write(",\n" if count else "\n")
            json.dump(dict(zip(names, map(_plain, row), strict=True)), tree, ensure_ascii=False)
            count += 1
    tree.write("]")
    return count


def _cell(value: Any) -> object:
    """Return the value for a spreadsheet: labels instead of codes, no formulas."""
    if isinstance(value, LabelledEnum):
        return escape_formula(value.label)
    if isinstance(value, bool):
        return "예" if value else "아니요"
    if isinstance(value, dict | list):
        return escape_formula(json.dumps(value, ensure_ascii=False))
    return escape_formula(_plain(value))


def _plain(value: Any) -> Any:
    """Return the value for JSON: names of enum members, times in ISO 8601 with time zone."""
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date):
        return value.isoformat()
    return value


def _moment(moment: datetime) -> str:
    return moment.astimezone(clock.SEOUL).isoformat(timespec="seconds")


@contextmanager
def _texts() -> Iterator[IO[str]]:
    with SpooledTemporaryFile(
        IN_MEMORY_BYTES, mode="w+", encoding="utf-8", errors=LONE_SURROGATES, newline=""
    ) as texts:
        yield texts


@contextmanager
def _encoded(entry: IO[bytes]) -> Iterator[IO[str]]:
    """Open the entry as UTF-8 text with a byte-order mark: Korean spreadsheets need it to detect the encoding."""
    text = io.TextIOWrapper(entry, encoding="utf-8-sig", errors=LONE_SURROGATES, newline="")
    yield text
    text.flush()
    text.detach()
