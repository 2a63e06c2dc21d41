from __future__ import annotations

from typing import Any

from wtforms import BooleanField, MultipleFileField, StringField
from wtforms.widgets import FileInput

from forum.core.i18n import _l
from forum.voice.photos.models import MAX_CAPTION_CHARS, MAX_PHOTOS

ACCEPTED = "image/jpeg,image/png,image/webp"
"""Without `capture`, which would keep phones from offering the photos that they have."""


def photo_fields() -> dict[str, Any]:
    """Return the unbound fields of an idea's photos: of each place the file, what it shows, and whether it goes.

    A file field takes one file; the library's own would silently drop the others that were sent under its name.
    """
    fields: dict[str, Any] = {}
    for place in range(1, MAX_PHOTOS + 1):
        fields[f"caption_{place}"] = StringField(
            _l("사진 %(n)d: 무엇이 보이나요?", n=place),
            render_kw={"maxlength": MAX_CAPTION_CHARS, "autocomplete": "off"},
        )
        fields[f"photo_{place}"] = MultipleFileField(
            _l("사진 %(n)d 고르기", n=place), widget=FileInput(), render_kw={"accept": ACCEPTED}
        )
        fields[f"remove_{place}"] = BooleanField(_l("사진 %(n)d 지우기", n=place))
    return fields
