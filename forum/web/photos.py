"""Photos that people send: accepted by their pixels, and rebuilt from them.

What is kept is a new WebP of the pixels alone. EXIF and GPS, colour profiles, comments and whatever a polyglot carries
beside its picture are gone. Pillow reads JPEG, PNG and WebP only, of at most 40 megapixels; it is never told to load
truncated images, which would hold for the whole process.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from werkzeug.datastructures import FileStorage

from forum.core.errors import InvalidInput
from forum.core.i18n import _

FORMATS = ("JPEG", "PNG", "WEBP")
MEDIA_TYPE = "image/webp"
MAX_PHOTO_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_SIDE = 1_600  # pixels of the longer side of what is kept
QUALITY = 80  # of WebP; 12 megapixels of noise become 487 kB


@dataclass(frozen=True)
class RebuiltPhoto:
    """A photo as it is kept.

    data : WebP
    width, height : pixels, upright
    """

    data: bytes
    width: int
    height: int
    media_type: str = MEDIA_TYPE


def read_photos(files: Sequence[FileStorage], field: str, most: int) -> list[RebuiltPhoto]:
    """Return the photos that were sent in this field, rebuilt; empty file fields are left out.

    :param most: how many are accepted
    :raise InvalidInput: more than that, or one that `rebuild` refuses: none of them is kept
    """
    sent = [file for file in files if file is not None and file.filename]
    if len(sent) > most:
        raise InvalidInput({field: _("사진은 %(n)d장까지 보낼 수 있어요.", n=most)})
    return [rebuild(file.stream.read(MAX_PHOTO_BYTES + 1), field) for file in sent]


def rebuild(content: bytes, field: str) -> RebuiltPhoto:
    """Return a new picture of the pixels, upright, at most 1,600 pixels wide and high.

    :param field: the form's field, for the message
    :raise InvalidInput: empty, too large, too many pixels, not a JPEG, PNG or WebP, or broken. It says nothing of the
        program's inside.
    """
    if not content:
        raise InvalidInput({field: _("빈 파일이에요. 다른 사진을 골라 주세요.")})
    if len(content) > MAX_PHOTO_BYTES:
        raise InvalidInput({field: _("사진 한 장은 %(n)dMB까지 보낼 수 있어요.", n=MAX_PHOTO_BYTES // 1024 // 1024)})
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _rebuild(content, field)
    except UnidentifiedImageError as error:
        raise InvalidInput({field: _("JPEG, PNG, WebP 사진만 보낼 수 있어요.")}) from error
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise InvalidInput({field: _too_many_pixels()}) from error
    except (OSError, ValueError, SyntaxError, EOFError, TypeError, MemoryError, OverflowError) as error:
        # what Pillow raises for broken files: its own text may show an address in memory
        raise InvalidInput({field: _("열 수 없는 사진이에요. 다른 사진을 골라 주세요.")}) from error


def _rebuild(content: bytes, field: str) -> RebuiltPhoto:
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
        width, height = opened.size
        if width * height > MAX_PIXELS:
            raise InvalidInput({field: _too_many_pixels()})
        opened.draft("RGB", (MAX_SIDE, MAX_SIDE))  # a JPEG is decoded at an eighth to a half of its size
        opened.load()
        upright = ImageOps.exif_transpose(opened)
        pixels = upright.convert("RGBA" if "A" in upright.getbands() or "transparency" in upright.info else "RGB")
        pixels.thumbnail((MAX_SIDE, MAX_SIDE))
        clean = Image.new("RGB", pixels.size, "white")
        clean.paste(pixels, mask=pixels.getchannel("A") if pixels.mode == "RGBA" else None)
    written = io.BytesIO()
    clean.save(written, "WEBP", quality=QUALITY)
    return RebuiltPhoto(written.getvalue(), *clean.size)


def _too_many_pixels() -> str:
    return _("너무 큰 사진이에요. 4천만 화소까지 보낼 수 있어요.")
