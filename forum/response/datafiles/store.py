"""The bytes of files in the store of blobs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import BinaryIO

from forum.response.datafiles.checking import TableReport
from forum.system.blobs.store import PIECE_BYTES, current_store


def put_file(report: TableReport, opened: Callable[[], BinaryIO]) -> None:
    """Put a checked file into the store.

    :raise StoreGone: the store does not answer
    :raise ValueError: the bytes are others than those checked
    """
    assert report.survey is not None
    with closing(opened()) as file:
        current_store().put_pieces(report.survey.sha256, iter(lambda: file.read(PIECE_BYTES), b""))
