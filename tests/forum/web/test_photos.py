from __future__ import annotations

import io

import pytest
from PIL import Image

from forum.core.errors import InvalidInput
from forum.web.photos import rebuild


def sent(size=(60, 40), fmt="JPEG", **more) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "green").save(file, fmt, **more)
    return file.getvalue()


def test_a_photo_comes_out_as_new_webp_without_where_it_was_taken(app):
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (37.0, 33.0, 0.0)}
    photo = rebuild(sent(exif=exif), "photo")
    opened = Image.open(io.BytesIO(photo.data))
    assert (opened.format, opened.size, dict(opened.getexif())) == ("WEBP", (photo.width, photo.height), {})


def test_what_is_no_photo_is_refused_in_words(app):
    with pytest.raises(InvalidInput, match="JPEG, PNG, WebP"):
        rebuild(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "photo")
