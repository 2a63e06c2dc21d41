from __future__ import annotations

import structlog
from flask import Response, request

from forum.core.errors import NotFound
from forum.core.i18n import _
from forum.system.blobs.models import Blob
from forum.system.blobs.services import read_blob
from forum.system.blobs.store import BlobMissing, current_store
from forum.web.downloads import ALONE
from forum.web.slots import outside_database

log = structlog.get_logger()
PRIVATE = "private, max-age=300"  # seconds; hiding a photo takes it out of browsers soon


def blob_response(blob: Blob) -> Response:
    """Return the bytes with their media type and an ETag. The caller has asked whether this person may see them.

    While the store is asked, the request occupies no slot of the database (forum/web/slots.py): what the caller has
    read is gone afterwards.

    :raise StoreGone: the store does not answer
    :raise NotFound: it has lost them
    """
    sha256, size = blob.sha256, blob.size
    response = Response(mimetype=blob.media_type)
    response.set_etag(sha256)
    response.headers["Cache-Control"] = PRIVATE
    response.headers["Content-Security-Policy"] = ALONE
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Disposition"] = "inline"
    if request.if_none_match.contains(sha256):
        response.status_code = 304
    elif request.method == "HEAD":
        response.content_length = size
    elif blob.waiting is not None:
        response.set_data(read_blob(blob))
    else:
        response.set_data(_stored(sha256))
    return response


def _stored(sha256: str) -> bytes:
    with outside_database():
        try:
            return current_store().get(sha256)
        except BlobMissing as error:
            log.error("blob_missing", sha256=sha256)
            raise NotFound(_("사진을 찾지 못했어요.")) from error
