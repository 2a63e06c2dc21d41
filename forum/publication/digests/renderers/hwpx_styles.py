"""Styles of a digest as a 한글 document: named ones, so that whoever edits the file changes all places at once.

Headings have 한글's own outline styles, 개요 1 to 3, without their numbers.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from forum.core.i18n import LazyString, _l
from forum.publication.digests.renderers.hwpx_xml import UNITS_PER_MM, Look

if TYPE_CHECKING:
    from hwpx import HwpxDocument

MARGINS_MM = {"left": 20, "right": 20, "top": 15, "bottom": 12, "header": 10, "footer": 8}
SERIF, SANS = "0", "1"
"""Letters of the empty document that python-hwpx makes: 함초롬바탕 and 함초롬돋움, which every 한글 brings."""
INK, GREY, NAVY, LINK, ALERT = "#1E2124", "#58616A", "#063A74", "#0B50D0", "#8A1C1C"
LINE, SHADE = "#8A949E", "#E8EEF7"
KOREAN = 1042
BETWEEN_SYLLABLES = "KEEP_WORD"
"""한글 takes this name, and BREAK_WORD, for the contrary of what they say."""
_HEAD = "{http://www.hancom.co.kr/hwpml/2011/head}"


@dataclass(frozen=True)
class Style:
    """:param name: ours, or the English one of a style that 한글 has

    :param size: of letters, in points, as `before` and `after` are; `left` is in mm, `lines` in %
    :param outline: level from 1, of a heading
    :param border: sides that have a line
    """

    name: str | LazyString
    size: float = 10.5
    font: str = SERIF
    color: str = INK
    is_bold: bool = False
    align: str = "LEFT"
    before: float = 0
    after: float = 0
    left: float = 0
    lines: int = 160
    outline: int = 0
    keeps_with_next: bool = False
    border: tuple[str, ...] = ()
    border_width: str = "0.12 mm"
    border_color: str = LINE
    fill: str | None = None
    bullet: bool = False


ALL_SIDES = ("left", "right", "top", "bottom")
STYLES = {
    "text": Style("Normal", after=5),
    "title": Style(_l("보고서 제목"), 22, SANS, NAVY, True, after=4, lines=130, keeps_with_next=True),
    "subtitle": Style(_l("보고서 부제목"), 13, SANS, GREY, after=8, lines=130, keeps_with_next=True),
    "contents": Style("TOC 1", font=SANS, before=4, after=6),
    "heading1": Style(
        "Outline 1", 16, SANS, NAVY, True, before=18, after=10, lines=130, outline=1, keeps_with_next=True,
        border=("bottom",), border_width="0.4 mm", border_color=NAVY,
    ),
    "heading2": Style("Outline 2", 13, SANS, INK, True, before=14, after=5, lines=130, outline=2, keeps_with_next=True),
    "heading3": Style("Outline 3", 11, SANS, INK, True, before=10, after=4, lines=130, outline=3, keeps_with_next=True),
    "bullet": Style(_l("글머리"), after=3, left=4, bullet=True),
    "quote": Style(
        _l("인용"), before=3, left=6, keeps_with_next=True, border=("left",), border_width="1 mm", border_color=LINE
    ),
    "source": Style(
        _l("인용한 곳"), 9, SANS, GREY, after=7, left=6, border=("left",), border_width="1 mm", border_color=LINE
    ),
    "notice": Style(_l("알림"), font=SANS, before=8, after=10, left=3, border=ALL_SIDES, border_color=NAVY, fill=SHADE),
    "sample": Style(
        _l("예시 알림"), 10.5, SANS, ALERT, True, before=6, after=8, left=3, border=ALL_SIDES, border_width="0.4 mm",
        border_color=ALERT,
    ),
    "finding": Style(_l("그림에서 읽을 것"), 10.5, SANS, is_bold=True, before=6, after=4, keeps_with_next=True),
    "picture": Style(_l("그림"), lines=100, after=8, align="CENTER"),
    "caption": Style("Caption", 9.5, SANS, is_bold=True, lines=130, keeps_with_next=True),
    "place": Style(_l("표 자리"), 3, SANS, before=8, after=6, lines=100),
    "note": Style(_l("표 설명"), 9, SANS, GREY, after=10, lines=140),
    "cell": Style(_l("표 글"), 9, SANS, lines=130),
    "number": Style(_l("표 숫자"), 9, SANS, align="RIGHT", lines=130),
    "middle": Style(_l("표 가운데"), 9, SANS, align="CENTER", lines=130),
    "head": Style(_l("표 머리"), 9, SANS, is_bold=True, align="CENTER", lines=130),
    "label": Style(_l("표 이름"), 9, SANS, is_bold=True, lines=130),
    "header": Style("Header", 8.5, SANS, GREY, lines=100, align="RIGHT"),
}  # fmt: skip


@dataclass(frozen=True)
class Looks:
    """:param styles: by the keys of `STYLES`; the others are numbers of a cell's border and filling"""

    styles: dict[str, Look]
    plain_cell: str
    head_cell: str

    def __getitem__(self, key: str) -> Look:
        return self.styles[key]


def set_styles(package: HwpxDocument) -> Looks:
    """Define all styles in a new document. Those that 한글 has get our look."""
    for level in package.parts.headers[0].element.iter(f"{_HEAD}paraHead"):
        level.text = ""  # no numbers before headings, and no room for them
        level.set("textOffset", "0")
    bullet = package.styles.ensure_numbering(kind="bullet", levels=[{"char": "•"}])[0]
    _put_bullets_where_they_belong(package)
    return Looks(
        {key: _look(package, style, bullet) for key, style in STYLES.items()},
        package.styles.ensure_border_fill(border_color=LINE, active_borders=ALL_SIDES),
        package.styles.ensure_border_fill(border_color=LINE, active_borders=ALL_SIDES, fill_color=SHADE),
    )


def _put_bullets_where_they_belong(package: HwpxDocument) -> None:
    """The schema wants them before the paragraphs' properties; python-hwpx 6.9 writes them at the end."""
    references = _part(package.parts.headers[0].element, "refList")
    bullets, properties = _part(references, "bullets"), _part(references, "paraProperties")
    references.remove(bullets)
    references.insert(list(references).index(properties), bullets)


def _part(element: Any, *names: str) -> Any:
    return element.find("/".join(f"{_HEAD}{name}" for name in names))


def _look(package: HwpxDocument, style: Style, bullet: str) -> Look:
    letter = partial(package.styles.ensure_run, size=style.size, base_char_pr_id=style.font)
    letters = letter(bold=style.is_bold, color=style.color)
    header = package.parts.headers[0]
    paragraph = header.ensure_paragraph_format(
        base_para_pr_id=bullet if style.bullet else "0",
        alignment=style.align,
        line_spacing_percent=style.lines,
        margins={
            "intent": 0,
            "left": round(style.left * UNITS_PER_MM),
            "right": round(style.left * UNITS_PER_MM) if "right" in style.border else 0,
            "prev": round(style.before * 100),
            "next": round(style.after * 100),
        },
        heading={"type": "OUTLINE", "idRef": "0", "level": style.outline - 1} if style.outline else None,
        border=_border(package, style),
        break_setting={"keep_with_next": style.keeps_with_next, "widow_orphan": True},
    )
    known = package.styles.get(str(style.name))
    name = (known and known.name) or str(style.name)
    number = header.ensure_style(name, para_pr_id_ref=paragraph, char_pr_id_ref=letters, lang_id=KOREAN)
    header.ensure_style(name, next_style_id_ref=number)
    return Look(
        style=number,
        paragraph=paragraph,
        breaking=_breaking(package, paragraph),
        plain=letters,
        strong=letter(bold=True, color=style.color),
        link=letter(bold=style.is_bold, color=LINK, underline=True, underline_color=LINK),
    )


def _breaking(package: HwpxDocument, paragraph: str) -> str:
    """Return the number of paragraphs like these, whose lines may end between any two syllables."""
    properties = _part(package.parts.headers[0].element, "refList", "paraProperties")
    copied = deepcopy(next(shape for shape in properties if shape.get("id") == paragraph))
    number = str(max(int(shape.get("id")) for shape in properties) + 1)
    copied.set("id", number)
    _part(copied, "breakSetting").set("breakNonLatinWord", BETWEEN_SYLLABLES)
    properties.append(copied)
    properties.set("itemCnt", str(len(properties)))
    return number


def _border(package: HwpxDocument, style: Style) -> dict[str, str | int] | None:
    if not style.border:
        return None
    number = package.styles.ensure_border_fill(
        border_color=style.border_color,
        border_width=style.border_width,
        active_borders=style.border,
        fill_color=style.fill,
    )
    offset = round(1.5 * UNITS_PER_MM)
    heights = {f"offset{side.title()}": offset if side in style.border else 0 for side in ("top", "bottom")}
    return {"borderFillIDRef": number, **heights, "connect": 0, "ignoreMargin": 1}
