from __future__ import annotations

from flask import Response, request

from forum.system.blobs.models import Blob
from forum.system.blobs.services import read_blob
from forum.web.downloads import ALONE

PRIVATE = "private, max-age=300"  # seconds; hiding a photo takes it out of browsers soon


def blob_response(blob: Blob) -> Response:
    """Return the bytes with their media type and an ETag. The caller has asked whether this person may see them.

    :raise StoreGone: the store does not answer
    :raise BlobMissing: it has lost them
    """
    response = Response(mimetype=blob.media_type)
    response.set_etag(blob.sha256)
    response.headers["Cache-Control"] = PRIVATE
    response.headers["Content-Security-Policy"] = ALONE
    response.headers["X-Content-Type-Options"] = "nosniff"
    if request.if_none_match.contains(blob.sha256):
        response.status_code = 304
        return response
    response.set_data(read_blob(blob))
    return response
