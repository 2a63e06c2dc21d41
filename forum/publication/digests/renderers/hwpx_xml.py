"""Elements of an HWPX section (OWPML, KS X 6101) as text: paragraphs, links, tables and pictures.

The body is written here because python-hwpx reads a document several times over to save it: a table of 2,000 rows took
it 7 s and 440 MB. Numbers of elements come from a counter, so equal input gives equal bytes.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from forum.publication.digests.document import IdeaLink, Link, Text, Words

UNITS_PER_MM = 7200 / 25.4
"""HWP units of 1/7200 inch."""
TEXT_WIDTH = round(170 * UNITS_PER_MM)
"""Of an A4 page between its margins."""
UNITS_PER_PIXEL = 75
APART = 566
"""Above and below a table that is not in a line."""
LETTER, LINE = 900, 1250
"""Of a table: size of its letters and height of its lines."""
PADDING, ROOM_ABOVE = 510, 200
"""Of a cell: to its left and right, and above and below its text."""
WIDTHS = dict.fromkeys(" !'(),-./:;I[]fijlrt|", 0.35) | dict.fromkeys("%&@GMOQWmw", 0.9)
SPACE = WIDTHS[" "]
HALF_PAGE, THIRD_OF_PAGE = 35_000, 23_000
PAGE_NUMBERS = '<hp:ctrl><hp:pageNum pos="BOTTOM_CENTER" formatType="DIGIT" sideChar="-"/></hp:ctrl>'
"""Below every page: - 3 -."""

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
# Some viewers squeeze a word that is wider than a line into one.
_LONG_WORD = re.compile(r"[\u1100-\u11ff\u3400-\ud7a3]{20}")
_LINK_FIELD = "627600491"
_SUBLIST = (
    '<hp:subList id="" textDirection="HORIZONTAL" lineWrap="BREAK" vertAlign="{align}" linkListIDRef="0"'
    ' linkListNextIDRef="0" textWidth="{width}" textHeight="{height}" hasTextRef="0" hasNumRef="0">{inner}</hp:subList>'
)
_PLACE = (
    '<hp:sz width="{width}" widthRelTo="ABSOLUTE" height="{height}" heightRelTo="ABSOLUTE" protect="0"/>'
    '<hp:pos treatAsChar="{is_letter}" affectLSpacing="0" flowWithText="1" allowOverlap="0" holdAnchorAndSO="0"'
    ' vertRelTo="PARA" horzRelTo="COLUMN" vertAlign="TOP" horzAlign="LEFT" vertOffset="0" horzOffset="0"/>'
    '<hp:outMargin left="0" right="0" top="{apart}" bottom="{apart}"/>'
)
_MARGINS = f'left="{PADDING}" right="{PADDING}" top="{ROOM_ABOVE}" bottom="{ROOM_ABOVE}"'
_TABLE = (
    '<hp:tbl id="{number}" zOrder="0" numberingType="TABLE" textWrap="TOP_AND_BOTTOM" textFlow="BOTH_SIDES" lock="0"'
    ' dropcapstyle="None" pageBreak="{breaks}" repeatHeader="{repeats:d}" rowCnt="{rows}" colCnt="{columns}"'
    f' cellSpacing="0" borderFillIDRef="{{fill}}" noAdjust="0">{{place}}{{caption}}<hp:inMargin {_MARGINS}/>'
)
_CELL = (
    '<hp:tc name="" header="{is_header:d}" hasMargin="0" protect="0" editable="0" dirty="0" borderFillIDRef="{fill}">'
    '{content}<hp:cellAddr colAddr="{place[1]}" rowAddr="{place[0]}"/><hp:cellSpan colSpan="1" rowSpan="1"/>'
    f'<hp:cellSz width="{{size[0]}}" height="{{size[1]}}"/><hp:cellMargin {_MARGINS}/></hp:tc>'
)
_UNTURNED = "".join(
    f'<hc:{name} e1="1" e2="0" e3="0" e4="0" e5="1" e6="0"/>' for name in ("transMatrix", "scaMatrix", "rotMatrix")
)
# A viewer crops a picture whose `imgDim` and `imgClip` are not as wide and high as its file.
_PICTURE = (
    '<hp:pic id="{number}" zOrder="0" numberingType="PICTURE" textWrap="TOP_AND_BOTTOM" textFlow="BOTH_SIDES" lock="0"'
    ' dropcapstyle="None" href="" groupLevel="0" instid="{number}" reverse="0"><hp:offset x="0" y="0"/>'
    '<hp:orgSz width="{width}" height="{height}"/><hp:curSz width="{width}" height="{height}"/>'
    '<hp:flip horizontal="0" vertical="0"/><hp:rotationInfo angle="0" centerX="{x}" centerY="{y}" rotateimage="1"/>'
    f"<hp:renderingInfo>{_UNTURNED}</hp:renderingInfo>"
    '<hp:imgRect><hc:pt0 x="0" y="0"/><hc:pt1 x="{width}" y="0"/><hc:pt2 x="{width}" y="{height}"/>'
    '<hc:pt3 x="0" y="{height}"/></hp:imgRect><hp:imgClip left="0" right="{right}" top="0" bottom="{bottom}"/>'
    '<hp:inMargin left="0" right="0" top="0" bottom="0"/><hp:imgDim dimwidth="{right}" dimheight="{bottom}"/>'
    '<hc:img binaryItemIDRef="{item}" bright="0" contrast="0" effect="REAL_PIC" alpha="0"/><hp:effects/>'
    "{place}{caption}<hp:shapeComment>{description}</hp:shapeComment></hp:pic>"
)


@dataclass(frozen=True)
class Look:
    """Numbers of a style in the header part, of its paragraphs, and of its letters: plain, bold and in a link.

    :param breaking: of its paragraphs whose lines may end within a word
    """

    style: str
    paragraph: str
    breaking: str
    plain: str
    strong: str
    link: str


@dataclass(frozen=True)
class Cell:
    """:param fill: number of its border and filling; :param url: makes the words a link"""

    words: str
    look: Look
    fill: str
    is_header: bool = False
    url: str = ""


@dataclass(frozen=True)
class Picture:
    """:param item: its number among the binary data; :param width: in HWP units; :param pixels: width and height"""

    item: str
    width: int
    height: int
    pixels: tuple[int, int]
    description: str


def clean(text: str) -> str:
    """Leave out control characters and halves of surrogate pairs, which XML forbids; a tab becomes a space."""
    return _FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).replace("\t", " ")


def plain(part: Text | Link | IdeaLink) -> str:
    """Return the words of a part as they are read."""
    return clean(f"[#{part.idea_id}]" if isinstance(part, IdeaLink) else part.words)


class Body:
    """Writes elements. Each of them gets the next number in the document."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def paragraph(self, runs: str, look: Look, *, starts_page: bool = False) -> str:
        shape = look.breaking if _LONG_WORD.search(runs) else look.paragraph
        return (
            f'<hp:p id="{next(self._numbers)}" paraPrIDRef="{shape}" styleIDRef="{look.style}"'
            f' pageBreak="{starts_page:d}" columnBreak="0" merged="0">{runs}</hp:p>'
        )

    def words(self, words: Words, look: Look) -> str:
        """Return runs of text and links."""
        runs = []
        for part in words:
            if isinstance(part, Text):
                runs.append(_run(_text(part.words), look.strong if part.is_strong else look.plain))
            else:
                runs.append(self.link(plain(part), part.url, look))
        return "".join(runs) or _run("<hp:t/>", look.plain)

    def link(self, words: str, url: str, look: Look) -> str:
        """Return three runs: where the field begins, its words, where it ends.

        :param url: an address, or # and the name of a bookmark
        """
        number, address = next(self._numbers), clean(url)
        parameters = "".join(
            f'<hp:stringParam name="{name}">{escape(value)}</hp:stringParam>'
            for name, value in _link_parameters(address).items()
        )
        begin = (
            f'<hp:ctrl><hp:fieldBegin id="{number}" type="HYPERLINK" name={quoteattr(address)} editable="0" dirty="0"'
            f' zorder="-1" fieldid="{_LINK_FIELD}"><hp:parameters cnt="{parameters.count("</hp:") + 1}" name="">'
            f'<hp:integerParam name="Prop">0</hp:integerParam>{parameters}</hp:parameters></hp:fieldBegin></hp:ctrl>'
        )
        end = f'<hp:ctrl><hp:fieldEnd beginIDRef="{number}" fieldid="{_LINK_FIELD}"/></hp:ctrl>'
        return _run(begin, look.plain) + _run(_text(words), look.link) + _run(end, look.plain)

    def table(
        self, rows: Sequence[Sequence[Cell]], widths: Sequence[int], *, fill: str, repeats: bool, caption: str = ""
    ) -> str:
        """Return a run with a table that may go on over pages.

        :param fill: number of the border and filling around it
        :param repeats: whether its first row stands on each of the pages
        :param caption: a paragraph
        """
        heights = [_height(row, widths) for row in rows]
        # A short table stands in a line like a letter, so it stays whole, and with what is before and behind it.
        is_letter = sum(heights) < THIRD_OF_PAGE
        start = _TABLE.format(
            number=next(self._numbers),
            # Rows stay whole, but what does not fit on a page at all would be cut off.
            breaks="CELL" if max(heights) > HALF_PAGE else "TABLE",
            repeats=repeats,
            rows=len(rows),
            columns=len(widths),
            fill=fill,
            place=_PLACE.format(
                width=sum(widths), height=sum(heights), is_letter=int(is_letter), apart=0 if is_letter else APART
            ),
            caption=_caption(caption, sum(widths)),
        )
        parts = [start]
        for at, (row, height) in enumerate(zip(rows, heights, strict=True)):
            sizes = ((width, height) for width in widths)
            cells = (
                self._cell(cell, (at, column), size) for column, (cell, size) in enumerate(zip(row, sizes, strict=True))
            )
            parts += ("<hp:tr>", *cells, "</hp:tr>")
        return _run("".join((*parts, "</hp:tbl>")), rows[0][0].look.plain)

    def _cell(self, cell: Cell, place: tuple[int, int], size: tuple[int, int]) -> str:
        """:param place: row and column; :param size: width and height"""
        runs = self.link(cell.words, cell.url, cell.look) if cell.url else _run(_text(cell.words), cell.look.plain)
        return _CELL.format(
            is_header=cell.is_header,
            fill=cell.fill,
            content=_SUBLIST.format(align="CENTER", width=0, height=0, inner=self.paragraph(runs, cell.look)),
            place=place,
            size=size,
        )

    def picture(self, picture: Picture, look: Look, *, caption: str) -> str:
        """Return a run with a picture that stands in the line like a letter. :param caption: a paragraph"""
        return _run(
            _PICTURE.format(
                number=next(self._numbers),
                width=picture.width,
                height=picture.height,
                x=picture.width // 2,
                y=picture.height // 2,
                right=picture.pixels[0] * UNITS_PER_PIXEL,
                bottom=picture.pixels[1] * UNITS_PER_PIXEL,
                item=picture.item,
                place=_PLACE.format(width=picture.width, height=picture.height, is_letter=1, apart=0),
                caption=_caption(caption, picture.width),
                description=escape(clean(picture.description)),
            ),
            look.plain,
        )

    def header(self, paragraph: str) -> str:
        inner = _SUBLIST.format(align="TOP", width=TEXT_WIDTH, height=round(10 * UNITS_PER_MM), inner=paragraph)
        return f'<hp:ctrl><hp:header id="{next(self._numbers)}" applyPageType="BOTH">{inner}</hp:header></hp:ctrl>'


def bookmark(name: str, look: Look) -> str:
    return _run(f"<hp:ctrl><hp:bookmark name={quoteattr(name)}/></hp:ctrl>", look.plain)


def shares(weights: Sequence[int], total: int = TEXT_WIDTH) -> list[int]:
    """Split a width in proportion to the weights; the last part takes what rounding leaves."""
    parts = [total * weight // sum(weights) for weight in weights]
    return [*parts[:-1], total - sum(parts[:-1])]


def natural_width(words: str) -> int:
    """Return the width of a cell that keeps its words in one line, with some room for other fonts."""
    return round(1.15 * _ems(words) * LETTER) + 2 * PADDING


def _link_parameters(address: str) -> dict[str, str]:
    """Return what 한글 reads of a link. It wants a backslash before signs that mean something to it."""
    kinds = {"TargetType": "HWPHYPERLINK_TARGET_BOOKMARK", "DocOpenType": "HWPHYPERLINK_JUMP_CURRENTTAB"}
    escaped = re.sub(r"([:?;#|])", r"\\\1", address.removeprefix("#"))
    if address.startswith("#"):
        return {"Command": f"?{escaped};0;0;0;", "Category": "HWPHYPERLINK_TYPE_HWP"} | kinds
    return {"Command": f"{escaped};1;0;0;", "Path": address, "Category": "HWPHYPERLINK_TYPE_URL"} | kinds


def _run(inner: str, letters: str) -> str:
    return f'<hp:run charPrIDRef="{letters}">{inner}</hp:run>'


def _text(words: str) -> str:
    return f"<hp:t>{escape(clean(words)).replace(chr(10), '<hp:lineBreak/>')}</hp:t>"


def _caption(paragraph: str, width: int) -> str:
    if not paragraph:
        return ""
    inner = _SUBLIST.format(align="TOP", width=0, height=0, inner=paragraph)
    return f'<hp:caption side="TOP" fullSz="0" width="8504" gap="850" lastWidth="{width}">{inner}</hp:caption>'


def _height(row: Sequence[Cell], widths: Sequence[int]) -> int:
    """Return about how high a row is. 한글 makes it higher where its text needs that; other viewers cut it off."""
    lines = (_lines(cell.words, (width - 2 * PADDING) / LETTER) for cell, width in zip(row, widths, strict=True))
    return 2 * ROOM_ABOVE + LINE * max(lines)


def _lines(words: str, room: float) -> int:
    """Return in how many lines words stand that break between words, or within one that is wider than a line."""
    lines = 0
    for paragraph in words.split("\n"):
        lines, used = lines + 1, 0.0
        for word in paragraph.split(" "):
            width = _ems(word)
            if used and used + width > room:
                lines, used = lines + 1, 0.0
            further = max(math.ceil(width / room) - 1, 0)
            lines, used = lines + further, used + width - further * room + SPACE
    return lines


def _ems(words: str) -> float:
    """Return about how wide words are, measured by the size of the letters; a Hangul syllable is as wide as high."""
    return sum(1 if sign >= "ᄀ" else WIDTHS.get(sign, 0.58) for sign in words)
