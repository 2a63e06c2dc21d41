"""A page of a PDF as somebody photographs it: askew, from the side, blurred, in dim light, with noise."""

from __future__ import annotations

import numpy as np
import pypdfium2
from PIL import Image, ImageFilter

SCALE = 3.0  # 216 dots an inch: a page on a phone's 12 million
TILT = 7.0  # degrees


def photograph(pdf: bytes, page: int) -> Image.Image:
    with pypdfium2.PdfDocument(pdf) as document:
        paper = document[page].render(scale=SCALE).to_pil().convert("L")
    turned = paper.rotate(TILT, expand=True, fillcolor=110, resample=Image.Resampling.BICUBIC)
    width, height = turned.size
    # The upper edge is farther away: each line of the picture is drawn from a wider one of the page.
    corners = ((-0.06 * width, 0), (0, height), (width, height), (1.06 * width, 0))
    leaning = turned.transform(
        turned.size, Image.Transform.QUAD, sum(corners, ()), resample=Image.Resampling.BICUBIC, fillcolor=110
    )
    blurred = np.asarray(leaning.filter(ImageFilter.GaussianBlur(1.2)), dtype=float)
    light = np.linspace(0.55, 0.9, width)[None, :]  # darker on the left
    noise = np.random.default_rng(7).normal(0, 9, blurred.shape)
    return Image.fromarray(np.clip(blurred * light + 20 + noise, 0, 255).astype("uint8"))
