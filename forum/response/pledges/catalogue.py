"""실천 목록: what somebody can pledge, from `data/pledges.csv`.

A row has a figure only if its source was opened: then low, high, unit, title, address, year, page, assumptions and
where it was read are all there. Else all of them are empty, and pages say that the effect is not known.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import TypeVar

from forum.core.database import LabelledEnum
from forum.core.i18n import _l
from forum.core.reference import DATA_DIR, Sector
from forum.response.pledges.models import Rhythm

Kind = TypeVar("Kind", bound=LabelledEnum)

CATALOGUE_FILE = DATA_DIR / "pledges.csv"
MAX_WORDS_CHARS = 60
LARGEST_TONNES = 10
"""No single pledge saves more a year: a larger number is in kilograms."""
FIRST_YEAR = 1990

_KEY = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_OPENED = re.compile(r"\d{4}-\d\d-\d\d https?://\S+(?: https?://\S+)*")
_COLUMNS = (
    "key kind words_person words_group rhythm low high unit source_title source_url source_year source_page "
    "assumptions opened"
).split()
_FIGURE = _COLUMNS[5:]


class CatalogueError(ValueError):
    """`data/pledges.csv` cannot be used; the message names the row and what is wrong."""


class PledgeUnit(LabelledEnum):
    """What a figure is per. All are tonnes of CO2 equivalent in a year."""

    PERSON = "PERSON"
    HOUSEHOLD = "HOUSEHOLD"
    CAR = "CAR"
    TREE = "TREE"

    __labels__ = {
        PERSON: _l("한 사람이 한 해에"),
        HOUSEHOLD: _l("한 집이 한 해에"),
        CAR: _l("차 한 대가 한 해에"),
        TREE: _l("나무 한 그루가 한 해에"),
    }


@dataclass(frozen=True)
class CatalogueItem:
    """One thing that a person or a group can pledge.

    words_person, words_group : sentences in 해요체 without a subject: "나는 " or "우리 반은 " goes before them
    rhythm : how often it is usually kept; whoever pledges may choose another
    low, high : tonnes of CO2 equivalent as the source prints or `assumptions` converts them; None: not known
    source_page : as printed, or that the source has no pages
    opened : day and stored addresses at which the source was read, for docs and for whoever checks the figure
    """

    key: str
    kind: Sector
    words_person: str
    words_group: str
    rhythm: Rhythm
    low: Decimal | None = None
    high: Decimal | None = None
    unit: PledgeUnit | None = None
    source_title: str = ""
    source_url: str = ""
    source_year: int | None = None
    source_page: str = ""
    assumptions: str = ""
    opened: str = ""

    @property
    def has_figure(self) -> bool:
        return self.low is not None

    @property
    def tonnes(self) -> str:
        """The range as printed, such as 0.6~3.6; one number if low and high are the same; empty if not known."""
        if self.low is None or self.high is None:
            return ""
        return f"{self.low:f}" if self.low == self.high else f"{self.low:f}~{self.high:f}"


@cache
def catalogue() -> Mapping[str, CatalogueItem]:
    """Return what can be pledged, by key, in the order of the file.

    :raise CatalogueError: the file cannot be used
    """
    with CATALOGUE_FILE.open(encoding="utf-8", newline="") as file:
        return read_catalogue(csv.DictReader(file))


def read_catalogue(rows: Iterable[Mapping[str, str | None]]) -> dict[str, CatalogueItem]:
    """Return the items of `rows`, by key.

    :raise CatalogueError: a row is not whole, or a key stands there twice
    """
    items: dict[str, CatalogueItem] = {}
    for line, row in enumerate(rows, start=2):
        try:
            item = _item(row)
            if item.key in items:
                raise CatalogueError("the key stands there twice")
        except CatalogueError as error:
            raise CatalogueError(f"pledges.csv, line {line} ({row.get('key')}): {error}") from None
        items[item.key] = item
    return items


def _item(row: Mapping[str, str | None]) -> CatalogueItem:
    if set(row) != set(_COLUMNS) or None in row.values():
        raise CatalogueError(f"its columns are not {', '.join(_COLUMNS)}")
    cells = {name: _text(name, row[name] or "") for name in _COLUMNS}
    if not _KEY.fullmatch(cells["key"]) or len(cells["key"]) > 40:
        raise CatalogueError("the key is not snake_case of at most 40 characters")
    return CatalogueItem(
        cells["key"],
        _member(Sector, "kind", cells["kind"]),
        _words("words_person", cells["words_person"]),
        _words("words_group", cells["words_group"]),
        _member(Rhythm, "rhythm", cells["rhythm"]),
        *_figure(cells),
    )


def _text(name: str, cell: str) -> str:
    if cell != unicodedata.normalize("NFC", cell) or cell != cell.strip():
        raise CatalogueError(f"{name} is not NFC or has blanks around it")
    return cell


def _member(kind: type[Kind], name: str, code: str) -> Kind:
    try:
        return kind(code)
    except ValueError:
        raise CatalogueError(f"{name} is {code!r}, not one of {', '.join(kind.__members__)}") from None


def _words(name: str, text: str) -> str:
    if not 0 < len(text) <= MAX_WORDS_CHARS:
        raise CatalogueError(f"{name} is empty or longer than {MAX_WORDS_CHARS} characters")
    return text


def _figure(cells: Mapping[str, str]) -> tuple[Decimal, Decimal, PledgeUnit, str, str, int, str, str, str] | tuple[()]:
    missing = [name for name in _FIGURE if not cells[name]]
    if len(missing) == len(_FIGURE):
        return ()
    if missing:
        raise CatalogueError(f"a figure without {', '.join(missing)}: fill all in, or leave all empty")
    low, high = _tonnes("low", cells["low"]), _tonnes("high", cells["high"])
    if low > high:
        raise CatalogueError("low is above high")
    if not cells["source_url"].startswith(("http://", "https://")):
        raise CatalogueError("source_url is not an address")
    if not _OPENED.fullmatch(cells["opened"]) or not _is_day(cells["opened"][:10]):
        raise CatalogueError("opened is not a day and the addresses that were read")
    return (
        low,
        high,
        _member(PledgeUnit, "unit", cells["unit"]),
        cells["source_title"],
        cells["source_url"],
        _year(cells["source_year"], int(cells["opened"][:4])),
        cells["source_page"],
        cells["assumptions"],
        cells["opened"],
    )


def _tonnes(name: str, text: str) -> Decimal:
    try:
        tonnes = Decimal(text)
    except InvalidOperation:
        raise CatalogueError(f"{name} is {text!r}, not a number") from None
    if not tonnes.is_finite() or abs(tonnes) > LARGEST_TONNES:
        raise CatalogueError(f"{name} is {text}: not within {LARGEST_TONNES} tonnes a year")
    return tonnes


def _year(text: str, latest: int) -> int:
    if not re.fullmatch(r"[0-9]{4}", text) or not FIRST_YEAR <= int(text) <= latest:
        raise CatalogueError(f"source_year is {text!r}, not a year from {FIRST_YEAR} to the one it was opened in")
    return int(text)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
