"""Photos that people send: accepted by their pixels, and rebuilt from them.

What is kept is a new WebP of the pixels alone. EXIF and GPS, colour profiles, comments and whatever a polyglot carries
beside its picture are gone. Pillow reads JPEG, PNG and WebP only, of at most 40 megapixels; it is never told to load
truncated images, which would hold for the whole process.

A process decodes at most 40 megapixels at once, in however many photos: a photo takes up to 16 bytes of memory for each
pixel until it is small (docs/everyday.md has the figures). Photos of a view marked with `takes_photos` are rebuilt
before its transaction begins, so that no vote waits for them.
"""

from __future__ import annotations

import io
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from flask import Flask, current_app, g, request
from flask_login import current_user
from werkzeug.datastructures import FileStorage

from forum.core.errors import ForumError, InvalidInput, ServiceUnavailable
from forum.core.i18n import _, _l
from forum.web.slots import outside_database
from forum.web.uploads import accepts_files

log = structlog.get_logger()
View = TypeVar("View", bound=Callable[..., Any])

FORMATS = ("JPEG", "PNG", "WEBP")
MEDIA_TYPE = "image/webp"
MAX_PHOTO_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_SIDE = 1_600  # pixels of the longer side of what is kept
QUALITY = 80  # of WebP; 12 megapixels of noise become 487 kB
PIXELS_AT_ONCE = MAX_PIXELS  # of all photos that a process decodes
PATIENCE_SECONDS = 10.0
PHOTO_FIELDS = ("photo_1", "photo_2", "photo_3")
"""The fields of a form that takes up to three."""
ORIENTATION = 0x0112  # of EXIF
TURNS = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}
"""Orientation -> what makes the photo upright."""


class TooManyPhotos(ServiceUnavailable):
    """Other photos are being rebuilt, and this one has waited long enough."""

    title = _l("지금 사진을 보내는 사람이 많아요")
    explanation = _l("앞서 보낸 사진을 다듬느라 이 사진은 받지 못했어요.")


class PixelBudget:
    """Lets photos of so many pixels together be in memory at once; the others wait in the order in which they came."""

    def __init__(self, pixels: int) -> None:
        self.left = pixels
        self._changed = threading.Condition()
        self._queue: deque[object] = deque()

    @contextmanager
    def take(self, pixels: int) -> Iterator[None]:
        """:raise TooManyPhotos: it was not this photo's turn within `PATIENCE_SECONDS`"""
        ticket, until = object(), time.monotonic() + PATIENCE_SECONDS
        with self._changed:
            self._queue.append(ticket)
            try:
                while self._queue[0] is not ticket or self.left < pixels:
                    if not self._changed.wait(max(0.0, until - time.monotonic())) and time.monotonic() >= until:
                        raise TooManyPhotos
            finally:
                self._queue.remove(ticket)
                self._changed.notify_all()
            self.left -= pixels
        try:
            yield
        finally:
            with self._changed:
                self.left += pixels
                self._changed.notify_all()


BUDGET = PixelBudget(PIXELS_AT_ONCE)


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


def takes_photos(*fields: str) -> Callable[[View], View]:
    """Mark a view that takes files and reads one photo of each of these fields, rebuilt before its transaction.

    :param fields: as in its calls of `read_photos`
    """

    def mark(view: View) -> View:
        view.photo_fields = fields  # type: ignore[attr-defined]
        return accepts_files(view)

    return mark


def register_photos(app: Flask) -> None:
    """Rebuild photos after the access is checked and before the transaction of the act begins."""
    app.before_request(_rebuild_early)


def _rebuild_early() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    fields: tuple[str, ...] = getattr(view, "photo_fields", ())
    if not fields or request.method != "POST" or not current_user.is_authenticated:
        return
    sent = {field: files for field in fields if (files := _sent(request.files.getlist(field)))}
    if not sent:
        return
    with outside_database():
        g.rebuilt_photos = {field: _rebuilt_or_refused(files, field) for field, files in sent.items()}


def _rebuilt_or_refused(files: Sequence[FileStorage], field: str) -> list[RebuiltPhoto] | InvalidInput:
    """Return the refusal instead of raising it: the view raises it, when it has read the rest of the form."""
    try:
        return _rebuild_all(files, field, 1)
    except InvalidInput as refused:
        return refused


def read_photos(files: Sequence[FileStorage], field: str, most: int) -> list[RebuiltPhoto]:
    """Return the photos that were sent in this field, rebuilt; empty file fields are left out.

    :param most: how many are accepted
    :raise InvalidInput: more than that, or one that `rebuild` refuses: none of them is kept
    :raise TooManyPhotos: others are being rebuilt
    """
    early = g.get("rebuilt_photos", {}).get(field)
    if isinstance(early, InvalidInput):
        raise early
    return _rebuild_all(_sent(files), field, most) if early is None else early


def _sent(files: Sequence[FileStorage]) -> list[FileStorage]:
    return [file for file in files if getattr(file, "filename", "")]  # a program may send text there


def _rebuild_all(sent: Sequence[FileStorage], field: str, most: int) -> list[RebuiltPhoto]:
    if len(sent) > most:
        raise InvalidInput({field: _("사진은 %(n)d장까지 보낼 수 있어요.", n=most)})
    return [rebuild(_content(file), field) for file in sent]


def _content(file: FileStorage) -> bytes:
    """Return the file's bytes, one more than are taken at most, and leave it at its beginning for who hashes it."""
    content = file.stream.read(MAX_PHOTO_BYTES + 1)
    file.stream.seek(0)
    return content


def rebuild(content: bytes, field: str) -> RebuiltPhoto:
    """Return a new picture of the pixels, upright, at most 1,600 pixels wide and high.

    :param field: the form's field, for the message
    :raise InvalidInput: empty, too large, too many pixels, not a JPEG, PNG or WebP, or broken. It says nothing of the
        program's inside.
    :raise TooManyPhotos: others are being rebuilt
    """
    if not content:
        raise InvalidInput({field: _("빈 파일이에요. 다른 사진을 골라 주세요.")})
    if len(content) > MAX_PHOTO_BYTES:
        raise InvalidInput({field: _("사진 한 장은 %(n)dMB까지 보낼 수 있어요.", n=MAX_PHOTO_BYTES // 1024 // 1024)})
    image = _pillow()
    from PIL import UnidentifiedImageError

    try:
        return _rebuild(content, field)
    except ForumError:
        raise
    except UnidentifiedImageError as error:
        raise InvalidInput({field: _("JPEG, PNG, WebP 사진만 보낼 수 있어요.")}) from error
    except (image.DecompressionBombWarning, image.DecompressionBombError) as error:
        raise InvalidInput({field: _too_many_pixels()}) from error
    except Exception as error:  # a broken file can raise whatever; the text may show an address in memory
        log.info("photo_refused", reason=type(error).__name__)
        raise InvalidInput({field: _("열 수 없는 사진이에요. 다른 사진을 골라 주세요.")}) from error


def _pillow() -> Any:
    """Load Pillow, which only a few processes need, and make its warning of bombs an error, for all threads.

    What it warns of broken EXIF is nobody's business: the EXIF is thrown away.
    """
    from PIL import Image

    warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
    warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
    return Image


def _rebuild(content: bytes, field: str) -> RebuiltPhoto:
    image = _pillow()
    with image.open(io.BytesIO(content), formats=FORMATS) as opened:
        width, height = opened.size
        if width * height > MAX_PIXELS:
            raise InvalidInput({field: _too_many_pixels()})
        with BUDGET.take(width * height):
            opened.draft("RGB", (MAX_SIDE, MAX_SIDE))  # a JPEG is decoded at an eighth to a half of its size
            opened.load()
            turn = TURNS.get(_orientation(opened))
            pixels = _with_eight_bits(opened)
            pixels.thumbnail((MAX_SIDE, MAX_SIDE))
    if turn:
        pixels = pixels.transpose(image.Transpose[turn])
    pixels = pixels.convert("RGBA" if "A" in pixels.getbands() else "RGB")
    clean = image.new("RGB", pixels.size, "white")
    clean.paste(pixels, mask=pixels.getchannel("A") if pixels.mode == "RGBA" else None)
    written = io.BytesIO()
    clean.save(written, "WEBP", quality=QUALITY)
    return RebuiltPhoto(written.getvalue(), *clean.size)


def _orientation(opened: Any) -> int:
    """Return how the camera was held; 1 where the photo does not say so, or not in a way that can be read."""
    try:
        return int(opened.getexif().get(ORIENTATION, 1))
    except Exception:  # broken EXIF is no reason to refuse a photo
        return 1


def _with_eight_bits(opened: Any) -> Any:
    """Return the picture with eight bits for each colour and without a palette, so that it can be made smaller."""
    if opened.mode.startswith("I"):
        return opened.point(lambda value: value * (1 / 256) + 0).convert("L")
    if "transparency" in opened.info or opened.mode == "PA":
        return opened.convert("RGBA")
    return opened.convert("RGB") if opened.mode in {"P", "1"} else opened


def _too_many_pixels() -> str:
    return _("너무 큰 사진이에요. 4천만 화소까지 보낼 수 있어요.")
