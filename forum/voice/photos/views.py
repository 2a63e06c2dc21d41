from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.errors import NotFound
from forum.core.i18n import _
from forum.system.blobs.services import BlobMissing
from forum.system.blobs.serving import blob_response
from forum.voice.photos.queries import get_photo
from forum.web.gate import public

bp = Blueprint("photos", __name__, template_folder="templates")


@bp.get("/photos/<int:photo_id>")
@public
def show(photo_id: int) -> ResponseReturnValue:
    photo = get_photo(photo_id, current_user)
    assert photo.blob is not None
    try:
        return blob_response(photo.blob)
    except BlobMissing as missing:
        raise NotFound(_("이 사진을 찾을 수 없어요.")) from missing
