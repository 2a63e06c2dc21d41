"""The parts of an upload read as one file. It runs in a child process too, and imports nothing of Flask."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO, BinaryIO

PIECE_BYTES = 1 << 20


def open_parts(folder: Path, sizes: Sequence[int]) -> BinaryIO:
    """Open the parts as one file to read.

    :param sizes: of the parts, in order
    :raise OSError: on reading, if one is gone or has another size
    """
    return io.BufferedReader(_Parts(folder, sizes), PIECE_BYTES)


class _Parts(io.RawIOBase):
    def __init__(self, folder: Path, sizes: Sequence[int]) -> None:
        self._folder, self._sizes = folder, sizes
        self._number, self._position = 0, 0
        self._file: IO[bytes] | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if (offset, whence) == (0, os.SEEK_SET):
            self.close_part()
            self._number = self._position = 0
        elif (offset, whence) != (0, os.SEEK_CUR):
            raise io.UnsupportedOperation("only to the beginning")
        return self._position

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while self._file is not None or self._open_next():
            assert self._file is not None
            n = self._file.readinto(buffer)  # type: ignore[attr-defined]
            if n:
                self._position += n
                return int(n)
            self.close_part()
        return 0

    def close_part(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def close(self) -> None:
        self.close_part()
        super().close()

    def _open_next(self) -> bool:
        if self._number == len(self._sizes):
            return False
        self._number += 1
        path = self._folder / str(self._number)
        if path.stat().st_size != self._sizes[self._number - 1]:
            raise OSError(f"part {self._number} has another size than when it came")
        self._file = path.open("rb", buffering=0)
        return True
