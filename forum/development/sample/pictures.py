"""The sample's photos: simple drawings, made by this code, of places that do not exist. No faces, no number plates."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from werkzeug.datastructures import FileStorage

from forum.system.blobs.services import Bytes, store_bytes
from forum.web.photos import RebuiltPhoto, read_photos

WIDTH, HEIGHT = 1200, 900
FINER = 2  # drawn larger and made smaller, so that edges are smooth
SKY, GRASS, EARTH, WOOD, NEW_WOOD = "#cfe4f2", "#8fb573", "#8a6f52", "#a9845c", "#e0b878"
ROAD, PAVEMENT, WHITE, YELLOW, WALL, WINDOW, LEAVES = (
    "#6d7278",
    "#c9c3b8",
    "#f4f4f0",
    "#f2c230",
    "#e8cfae",
    "#7fa6c2",
    "#5f8f55",
)
N_STEPS, LOOSE_STEP = 6, 3


def picture(name: str) -> FileStorage:
    """Return a drawing as somebody would send it from a phone.

    :param name: of `PICTURES`
    """
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (WIDTH * FINER, HEIGHT * FINER), SKY)
    PICTURES[name](Pen(ImageDraw.Draw(image)))
    file = io.BytesIO()
    image.resize((WIDTH, HEIGHT)).save(file, "PNG")
    file.seek(0)
    return FileStorage(file, filename=f"{name}.png")


def stored_picture(name: str) -> tuple[RebuiltPhoto, Bytes]:
    """Return a drawing as an officer's form gives it: rebuilt, and in the store."""
    [rebuilt] = read_photos([picture(name)], "photo", 1)
    return rebuilt, store_bytes(rebuilt.data, rebuilt.media_type)


class Pen:
    """Draws filled shapes; corners are in pixels of the final picture."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw

    def shape(self, colour: str, *corners: tuple[float, float]) -> None:
        self.draw.polygon([(x * FINER, y * FINER) for x, y in corners], fill=colour)

    def box(self, colour: str, left: float, top: float, right: float, bottom: float) -> None:
        self.shape(colour, (left, top), (right, top), (right, bottom), (left, bottom))

    def oval(self, colour: str, left: float, top: float, right: float, bottom: float) -> None:
        self.draw.ellipse([side * FINER for side in (left, top, right, bottom)], fill=colour)


def _stairs(pen: Pen, mended: bool) -> None:
    """Draw wooden stairs up a bank, one of whose boards is missing or new."""
    pen.box(GRASS, 0, 260, WIDTH, HEIGHT)
    for left in (60, 1000):
        pen.box(EARTH, left + 55, 180, left + 80, 320)
        pen.oval(LEAVES, left, 40, left + 140, 240)
    pen.shape(EARTH, (470, 280), (730, 280), (930, HEIGHT), (270, HEIGHT))
    for step in range(N_STEPS):
        top, half = 290 + 105 * step, 125 + 33 * step
        is_loose = step == LOOSE_STEP
        if is_loose and not mended:
            pen.shape("#43352a", (600 - half, top), (600 + half, top), (612 + half, top + 62), (588 - half, top + 62))
            pen.shape(WOOD, (600 + half - 70, top), (600 + half, top), (612 + half, top + 62), (570 + half, top + 62))
            continue
        colour = NEW_WOOD if is_loose else WOOD
        pen.shape(colour, (600 - half, top), (600 + half, top), (612 + half, top + 62), (588 - half, top + 62))
        pen.shape(
            "#6e5539", (588 - half, top + 62), (612 + half, top + 62), (612 + half, top + 74), (588 - half, top + 74)
        )


def _crossing(pen: Pen, feet: bool, at_school: bool) -> None:
    """Draw a crossing from the pavement, before a school or a park, with or without yellow footprints."""
    if at_school:
        pen.box(WALL, 180, 90, 1020, 360)
        for row in range(2):
            for n in range(7):
                pen.box(WINDOW, 225 + 112 * n, 130 + 110 * row, 295 + 112 * n, 195 + 110 * row)
    else:
        pen.box(GRASS, 0, 250, WIDTH, 360)
        for left in (80, 330, 640, 930):
            pen.box(EARTH, left + 60, 240, left + 82, 350)
            pen.oval(LEAVES, left, 80, left + 142, 280)
    pen.box(PAVEMENT, 0, 350, WIDTH, 410)
    pen.box(ROAD, 0, 410, WIDTH, 680)
    for n in range(7):
        pen.shape(WHITE, (350 + 74 * n, 420), (390 + 74 * n, 420), (386 + 82 * n, 670), (338 + 82 * n, 670))
    pen.box(PAVEMENT, 0, 680, WIDTH, HEIGHT)
    pen.box("#b0a99c", 0, 680, WIDTH, 696)
    if feet:
        pen.box(YELLOW, 330, 712, 900, 728)
        for left in (470, 690):
            for foot in (0, 62):
                pen.oval(YELLOW, left + foot, 750, left + foot + 44, 815)
                pen.oval(YELLOW, left + foot + 6, 820, left + foot + 38, 856)


PICTURES: dict[str, Callable[[Pen], None]] = {
    "stairs": lambda pen: _stairs(pen, mended=False),
    "stairs mended": lambda pen: _stairs(pen, mended=True),
    "crossing": lambda pen: _crossing(pen, feet=False, at_school=True),
    "crossing with feet": lambda pen: _crossing(pen, feet=True, at_school=True),
    "crossing at a park": lambda pen: _crossing(pen, feet=True, at_school=False),
}
