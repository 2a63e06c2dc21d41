"""Give a file out as a stream: in pieces, from any place, and only while it is not withdrawn."""

from __future__ import annotations

import hashlib
import io
import os

import structlog
from flask import Flask, Response, current_app, request, url_for

from forum.core import clock
from forum.core.access import Actor
from forum.core.database import reading
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.response.datafiles.access import is_open, may_have_now
from forum.response.datafiles.accompanying import papers_beside
from forum.response.datafiles.models import DataFile
from forum.response.datafiles.queries import is_given_out_now
from forum.response.datafiles.zipping import around
from forum.system.blobs.store import BlobMissing, current_store
from forum.web.downloads import ALONE, attachment
from forum.web.slots import outside_database

log = structlog.get_logger()
PIECE_BYTES = 1 << 20
CHARSETS = {"UTF-8": "utf-8", "CP949": "cp949"}


class Withdrawn(Exception):
    """The file was withdrawn during a download: the connection breaks, so that no program takes it as whole."""


class Stream(io.RawIOBase):
    """What is sent: bytes before the data, the data in pieces, bytes after it. It can begin anywhere.

    It goes on after the request has given back its slot of the database; each piece is asked for in a context of its
    own, and only if the file is still given out.

    :param reader_id: account that has to be allowed the file still, for each piece; None if everybody is
    """

    def __init__(
        self, app: Flask, file: DataFile, before: bytes = b"", after: bytes = b"", reader_id: int | None = None
    ) -> None:
        assert file.blob_sha256 is not None
        self._app, self._file_id, self._sha256, self._size = app, file.id, file.blob_sha256, file.size_bytes
        self._before, self._after, self._reader_id = before, after, reader_id
        self._position = 0

    @property
    def length(self) -> int:
        return len(self._before) + self._size + len(self._after)

    def __iter__(self) -> Stream:
        return self

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._position = offset + (self._position if whence == os.SEEK_CUR else 0)
        return self._position

    def __next__(self) -> bytes:
        piece = self._piece_at(self._position)
        if not piece:
            raise StopIteration
        self._position += len(piece)
        return piece

    def _piece_at(self, position: int) -> bytes:
        if position < len(self._before):
            return self._before[position:]
        start = position - len(self._before)
        if start < self._size:
            return self._stored(start)
        return self._after[start - self._size :]

    def _stored(self, start: int) -> bytes:
        """:raise Withdrawn: in the meantime"""
        with self._app.app_context():
            with reading():
                given = is_given_out_now(self._file_id, self._sha256)
                if given and self._reader_id is not None:
                    given = may_have_now(self._file_id, self._reader_id)
                db.session.rollback()
            if not given:
                raise Withdrawn
            return current_store().read_range(self._sha256, start, min(PIECE_BYTES, self._size - start))


def csv_response(file: DataFile) -> Response:
    """Return the data as it is, with links to its terms and dictionary in a header, for programs."""
    response = _response(file, Stream(_app(), file), f"text/csv; charset={CHARSETS[file.encoding]}", _plain_name(file))
    links = {"terms-of-service": "datafiles.terms", "describedby": "datafiles.dictionary"}
    targets = (f'<{url_for(endpoint, file_id=file.id)}>; rel="{rel}"' for rel, endpoint in links.items())
    response.headers["Link"] = ", ".join(targets)
    return response


def zip_response(file: DataFile, reader: Actor) -> Response:
    """Return the data in a ZIP with its terms and its dictionary, so that people cannot part them by accident.

    :param reader: gets it, and has to be allowed it until the last piece; anybody where the file is open
    """
    beside = papers_beside(file, reader)
    at = (file.checked_at or file.created_at).astimezone(clock.SEOUL)
    before, after = around(_plain_name(file), file.size_bytes, file.crc32 or 0, at, beside)
    name = _plain_name(file).removesuffix(".csv") + ".zip"
    reader_id = None if is_open(file) else reader.id
    return _response(file, Stream(_app(), file, before, after, reader_id), "application/zip", name)


def _response(file: DataFile, stream: Stream, media_type: str, name: str) -> Response:
    """:raise StoreGone: the store does not answer
    :raise NotFound: it has lost the bytes
    """
    suffix = name.rpartition(".")[2]
    tag = hashlib.sha256(stream._before + stream._after).hexdigest()[:16]
    response = Response(stream, content_type=media_type)
    response.set_etag(f"{file.sha256}-{tag}")
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Security-Policy"] = ALONE
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Disposition"] = attachment(name, f"data-{file.id}.{suffix}")
    response.content_length = stream.length
    _require_stored(file)
    response.make_conditional(request, accept_ranges=True, complete_length=stream.length)
    return response


def _require_stored(file: DataFile) -> None:
    sha256, size = str(file.blob_sha256), file.size_bytes
    with outside_database():
        try:
            is_whole = current_store().head(sha256).size == size
        except BlobMissing:
            is_whole = False
    if not is_whole:
        log.error("blob_missing", sha256=sha256)
        raise NotFound(_("파일을 찾지 못했어요."))


def _plain_name(file: DataFile) -> str:
    stem = file.name.removesuffix(".csv").removesuffix(".CSV")
    return f"{stem}.csv"


def _app() -> Flask:
    return current_app._get_current_object()  # type: ignore[attr-defined]
