from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.system.blobs.serving import blob_response
from forum.voice.photos.queries import get_photo
from forum.web.gate import public

bp = Blueprint("photos", __name__, template_folder="templates")


@bp.get("/photos/<int:photo_id>")
@public
def show(photo_id: int) -> ResponseReturnValue:
    photo = get_photo(photo_id, current_user)
    assert photo.blob is not None
    return blob_response(photo.blob)
