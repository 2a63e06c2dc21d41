"""Rules of our style sheets that no browser tells: looks hold the same names, colours are named."""

from __future__ import annotations

import re
from pathlib import Path

CSS = Path(__file__).resolve().parents[3] / "forum/static/css"
COLOUR = re.compile(r"#[0-9a-f]{3,8}\b|\brgb\(|\bhsl\(", re.IGNORECASE)
ALWAYS_THE_SAME = {
    "--radius",
    "--radius-small",
    "--bar-height",
    "--tabs-height",
    "--dock-height",
    "--touch",
    "--page-width",
    "--gutter",
}


def block(selector: str) -> dict[str, str]:
    """The declarations of the first block of tokens.css with this selector."""
    text = re.sub(r"/\*.*?\*/", "", (CSS / "tokens.css").read_text("utf-8"), flags=re.S)
    found = re.search(re.escape(selector) + r"\s*\{([^}]*)\}", text)
    assert found, selector
    return dict(re.findall(r"([\w-]+):\s*([^;]+);", found[1]))


def test_the_device_and_the_reader_choose_the_same_dark_look():
    assert block(":root:not([data-look])") == block(':root[data-look="dark"]')


def test_each_look_gives_every_colour_a_value():
    names = set(block(":root")) - ALWAYS_THE_SAME
    assert set(block(':root[data-look="dark"]')) == names
    assert set(block(':root[data-look="contrast"]')) == names


def test_colours_stand_in_one_file():
    """Elsewhere a colour would be right in one look only."""
    free = {"tokens.css", "print.css"}
    text = {path.name: re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.S) for path in CSS.glob("*.css")}
    found = {name: COLOUR.findall(sheet) for name, sheet in text.items() if name not in free}
    found["components.css"] = [one for one in found["components.css"] if one != "rgb("]  # the shade behind a modal
    assert not any(found.values()), found


def test_every_name_that_is_used_has_a_value():
    sheets = "".join(path.read_text("utf-8") for path in CSS.glob("*.css"))
    used = set(re.findall(r"var\((--[\w-]+)", sheets))
    assert {name for name in used if not name.startswith("--krds-")} <= set(block(":root")), used


def test_two_weights_of_type_and_no_others():
    """A third would be one more font file."""
    for path in CSS.glob("*.css"):
        weights = set(re.findall(r"font-weight:\s*([^;]+);", path.read_text("utf-8")))
        assert weights <= {"400", "700"}, path.name
