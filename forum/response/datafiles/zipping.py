"""A ZIP around a file that is not read for it: what comes before the data and after it, to serve any range.

The data is stored as it is. Its size and CRC-32 are known from the check, so the archive's length is known too.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping
from datetime import datetime

UTF8_NAME = 0x800
PRIVATE_FILE = 0o600 << 16


class _Sink(io.RawIOBase):
    """Takes what is written, and counts bytes that are only said to be there; it cannot seek."""

    def __init__(self) -> None:
        self.written, self.position = bytearray(), 0

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.written += data
        self.position += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Say only where it is: so `tell` works, and the archive sees that it cannot go back."""
        if (offset, whence) != (0, os.SEEK_CUR):
            raise io.UnsupportedOperation("it cannot seek")
        return self.position

    def take(self) -> bytes:
        taken, self.written = bytes(self.written), bytearray()
        return taken


def around(name: str, size: int, crc32: int, at: datetime, beside: Mapping[str, bytes]) -> tuple[bytes, bytes]:
    """Return the bytes before and after the data of an archive that holds it and some small files.

    :param name: of the data
    :param at: date of all entries
    :param beside: small files by name, which come first
    """
    sink = _Sink()
    date = (at.year, at.month, at.day, at.hour, at.minute, at.second)
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for other, content in beside.items():
            archive.writestr(_entry(other, date), content)
        data = _entry(name, date)
        data.CRC, data.file_size, data.compress_size = crc32, size, size
        data.flag_bits = UTF8_NAME
        data.header_offset = sink.tell()
        sink.write(data.FileHeader(zip64=False))
        before = sink.take()
        sink.position += size
        archive.filelist.append(data)
        archive.start_dir = sink.tell()
    return before, sink.take()


def _entry(name: str, date: tuple[int, int, int, int, int, int]) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date)
    entry.external_attr = PRIVATE_FILE
    return entry
