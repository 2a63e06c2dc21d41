"""The tree that a digest to be read is made of: HTML, PDF and HWPX are written from the same one.

It knows words, tables and pictures, and nothing of forums; `composing` makes it from a digest's content.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # at run time pandas would be loaded by every web process
    import pandas as pd


class ColumnKind(enum.Enum):
    """What the cells of a column are. A missing value is None or NaN in each."""

    TEXT = "text"
    INTEGER = "integer"
    SHARE = "share"
    """0..1, written as a whole percentage."""
    SCORE = "score"
    """0..10, written with one decimal at most."""
    DATE = "date"
    MOMENT = "moment"
    """With time zone, Asia/Seoul."""
    YES = "yes"
    """True or False, written 예 and nothing."""
    URL = "url"


@dataclass(frozen=True)
class Column:
    """:param key: name in JSON, CSV and code; :param about: what it holds, in one sentence; :param width: characters"""

    key: str
    label: str
    kind: ColumnKind = ColumnKind.TEXT
    about: str = ""
    width: int = 12

    @property
    def is_number(self) -> bool:
        return self.kind in {ColumnKind.INTEGER, ColumnKind.SHARE, ColumnKind.SCORE}


@dataclass(frozen=True)
class Table:
    """A data frame with what readers need to understand it. The frame's columns are the keys of `columns`, in order.

    The first column names the rows: its cells are row headers.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    frame: pd.DataFrame
    note: str = ""


@dataclass(frozen=True)
class Chart:
    """A picture, and the same numbers as a table.

    :param finding: what it shows, in one sentence with the numbers; it is the picture's alternative text too
    :param svg: text as paths, so that it needs no font; `png` the same at 200 dots per inch
    :param width_mm: as printed; `height_mm` likewise
    """

    key: str
    title: str
    finding: str
    svg: bytes
    png: bytes
    width_mm: float
    height_mm: float
    table: Table


@dataclass(frozen=True)
class Text:
    words: str
    is_strong: bool = False


@dataclass(frozen=True)
class Link:
    words: str
    url: str


@dataclass(frozen=True)
class IdeaLink:
    """`#12`, a link to the idea that a sentence comes from."""

    idea_id: int
    url: str


Inline = Text | Link | IdeaLink
Words = tuple[Inline, ...]


@dataclass(frozen=True)
class Heading:
    """:param level: 1..3, never deeper by more than one than the heading before; :param key: of its anchor, or empty"""

    level: int
    words: str
    key: str = ""


@dataclass(frozen=True)
class Paragraph:
    words: Words


@dataclass(frozen=True)
class Bullets:
    items: tuple[Words, ...]


@dataclass(frozen=True)
class Quote:
    """People's own words, unchanged but for their length. :param source: who or what they stand for, as a label"""

    words: str
    source: str
    idea: IdeaLink


@dataclass(frozen=True)
class Notice:
    """A paragraph in a box: what a reader must not overlook."""

    words: Words


@dataclass(frozen=True)
class Grid:
    """A table in the text, of few columns."""

    table: Table


@dataclass(frozen=True)
class Figure:
    """A chart with its finding; its table follows, folded where a format can fold."""

    chart: Chart


@dataclass(frozen=True)
class PageBreak:
    pass


Block = Heading | Paragraph | Bullets | Quote | Notice | Grid | Figure | PageBreak


@dataclass(frozen=True)
class Document:
    """All of a digest that is read.

    :param dated: the data cut, Asia/Seoul: the only time that a file carries, so that equal input gives equal bytes
    :param facts: (label, value) pairs below the title: run, cut, snapshot, period
    """

    title: str
    subtitle: str
    is_sample: bool
    dated: datetime
    facts: tuple[tuple[str, str], ...]
    blocks: tuple[Block, ...]


def headings(document: Document, deepest: int = 2) -> list[Heading]:
    """Return the headings down to a level, for a table of contents."""
    return [block for block in document.blocks if isinstance(block, Heading) and block.level <= deepest]


def idea_links(document: Document) -> Iterator[IdeaLink]:
    """Yield every reference to an idea, as often as it occurs."""
    for block in document.blocks:
        if isinstance(block, Quote):
            yield block.idea
        for words in _runs(block):
            yield from (part for part in words if isinstance(part, IdeaLink))


def _runs(block: Block) -> Sequence[Words]:
    match block:
        case Paragraph(words) | Notice(words):
            return [words]
        case Bullets(items):
            return items
    return []
