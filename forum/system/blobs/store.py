"""Where the bytes of blobs are: a local folder, or S3 by one setting. The rest of the forum knows only their SHA-256.

The library is obstore. Its threads are one set for the whole process and do not live in a child: what was used before a
fork hangs in the child for ever, also a store that the child makes itself (tried). So a store is made when a process
first needs it, gunicorn and huey fork before that, and a child of a process that has used one is refused at once: for
it the store is gone. Its local store knows neither media types nor signed links: both are ours. Nor does it sync what
it wrote to the disk: that is done here, since people were told that their photo is kept.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from flask import current_app

from forum.core import clock
from forum.core.errors import ServiceUnavailable
from forum.core.files import make_private_folder
from forum.core.i18n import _l
from forum.core.outages import Outage

log = structlog.get_logger()
S3_SCHEME = "s3://"
TIMEOUT, CONNECT_TIMEOUT = "3s", "1s"
PROBE_TIMEOUT = "1s"
PAGE = 1_000  # objects
PIECE_BYTES = 8 << 20  # of a large file: as much as S3 gets within `TIMEOUT`
RETRIES: Any = {"max_retries": 1, "retry_timeout": timedelta(seconds=3)}  # a reset is tried again, a silence is not
NO_RETRIES: Any = {"max_retries": 0, "retry_timeout": timedelta(seconds=1)}
FOLDER_LENGTH = 2  # characters of the name that name its folder: 256 folders
OWNER = "owner"  # the object that names the forum whose store it is
_NAME = re.compile(r"[0-9a-f]{64}")
_HALF_WRITTEN = re.compile(r"[0-9a-f]{64}#[0-9]+")  # how obstore names a local file until it is complete


class StoreGone(ServiceUnavailable):
    """The store does not answer, or has no room. Nothing was stored in it."""

    title = _l("파일을 보관하는 곳에 지금 닿지 않아요")
    explanation = _l("사진과 자료 파일을 보관하는 곳이 대답하지 않아요.")
    advice = _l("잠시 뒤 다시 해 주세요.")


class BlobMissing(LookupError):
    """The store answers, and does not have these bytes."""


_used_by: int | None = None
"""The process that first used the library, or whose parent did."""


@dataclass(frozen=True)
class StoredObject:
    """What the store has.

    sha256 : its name
    size : bytes
    modified_at : when it was last written
    """

    sha256: str
    size: int
    modified_at: datetime


class BlobStore:
    """The store of one process that a setting names: a folder, or s3://BUCKET/PREFIX.

    :param setting: as BLOB_STORE; empty stands for INSTANCE_DIR/blobs
    While it does not answer, callers are refused at once. Reading and writing are apart: what is full can be read.
    """

    def __init__(self, setting: str) -> None:
        self._reading, self._writing = Outage("blob store"), Outage("blob store (writing)")
        self.folder = None if setting.startswith(S3_SCHEME) else _folder(setting)
        self._store, self._probe = _open(setting, self.folder)

    def put(self, sha256: str, data: bytes) -> None:
        """Write the bytes under their SHA-256. The same bytes again are written again, which renews their time.

        :raise StoreGone: not stored
        """
        import obstore

        def write() -> None:
            obstore.put(self._store, _path(sha256), data)
            self._sync(sha256)

        self._ask(write, self._writing)

    def put_pieces(self, sha256: str, pieces: Iterable[bytes]) -> None:
        """Write a large file piece by piece, as `put` does; two pieces of `PIECE_BYTES` are in memory.

        :raise StoreGone: not stored
        :raise ValueError: the pieces have another SHA-256; nothing is stored under it
        """
        import obstore

        digest = hashlib.sha256()

        def hashed() -> Iterator[bytes]:
            for piece in pieces:
                digest.update(piece)
                yield piece
            if digest.hexdigest() != sha256:
                raise ValueError(f"the pieces are not {sha256}")

        def write() -> None:
            obstore.put(
                self._store, _path(sha256), hashed(), use_multipart=True, chunk_size=PIECE_BYTES, max_concurrency=2
            )
            self._sync(sha256)

        self._ask(write, self._writing)

    def get(self, sha256: str) -> bytes:
        """Return the bytes.

        :raise BlobMissing: the store does not have them
        :raise StoreGone: it does not answer
        """
        import obstore

        return bytes(self._ask(lambda: obstore.get(self._store, _path(sha256)).bytes()))

    def read_range(self, sha256: str, start: int, length: int) -> bytes:
        """Return a part of the bytes: fewer at the end.

        :raise BlobMissing, StoreGone: as `get`
        """
        import obstore

        return bytes(self._ask(lambda: obstore.get_range(self._store, _path(sha256), start=start, length=length)))

    def pieces(self, sha256: str, size: int) -> Iterator[bytes]:
        """Yield all bytes of a large file, each piece asked for when it is needed.

        :raise BlobMissing, StoreGone: as `get`
        """
        for start in range(0, size, PIECE_BYTES):
            yield self.read_range(sha256, start, min(PIECE_BYTES, size - start))

    def head(self, sha256: str) -> StoredObject:
        """:raise BlobMissing, StoreGone: as `get`"""
        import obstore

        return _stored(self._ask(lambda: obstore.head(self._store, _path(sha256))))

    def has(self, sha256: str) -> bool:
        """:raise StoreGone: the store does not answer"""
        try:
            self.head(sha256)
        except BlobMissing:
            return False
        return True

    def delete(self, sha256: str) -> None:
        """Delete the bytes; what is not there is no error.

        :raise StoreGone: it does not answer
        """
        import obstore

        with suppress(BlobMissing):
            self._ask(lambda: obstore.delete(self._store, _path(sha256)))

    def listing(self) -> Iterator[StoredObject]:
        """Yield everything in the store, in no order and page by page.

        :raise StoreGone: it does not answer
        """
        import obstore

        pages = self._ask(lambda: iter(obstore.list(self._store, chunk_size=PAGE)))
        while page := self._ask(lambda: next(pages, None)):
            yield from (_stored(found) for found in page if _NAME.fullmatch(found["path"].rsplit("/", 1)[-1]))

    def answers(self) -> bool:
        """Return within about a second whether it can be reached. While it is gone it is asked once in each pause."""
        import obstore

        with suppress(StoreGone):
            try:
                self._ask(lambda: obstore.head(self._probe, OWNER))
            except BlobMissing:
                return self.folder is None or os.access(self.folder, os.W_OK | os.X_OK)
            return True
        return False

    def owner(self) -> str:
        """Return the name of the forum whose store it is; empty if nobody has claimed it.

        :raise StoreGone: it does not answer
        """
        import obstore

        try:
            return bytes(self._ask(lambda: obstore.get(self._store, OWNER).bytes())).decode(errors="replace")
        except BlobMissing:
            return ""

    def claim(self, forum: str) -> None:
        """Write whose store it is.

        :raise StoreGone: it does not answer
        """
        import obstore

        self._ask(lambda: obstore.put(self._store, OWNER, forum.encode()), self._writing)

    def delete_half_written(self, older_than: timedelta) -> int:
        """Delete local files whose writer was killed; the library lists them never. Return how many there were."""
        n_deleted, before = 0, (clock.now() - older_than).timestamp()
        for file in self.folder.glob("??/*#*") if self.folder else ():
            with suppress(OSError):
                if _HALF_WRITTEN.fullmatch(file.name) and file.stat().st_mtime < before:
                    file.unlink()
                    n_deleted += 1
        return n_deleted

    def _ask(self, question: Callable[[], Any], outage: Outage | None = None) -> Any:
        """Ask the store, unless it has just not answered.

        :raise BlobMissing: no such object
        :raise StoreGone: it does not answer, has no room, or did not answer a moment ago
        """
        from obstore.exceptions import BaseError, NotFoundError

        if not _may_use_library():
            raise StoreGone
        outage = outage or self._reading
        if not outage.may_try():
            raise StoreGone
        try:
            answer = question()
        except (FileNotFoundError, NotFoundError) as error:
            outage.worked()
            raise BlobMissing from error
        except (BaseError, OSError) as error:
            outage.failed(error)
            raise StoreGone from error
        outage.worked()
        return answer

    def _sync(self, sha256: str) -> None:
        """Sync a local file, its folder, and the folder above that."""
        if self.folder is None:
            return
        file = self.folder / _path(sha256)
        for path in (file, file.parent, self.folder):
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def current_store() -> BlobStore:
    """Return the store of this process, made when it is first needed: never before a fork."""
    stores: dict[int, BlobStore] = current_app.extensions["blob_stores"]
    pid = os.getpid()
    if pid not in stores:
        stores[pid] = BlobStore(str(current_app.config["BLOB_STORE"]))  # the parent's stays: its end would hang, too
    return stores[pid]


def blob_store_answers() -> bool:
    """Return whether the store of this process can be reached, and on a disk be written to, within about a second."""
    try:
        return current_store().answers()
    except StoreGone:  # it could not even be opened
        return False


def other_store(setting: str) -> BlobStore:
    """Return another store, to copy to. On S3 it is reached with the same S3_ settings."""
    return BlobStore(setting)


def _may_use_library() -> bool:
    """Return whether this is the first process of its line that uses the library."""
    global _used_by  # the library's threads are as global
    if _used_by is None:
        _used_by = os.getpid()
    if _used_by != os.getpid():
        log.error("blob_store_used_before_fork", first=_used_by)
    return _used_by == os.getpid()


def _path(sha256: str) -> str:
    return f"{sha256[:FOLDER_LENGTH]}/{sha256}"


def _stored(found: Any) -> StoredObject:
    return StoredObject(found["path"].rsplit("/", 1)[-1], found["size"], found["last_modified"])


def _folder(setting: str) -> Path:
    return Path(setting) if setting else Path(current_app.config["INSTANCE_DIR"]) / "blobs"


def _open(setting: str, folder: Path | None) -> tuple[Any, Any]:
    """Return the library's store, and one that gives up soon, to ask whether it answers."""
    from obstore.store import LocalStore

    if folder is None:
        return _s3(setting, TIMEOUT, RETRIES), _s3(setting, PROBE_TIMEOUT, NO_RETRIES)
    try:
        make_private_folder(folder)
        local = LocalStore(folder)
    except (OSError, ValueError) as error:
        raise StoreGone from error
    return local, local


def _s3(setting: str, timeout: str, retries: Any) -> Any:
    from obstore.store import S3Store

    bucket, _slash, prefix = setting.removeprefix(S3_SCHEME).partition("/")
    config = current_app.config
    endpoint = str(config["S3_ENDPOINT"])
    return S3Store(
        bucket,
        prefix=prefix or None,
        endpoint=endpoint or None,
        region=str(config["S3_REGION"]),
        access_key_id=str(config["S3_ACCESS_KEY_ID"]),
        secret_access_key=str(config["S3_SECRET_ACCESS_KEY"]),
        client_options={
            "timeout": timeout,
            "connect_timeout": CONNECT_TIMEOUT,
            "allow_http": endpoint.startswith("http://"),
        },
        retry_config=retries,
    )
