"""The parts of uploads on the disk: each written whole, synced and named by its number. `part_files` reads them."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from flask import current_app

from forum.core.files import make_private_folder
from forum.response.datafiles.models import PART_BYTES

PIECE_BYTES = 1 << 20


@dataclass(frozen=True)
class StoredPart:
    """A part's bytes on the disk under a name of their own; `place_part` gives them their number."""

    sha256: str
    size: int
    path: Path


def uploads_folder() -> Path:
    return Path(current_app.config["INSTANCE_DIR"]) / "uploads"


def folder_of(name: str) -> Path:
    return uploads_folder() / name


def write_part(folder: str, body: IO[bytes]) -> StoredPart:
    """Write at most one part's bytes, and sync them; one byte too many is read and counted, so that it can be told."""
    place = folder_of(folder)
    make_private_folder(place)
    digest, size = hashlib.sha256(), 0
    with tempfile.NamedTemporaryFile(dir=place, prefix=".half-", delete=False) as half:
        try:
            while size <= PART_BYTES and (piece := body.read(min(PIECE_BYTES, PART_BYTES + 1 - size))):
                half.write(piece)
                digest.update(piece)
                size += len(piece)
            half.flush()
            os.fsync(half.fileno())
        except BaseException:
            os.unlink(half.name)
            raise
    return StoredPart(digest.hexdigest(), size, Path(half.name))


def place_part(part: StoredPart, number: int) -> None:
    """Give a part its number, for good once the folder is synced."""
    os.replace(part.path, part.path.with_name(str(number)))
    descriptor = os.open(part.path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def drop_part(part: StoredPart) -> None:
    with suppress(OSError):
        part.path.unlink()


def write_parts(folder: str, body: IO[bytes], most: int) -> list[StoredPart]:
    """Write a whole file as parts, with their numbers.

    :param most: bytes; a larger file is read up to there and a little more
    """
    parts: list[StoredPart] = []
    while sum(part.size for part in parts) <= most:
        part = write_part(folder, _Limited(body))  # type: ignore[arg-type]
        if not part.size:
            drop_part(part)
            break
        parts.append(part)
        place_part(part, len(parts))
    return parts


def remove_folder(name: str) -> None:
    shutil.rmtree(folder_of(name), ignore_errors=True)


def old_folders(before: datetime) -> Iterator[str]:
    """Yield the names of folders in which nothing was written since then."""
    for place in sorted(uploads_folder().glob("*")):
        with suppress(OSError):
            if place.is_dir() and place.stat().st_mtime < before.timestamp():
                yield place.name


def free_bytes() -> int:
    make_private_folder(uploads_folder())
    return shutil.disk_usage(uploads_folder()).free


class _Limited:
    """Reads at most one part from a stream."""

    def __init__(self, body: IO[bytes]) -> None:
        self._body, self._left = body, PART_BYTES

    def read(self, size: int = -1) -> bytes:
        data = self._body.read(min(size if size >= 0 else self._left, self._left))
        self._left -= len(data)
        return data
