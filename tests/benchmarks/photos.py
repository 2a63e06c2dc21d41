"""Memory and time of rebuilding photos of 40 megapixels, each kind in a process of its own.

    python -m tests.benchmarks.photos

The figures stand in docs/everyday.md. `peak` is what the process had more than before, at its most. Linux only.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

SIDES = (8_000, 5_000)

CHILD = """
import sys, time
from pathlib import Path
from forum.web.photos import rebuild
from tests.benchmarks.photos import saved
def memory(name):
    return int(Path("/proc/self/status").read_text().split(name + ":")[1].split()[0])
content = Path(sys.argv[1]).read_bytes()
small = saved((40, 30), "RGB", "WEBP")
rebuild(small, "photo")
Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
before = memory("VmRSS")
began = time.monotonic()
rebuild(content, "photo")
took = time.monotonic() - began
peak = memory("VmHWM") - before
print(f"{took:.2f} {peak // 1024}")
"""


def saved(size: tuple[int, int], mode: str, fmt: str, **options: Any) -> bytes:
    """Return an even picture with one line across it: small as a file, large in memory."""
    from PIL import Image, ImageDraw

    picture = Image.new(mode, size)
    ImageDraw.Draw(picture).line((0, 0, *size), fill=1, width=9)
    file = io.BytesIO()
    picture.save(file, fmt, **options)
    return file.getvalue()


def kinds(size: tuple[int, int]) -> Iterator[tuple[str, Callable[[], bytes]]]:
    yield "JPEG", lambda: saved(size, "RGB", "JPEG", quality=60)
    yield "JPEG, progressive", lambda: saved(size, "RGB", "JPEG", quality=60, progressive=True, subsampling=0)
    yield "JPEG, CMYK", lambda: saved(size, "CMYK", "JPEG", quality=60)
    yield "PNG", lambda: saved(size, "RGB", "PNG", compress_level=1)
    yield "PNG, alpha", lambda: saved(size, "RGBA", "PNG", compress_level=1)
    yield "PNG, palette with transparency", lambda: saved(size, "P", "PNG", compress_level=1, transparency=1)
    yield "PNG, a transparent colour", lambda: saved(size, "RGB", "PNG", compress_level=1, transparency=(1, 2, 3))
    yield "PNG, 16 bit", lambda: saved(size, "I;16", "PNG", compress_level=1)
    yield "WebP", lambda: saved(size, "RGB", "WEBP", quality=50, method=0)
    yield "WebP, lossless with alpha", lambda: saved(size, "RGBA", "WEBP", lossless=True, method=0)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "photo"
        for name, make in kinds(SIDES):
            file.write_bytes(make())
            done = subprocess.run(
                [sys.executable, "-W", "ignore", "-c", CHILD, str(file)], capture_output=True, text=True, check=False
            )
            took, peak = done.stdout.split() if done.returncode == 0 else ("?", done.stderr[-300:])
            print(f"{name:34} {file.stat().st_size / 1e6:6.1f} MB  {took:>6} s  peak {peak} MiB", flush=True)


if __name__ == "__main__":
    main()
