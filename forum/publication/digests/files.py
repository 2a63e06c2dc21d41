"""The finished files of a digest until they are stored: on disk, since those of a large campaign take 75 MB."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from types import TracebackType
from typing import BinaryIO, Self


class Files(Mapping[str, bytes]):
    """The bytes of each file by format, read when they are asked for. They are gone when it is closed."""

    def __init__(self) -> None:
        self._stored: dict[str, BinaryIO] = {}

    def write(self, name: str, write: Callable[[BinaryIO], object]) -> None:
        """Have a new file written. It has no name on disk, so a process that is killed leaves nothing."""
        file = self._stored[name] = tempfile.TemporaryFile()  # noqa: SIM115 # `__exit__` closes it
        write(file)
        file.flush()

    def open(self, name: str) -> BinaryIO:
        """Return a file from its beginning, to be read in pieces. One reader at a time: all share its place."""
        reader = open(os.dup(self._stored[name].fileno()), "rb")  # noqa: SIM115 # the reader closes it
        reader.seek(0)
        return reader

    def __getitem__(self, name: str) -> bytes:
        file = self._stored[name]
        file.seek(0)
        return file.read()

    def __iter__(self) -> Iterator[str]:
        return iter(self._stored)

    def __len__(self) -> int:
        return len(self._stored)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._stored.values():
            with suppress(OSError):  # a full disk was told when the file was written
                file.close()
        self._stored.clear()
