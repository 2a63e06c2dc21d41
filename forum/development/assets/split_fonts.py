"""Split KRDS's fonts by how often characters occur, so that most pages load one small file for each weight.

`python split_fonts.py SOURCE WEIGHT TARGET` makes the parts of one weight; `faces` is the style sheet for all. A
browser loads a part only if the page has one of its characters. What the fonts lack comes from the reader's own fonts.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

HERE = Path(__file__).resolve().parent
FAMILY = "Pretendard GOV"
WEIGHTS = {400: "PretendardGOV-Regular.subset.woff2", 700: "PretendardGOV-Bold.subset.woff2"}
FREQUENT = {"common": slice(0, 800), "more": slice(800, 1100), "seldom": slice(1100, None)}
"""Which of the syllables in `syllables.txt` are in which part; a fourth one, `rest`, has all else."""
SYLLABLES = range(0xAC00, 0xD7A4)
SIGNS = "·•…‘’“”–—―×÷±°²₩€→←↑↓↗①②③④⑤⑥⑦⑧⑨⑩「」『』〈〉《》※■□●○★☆✓✗⚠ㄱㄴㄷㅁㅂㅅㅇㅈㅋㅎㅏㅜㅠㅡㅣ"


def common_syllables() -> str:
    """Return the syllables of `syllables.txt`, most frequent first."""
    text = (HERE / "syllables.txt").read_text(encoding="utf-8")
    return "".join(line for line in text.splitlines() if not line.startswith("#"))


def parts(known: Iterable[int]) -> dict[str, set[int]]:
    """Split the code points that a font has, the rest first: where ranges overlap the last face is asked first."""
    known, syllables = set(known), common_syllables()
    found = {part: set(map(ord, syllables[where])) & known for part, where in FREQUENT.items()}
    found["common"] |= {*range(0x20, 0x7F), 0xA0, *map(ord, SIGNS)} & known
    return {"rest": known.difference(*found.values())} | found


def file_name(weight: int, part: str) -> str:
    return f"{weight}-{part}.woff2"


def split(source: Path, weight: int, target: Path) -> None:
    """Write the parts of one font. They keep its copyright and licence, but no name: a changed font may not bear it."""
    whole, plain = TTFont(source), BytesIO()
    whole.flavor = None
    whole.save(plain)  # WOFF2 is slow to read, so it is read once
    for part, points in parts(whole.getBestCmap()).items():
        options = subset.Options(flavor="woff2", hinting=False)
        options.layout_features = ["kern", "ccmp", "locl", "mark", "mkmk"]
        options.name_IDs = [0, 13, 14]
        font = subset.load_font(BytesIO(plain.getvalue()), options)
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=points)
        subsetter.subset(font)
        subset.save_font(font, str(target / file_name(weight, part)), options)


def faces(known: Iterable[int]) -> str:
    """Return the style sheet for the parts of all weights, of fonts that have these code points."""
    return "".join(
        f'@font-face {{ font-family: "{FAMILY}"; src: url("{file_name(weight, part)}") format("woff2"); '
        f"font-weight: {weight}; font-display: swap; unicode-range: {unicode_range(points)}; }}\n"
        for weight in WEIGHTS
        for part, points in ranges(known).items()
    )


def ranges(known: Iterable[int]) -> dict[str, set[int]]:
    """Return the code points for which a browser looks into each part.

    In the rest it looks for every syllable: that is short to write, and the other parts are asked before it.
    """
    split_points = parts(known)
    return split_points | {"rest": split_points["rest"] | set(SYLLABLES)}


def unicode_range(points: Iterable[int]) -> str:
    runs: list[list[int]] = []
    for point in sorted(points):
        if runs and point == runs[-1][1] + 1:
            runs[-1][1] = point
        else:
            runs.append([point, point])
    return ",".join(f"U+{first:X}" if first == last else f"U+{first:X}-{last:X}" for first, last in runs)


if __name__ == "__main__":
    split(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
