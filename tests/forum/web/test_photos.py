"""Photos that people send, and files that only look like one: refused in words, or rebuilt as clean pixels."""

from __future__ import annotations

import io
import random
import re
import struct
import subprocess
import sys
import threading
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import request
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from werkzeug.datastructures import FileStorage

from forum import create_app
from forum.core.errors import InvalidInput
from forum.core.extensions import db
from forum.web import photos
from forum.web.gate import public
from forum.web.photos import (
    MAX_PHOTO_BYTES,
    MAX_SIDE,
    PixelBudget,
    RebuiltPhoto,
    TooManyPhotos,
    read_photos,
    rebuild,
    takes_photos,
)
from forum.web.slots import limit_database_use
from tests.conftest import test_config

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)  # pixels know no database
SCRIPT = b"<script>alert('x')</script>"
WHERE = b"37.5665N 126.9780E"
TYPES, BROKEN, LARGE, EMPTY, HEAVY = "JPEG, PNG, WebP 사진만", "열 수 없는", "4천만 화소", "빈 파일", "10MB까지"


def saved(fmt: str = "JPEG", mode: str = "RGB", size: tuple[int, int] = (60, 40), **more: object) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size, "green" if mode == "RGB" else 0).save(file, fmt, **more)
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *between: bytes, data: bytes = b"", depth: int = 8, colours: int = 2) -> bytes:
    """A PNG that says it is so large, whatever is in it."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(data or b"\0" * 1_000))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(between) + pixels + chunk(b"IEND", b"")


def with_exif() -> bytes:
    exif = Image.Exif()
    exif[0x010E] = WHERE.decode()  # ImageDescription
    exif[0x8825] = {1: "N", 2: (37.0, 33.0, 59.4), 3: "E", 4: (126.0, 58.0, 40.8)}
    return saved(exif=exif)


def png_with(**texts: str) -> bytes:
    info = PngInfo()
    for name, text in texts.items():
        info.add_text(name, text)
    return saved("PNG", pnginfo=info)


def polyglot() -> bytes:
    """A JPEG whose comment is a page with a script, and which is also a ZIP."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("index.html", SCRIPT)
    return saved(comment=b"*/" + SCRIPT) + archive.getvalue()


def animated(n: int) -> bytes:
    frames = [Image.new("RGB", (64, 48), (index % 256, 80, 80)) for index in range(n)]
    file = io.BytesIO()
    frames[0].save(file, "WEBP", save_all=True, append_images=frames[1:], duration=20)
    return file.getvalue()


def noise(size: int) -> bytes:
    return random.Random(1).randbytes(size)


def bad_sum() -> bytes:
    content = bytearray(saved("PNG"))
    content[29] ^= 0xFF  # of the header's sum
    return bytes(content)


def transparent_palette() -> bytes:
    picture = Image.new("P", (60, 40), 1)
    picture.putpalette([0, 0, 0, 0, 128, 0])
    file = io.BytesIO()
    picture.save(file, "PNG", transparency=0)
    return file.getvalue()


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", EMPTY),
    "one byte too many": (lambda: saved() + b"\0" * (MAX_PHOTO_BYTES + 1 - len(saved())), HEAVY),
    "SVG": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'>" + SCRIPT + b"</svg>", TYPES),
    "HTML": (lambda: b"<!doctype html>" + SCRIPT, TYPES),
    "HTML before a JPEG": (lambda: SCRIPT + saved(), TYPES),
    "PDF": (lambda: saved("PDF"), TYPES),
    "EPS": (lambda: saved("EPS"), TYPES),
    "GIF": (lambda: saved("GIF"), TYPES),
    "BMP": (lambda: saved("BMP"), TYPES),
    "TIFF": (lambda: saved("TIFF"), TYPES),
    "ICO": (lambda: saved("ICO"), TYPES),
    "JPEG 2000": (lambda: saved("JPEG2000"), TYPES),
    "a ZIP": (lambda: polyglot()[len(saved(comment=b"*/" + SCRIPT)) :], TYPES),
    "a text": (lambda: "사진이에요".encode(), TYPES),
    "noise": (lambda: noise(10_000), TYPES),
    "a JPEG's first bytes": (lambda: b"\xff\xd8\xff\xe0", TYPES),
    "a PNG's first bytes": (lambda: b"\x89PNG\r\n\x1a\n", TYPES),
    "half a JPEG": (lambda: saved(size=(600, 400), quality=95)[:2_000], BROKEN),
    "half a PNG": (lambda: saved("PNG", size=(600, 400))[:600], BROKEN),
    "half a WebP": (lambda: saved("WEBP", size=(600, 400))[:-40], BROKEN),
    "a wrong sum": (bad_sum, TYPES),
    "0 × 0": (lambda: png(0, 0), TYPES),
    "0 × 5": (lambda: png(0, 5), TYPES),
    "100 megapixels": (lambda: png(10_000, 10_000), LARGE),
    "900 megapixels": (lambda: png(30_000, 30_000), LARGE),
    "four thousand million pixels": (lambda: png(2**31 - 1, 2**31 - 1), LARGE),
    "a row more than 40 megapixels": (lambda: png(8_000, 5_001), LARGE),
    "one long line": (lambda: png(40_000_001, 1), LARGE),
    "less data than the header says": (lambda: png(5_000, 5_000), BROKEN),
    "a text of 200 MB": (
        lambda: png(5, 5, chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"a" * 200_000_000))),
        BROKEN,
    ),
}

ACCEPTED: dict[str, Callable[[], bytes]] = {
    "JPEG": saved,
    "PNG": lambda: saved("PNG"),
    "WebP": lambda: saved("WEBP"),
    "GPS in EXIF": with_exif,
    "broken EXIF": lambda: saved(exif=b"Exif\0\0II*\0" + noise(60)),
    "a place in XMP": lambda: saved(xmp=b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + WHERE + SCRIPT + b"</x:xmpmeta>"),
    "a place in a colour profile": lambda: saved("PNG", icc_profile=b"\0" * 128 + WHERE + SCRIPT),
    "a place in a PNG's text": lambda: png_with(Comment=WHERE.decode(), XML=SCRIPT.decode()),
    "a script in the comment": lambda: saved(comment=SCRIPT + WHERE),
    "a JPEG that is a ZIP and a page": polyglot,
    "10 MB behind 5 × 5 pixels": lambda: saved(size=(5, 5)) + noise(MAX_PHOTO_BYTES - 2_000),
    "300 pictures in a WebP": lambda: animated(300),
    "CMYK": lambda: saved(mode="CMYK"),
    "16 bit": lambda: saved("PNG", "I;16"),
    "black and white": lambda: saved("PNG", "1"),
    "grey with alpha": lambda: saved("PNG", "LA"),
    "alpha": lambda: saved("PNG", "RGBA"),
    "a palette with transparency": transparent_palette,
    "a transparent colour": lambda: saved("PNG", transparency=(0, 128, 0)),
    "just 40 megapixels": lambda: saved("PNG", "L", (8_000, 5_000)),
    "a line of 40 megapixels": lambda: saved("PNG", "L", (1, 40_000)),
}

HAS_NO_PLACE_IN_A_MESSAGE = re.compile(r"[A-Za-z]{5,}|0x[0-9a-f]+|<|>|_")  # a name of a class, an address, markup


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_photo_is_refused_in_words(app, name):
    make, words = REFUSED[name]
    content = make()
    began = time.monotonic()
    with pytest.raises(InvalidInput, match=words) as refused:
        rebuild(content, "photo")
    assert time.monotonic() - began < 5
    assert list(refused.value.errors) == ["photo"]
    assert not HAS_NO_PLACE_IN_A_MESSAGE.search(refused.value.errors["photo"])


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_photo_comes_out_as_new_pixels_and_nothing_else(app, name):
    photo = rebuild(ACCEPTED[name](), "photo")
    opened = Image.open(io.BytesIO(photo.data))
    assert (opened.format, opened.mode, opened.size) == ("WEBP", "RGB", (photo.width, photo.height))
    assert (getattr(opened, "n_frames", 1), dict(opened.getexif())) == (1, {})
    assert not {"exif", "xmp", "icc_profile", "comment"} & set(opened.info)
    assert max(opened.size) <= MAX_SIDE
    assert not [
        hidden
        for hidden in (SCRIPT, WHERE, b"script", b"PK\x03\x04", b"EXIF", b"XMP ", b"ICCP")
        if hidden in photo.data
    ]
    assert len(photo.data) < 1_000_000


# What the pixels look like
def pixel(content: bytes, at: tuple[int, int] = (5, 5)) -> tuple[int, ...]:
    return Image.open(io.BytesIO(rebuild(content, "photo").data)).getpixel(at)


def near(found: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return all(abs(one - other) <= 12 for one, other in zip(found, wanted, strict=True))


def test_transparent_becomes_white_and_dark_stays_dark(app):
    assert near(pixel(saved("PNG", "RGBA")), (255, 255, 255))
    assert near(pixel(transparent_palette()), (0, 128, 0))
    assert near(pixel(saved()), (0, 128, 0))


@pytest.mark.parametrize(("value", "grey"), [(0, 0), (32_896, 128), (65_535, 255)])
def test_sixteen_bits_become_eight(app, value, grey):
    file = io.BytesIO()
    Image.new("I;16", (40, 40), value).save(file, "PNG")
    assert near(pixel(file.getvalue()), (grey, grey, grey))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_comes_out_upright_however_the_camera_was_held(app, orientation):
    """The same as Pillow's own turning, which would also rewrite the EXIF and fail where that is broken."""
    from PIL import ImageOps

    picture = Image.new("RGB", (64, 32), "white")
    picture.paste("red", (0, 0, 16, 16))
    exif = Image.Exif()
    exif[photos.ORIENTATION] = orientation
    file = io.BytesIO()
    picture.save(file, "PNG", exif=exif)
    wanted = ImageOps.exif_transpose(Image.open(file))
    found = Image.open(io.BytesIO(rebuild(file.getvalue(), "photo").data))
    assert found.size == wanted.size
    for at in ((4, 4), (found.width - 5, 4), (4, found.height - 5), (found.width - 5, found.height - 5)):
        assert near(found.getpixel(at), wanted.getpixel(at))


# Several photos
def uploaded(content: bytes, name: str = "사진.jpg") -> FileStorage:
    return FileStorage(io.BytesIO(content), filename=name)


def test_three_hundred_photos_are_refused_before_one_is_read(app):
    files = [uploaded(b"never read") for _ in range(300)]
    with app.test_request_context(), pytest.raises(InvalidInput, match="3장까지"):
        read_photos(files, "photos", 3)
    assert all(file.stream.tell() == 0 for file in files)


def test_one_bad_photo_refuses_all_and_an_empty_field_is_none(app):
    with app.test_request_context():
        assert read_photos([uploaded(b"", name="")], "photos", 3) == []
        with pytest.raises(InvalidInput, match=TYPES):
            read_photos([uploaded(saved()), uploaded(b"<svg/>")], "photos", 3)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a\0b.jpg", "<img src=x onerror=alert(1)>.png", "\u202egpj.exe", "가" * 999]
)
def test_a_name_changes_nothing_and_is_nowhere(app, name):
    with app.test_request_context():
        photo = read_photos([uploaded(saved(), name)], "photos", 1)[0]
    assert vars(photo) == vars(rebuild(saved(), "photos"))


# Memory: how many at once
def test_photos_share_the_pixels_and_the_large_one_has_its_turn(app):
    budget, inside, most, order = PixelBudget(40), 0, 0, []
    lock, first = threading.Lock(), threading.Event()

    def decode(name: str, pixels: int) -> None:
        nonlocal inside, most
        with budget.take(pixels):
            with lock:
                inside += pixels
                most = max(most, inside)
                order.append(name)
            first.set()
            time.sleep(0.05)
            with lock:
                inside -= pixels

    threads = [threading.Thread(target=decode, args=(f"small {n}", 12)) for n in range(6)]
    threads.insert(3, threading.Thread(target=decode, args=("large", 40)))
    for thread in threads:
        thread.start()
        first.wait(5)
        time.sleep(0.005)
    for thread in threads:
        thread.join(10)
    assert (most, inside, budget.left) == (40, 0, 40)
    assert order.index("large") == 3


def test_who_waits_too_long_is_told_and_holds_up_nobody(app, monkeypatch):
    monkeypatch.setattr(photos, "PATIENCE_SECONDS", 0.1)
    budget = PixelBudget(40)
    with budget.take(30):
        with pytest.raises(TooManyPhotos, match="사진은 받지 못했어요"), budget.take(20):
            pass
        with budget.take(10):
            pass
    with budget.take(40):
        pass


MEMORY = """
import resource, sys, threading
from pathlib import Path
from forum.web.photos import rebuild
content = Path(sys.argv[1]).read_bytes()
rebuild(Path(sys.argv[2]).read_bytes(), "photo")
size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (size + int(sys.argv[3]) * 2**20, -1))
failed = []
def work():
    try:
        rebuild(content, "photo")
    except BaseException as error:
        failed.append(repr(error))
threads = [threading.Thread(target=work) for _ in range(6)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(failed)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="asks Linux how large the process is")
def test_many_large_photos_at_once_stay_within_the_memory_of_one(app, tmp_path):
    """Six threads with a 40-megapixel PNG of 160 MB each, in a process that gets 700 MB more than it has."""
    large, small = tmp_path / "large", tmp_path / "small"
    large.write_bytes(saved("PNG", "RGBA", (8_000, 5_000)))
    small.write_bytes(saved("PNG"))
    command = [sys.executable, "-W", "ignore", "-c", MEMORY, str(large), str(small), "1100"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.strip() == "[]", (done.stdout[-300:], done.stderr[-500:])


# In a request
def in_database(app) -> list[int]:
    """How many requests of all kinds, and how many that write, hold a slot."""
    slots = app.extensions["database_slots"]
    return [slots.everybody.used, slots.writers.used]


@pytest.fixture
def other(app, tmp_path):
    """An application with a page that takes photos."""
    made = create_app(test_config(app.config["DATABASE_URL"], tmp_path))
    seen: list[object] = []

    @made.post("/photos")
    @public
    @takes_photos("photo_1", "photo_2")
    def take():
        seen.append(in_database(made) if made.extensions["database_slots"] else None)
        fields = ("photo_1", "photo_2")
        return [len(photo.data) for field in fields for photo in read_photos(request.files.getlist(field), field, 1)]

    made.seen = seen
    yield made
    with made.app_context():
        db.engine.dispose()


def test_photos_are_rebuilt_before_the_act_and_outside_of_the_database(other, make, monkeypatch):
    limit_database_use(other, 4)
    during: list[list[int]] = []

    def note(_content: bytes, _field: str) -> RebuiltPhoto:
        during.append(in_database(other))
        return RebuiltPhoto(b"webp", 1, 1)

    monkeypatch.setattr(photos, "rebuild", note)
    known_as = make.citizen().fs_uniquifier
    db.session.commit()
    client = other.test_client()
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = known_as, True
    answer = client.post(
        "/photos", data={"photo_1": (io.BytesIO(b"x"), "1.jpg"), "photo_2": (io.BytesIO(b"y"), "2.jpg")}
    )
    assert answer.json == [4, 4]
    assert during == [[0, 0], [0, 0]]
    assert other.seen == [[1, 1]]
    assert in_database(other) == [0, 0]


def test_a_photo_is_left_at_its_beginning_for_the_hash_of_its_request(app):
    file = FileStorage(io.BytesIO(saved("PNG")), "a.png")
    assert read_photos([file], "photo_1", 1)
    assert file.stream.tell() == 0


def test_a_refused_photo_is_a_page_in_words_and_a_visitors_is_read_by_the_view_alone(other, monkeypatch):
    client = other.test_client()
    answer = client.post("/photos", data={"photo_1": (io.BytesIO(b"<svg/>"), "a.jpg")})
    assert (answer.status_code, TYPES in answer.text) == (400, True)
    many = [(io.BytesIO(b"x"), f"{n}.jpg") for n in range(300)]
    answer = client.post("/photos", data={"photo_1": many})
    assert (answer.status_code, "1장까지" in answer.text) == (400, True)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # werkzeug leaves the parts open
def test_more_parts_than_a_form_has_are_refused_in_words(other):
    many = [(io.BytesIO(b"x"), f"{n}.jpg") for n in range(1_001)]
    answer = other.test_client().post("/photos", data={"photos": many})
    assert answer.status_code == 413
    assert "Traceback" not in answer.text
