"""Parquet copies of the files that are given out, under INSTANCE_DIR/previews: made once, and made again when lost.

A copy is named by its version, whose dictionary never changes, and the SHA-256 of its file. Two processes that make the
same one write the same bytes, and each puts its own in place whole.
"""

from __future__ import annotations

import codecs
import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from flask import current_app

from forum.core.files import make_private_folder
from forum.response.dataviews.asking import Column
from forum.response.dataviews.convert import Converted, convert
from forum.system.blobs.store import current_store

MOST_SOURCE_BYTES = 20 << 30
"""Of the CSV files that have copies, the newest first; a copy takes about a fifth of its file."""
_HALF = ".half-"


@dataclass(frozen=True)
class Source:
    """A file that is given out.

    version_id : whose dictionary it follows
    sha256, size_bytes : of its bytes in the store
    encoding : UTF-8 or CP949
    """

    file_id: int
    version_id: int
    sha256: str
    size_bytes: int
    encoding: str
    columns: tuple[Column, ...]

    @property
    def name(self) -> str:
        return f"{self.version_id}-{self.sha256}.parquet"

    @property
    def path(self) -> Path:
        return copies_folder() / self.name


def copies_folder() -> Path:
    return Path(current_app.config["INSTANCE_DIR"]) / "previews"


def make_copy(source: Source) -> Converted:
    """Fetch the bytes from the store and write them as Parquet.

    :raise BlobMissing, StoreGone: the store has them not, or does not answer
    :raise InvalidInput, PreviewFailed: as `convert`
    """
    make_private_folder(copies_folder())
    with tempfile.NamedTemporaryFile(dir=copies_folder(), prefix=_HALF, suffix=".csv") as file:
        pieces = current_store().pieces(source.sha256, source.size_bytes)
        for piece in in_utf8(pieces, source.encoding):
            file.write(piece)
        file.flush()
        return convert(Path(file.name), source.path, source.columns)


def in_utf8(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Yield pieces of text in UTF-8.

    :raise UnicodeDecodeError: the bytes are not in that encoding
    """
    if encoding == "UTF-8":
        yield from pieces
        return
    decoder = codecs.getincrementaldecoder(encoding)()
    for piece in pieces:
        yield decoder.decode(piece).encode()
    yield decoder.decode(b"", final=True).encode()


def within_limit(sources: Sequence[Source]) -> list[Source]:
    """Return the first of these that may all have copies."""
    kept, left = [], MOST_SOURCE_BYTES
    for source in sources:
        left -= source.size_bytes
        if left < 0:
            break
        kept.append(source)
    return kept


def remove_others(names: Collection[str]) -> int:
    """Remove the copies that have none of these names; return how many. Halves that somebody writes now stay."""
    n_removed = 0
    for file in copies_folder().glob("*.parquet"):
        if file.name not in names:
            with suppress(FileNotFoundError):
                file.unlink()
                n_removed += 1
    return n_removed
