"""The bytes of files in the store of blobs, with words of our own for when it does not answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import BinaryIO

from forum.core.i18n import _l
from forum.response.datafiles.checking import TableReport
from forum.system.blobs.store import PIECE_BYTES, StoreGone, current_store


class FilesGone(StoreGone):
    """The store does not answer, or has no room."""

    title = _l("파일을 둔 곳에 지금 닿지 않아요")
    explanation = _l("공익데이터 파일을 보관하는 곳이 대답하지 않아요.")


@contextmanager
def own_words() -> Iterator[None]:
    """:raise FilesGone: instead of StoreGone, which speaks of photos"""
    try:
        yield
    except StoreGone as error:
        raise FilesGone from error


def put_file(report: TableReport, opened: Callable[[], BinaryIO]) -> None:
    """Put a checked file into the store.

    :raise FilesGone: the store does not answer
    :raise ValueError: the bytes are others than those checked
    """
    assert report.survey is not None
    with own_words(), closing(opened()) as file:
        current_store().put_pieces(report.survey.sha256, iter(lambda: file.read(PIECE_BYTES), b""))
