"""Where the bytes of blobs are: a local folder, or S3 by one setting. The rest of the forum knows only their SHA-256.

The library is obstore. A store used before a fork hangs in the child for ever (tried), so each process makes its own
when it first needs it. Its local store knows neither media types nor signed links: both are ours.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import current_app

from forum.core.errors import ServiceUnavailable
from forum.core.files import make_private_folder
from forum.core.i18n import _l
from forum.core.outages import Outage

S3_SCHEME = "s3://"
TIMEOUT = "5s"
CONNECT_TIMEOUT = "2s"
RETRIES: Any = {"max_retries": 1, "retry_timeout": timedelta(seconds=6)}
FOLDER_LENGTH = 2  # characters of the name that name its folder: 256 folders


class StoreGone(ServiceUnavailable):
    """The store does not answer, or has no room. Nothing was stored in it."""

    title = _l("사진을 둘 곳에 지금 닿지 않아요")
    explanation = _l("사진을 보관하는 곳이 대답하지 않아요.")
    advice = _l("잠시 뒤 다시 해 주세요.")


class BlobMissing(LookupError):
    """The store answers, and does not have these bytes."""


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


def put(sha256: str, data: bytes) -> None:
    """Write the bytes under their SHA-256. The same bytes again are written again, which renews their time.

    :raise StoreGone: not stored
    """
    import obstore

    _ask(lambda store: obstore.put(store, _path(sha256), data))


def get(sha256: str) -> bytes:
    """Return the bytes.

    :raise BlobMissing: the store does not have them
    :raise StoreGone: it does not answer
    """
    import obstore

    return bytes(_ask(lambda store: obstore.get(store, _path(sha256)).bytes()))


def has(sha256: str) -> bool:
    """:raise StoreGone: the store does not answer"""
    import obstore

    try:
        _ask(lambda store: obstore.head(store, _path(sha256)))
    except BlobMissing:
        return False
    return True


def delete(sha256: str) -> None:
    """Delete the bytes; what is not there is no error.

    :raise StoreGone: it does not answer
    """
    import obstore

    try:
        _ask(lambda store: obstore.delete(store, _path(sha256)))
    except BlobMissing:
        return


def listing() -> Iterator[StoredObject]:
    """Yield everything in the store, in no order.

    :raise StoreGone: it does not answer
    """
    import obstore

    for batch in _ask(lambda store: list(obstore.list(store))):
        for found in batch:
            yield StoredObject(found["path"].rsplit("/", 1)[-1], found["size"], found["last_modified"])


def _path(sha256: str) -> str:
    return f"{sha256[:FOLDER_LENGTH]}/{sha256}"


def _ask(question: Any) -> Any:
    """Ask the store of this process, unless it has just not answered.

    :raise BlobMissing: no such object
    :raise StoreGone: it does not answer, has no room, or did not answer a moment ago
    """
    from obstore.exceptions import BaseError, NotFoundError

    outage = _outage()
    if not outage.may_try():
        raise StoreGone
    try:
        answer = question(_store())
    except (FileNotFoundError, NotFoundError) as error:
        outage.worked()
        raise BlobMissing from error
    except (BaseError, OSError) as error:
        outage.failed(error)
        raise StoreGone from error
    outage.worked()
    return answer


def _outage() -> Outage:
    outage: Outage = current_app.extensions["blob_outage"]
    return outage


def _store() -> Any:
    """Return the store of this process, made when it is first needed: never before a fork."""
    stores: dict[int, Any] = current_app.extensions["blob_stores"]
    pid = os.getpid()
    if pid not in stores:
        stores.clear()
        stores[pid] = _make_store(str(current_app.config["BLOB_STORE"]), Path(current_app.config["INSTANCE_DIR"]))
    return stores[pid]


def _make_store(setting: str, instance: Path) -> Any:
    from obstore.store import LocalStore, S3Store

    if not setting.startswith(S3_SCHEME):
        folder = Path(setting) if setting else instance / "blobs"
        make_private_folder(folder)
        return LocalStore(folder)
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
            "timeout": TIMEOUT,
            "connect_timeout": CONNECT_TIMEOUT,
            "allow_http": endpoint.startswith("http://"),
        },
        retry_config=RETRIES,
    )
