"""Personal data in columns of text: found by its form, and a column of names by its values.

Names are not found one by one: a detector takes 공개하 and 노선 for names (`forum.core.privacy`). A whole column of
them shows itself by how Korean family names are spread.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from forum.core.privacy import DIGIT_WORDS, KINDS, contains_resident_number, mask

# The address of a building and the number of a company say nothing of a person by themselves.
NOT_PERSONAL_HERE = frozenset({KINDS["ADDRESS"], KINDS["BUSINESS_REG"], KINDS["EMPLOYEE_ID"]})
SIGNS = Path(__file__).resolve().parents[3] / "data" / "name_signs.csv"
BATCH_SIZE = 200  # cells
SEPARATOR = "\n;;;\n"
RESIDENT_DIGITS = 13
MIN_NAMES = 5
NAMES_SHARE, FREQUENT_SHARE = 0.8, 0.3
MOST_DISTINCT = 2_000
_SHAPE = str.maketrans("012345678", "999999999")
# What the detectors can find at all has a shape with one of these. They take 80 µs a cell, so each shape is asked once.
_WORTH_A_LOOK = re.compile(
    rf"[@＠]|\(at\)|(?:\d\D{{0,6}}){{8}}\d|\d\D{{0,6}}\d[x*●○•◯□■#\u3147]|\d[\uac00-\ud7a3]\s?\d{{4}}"
    rf"|(?:o[il9][o9]|[o9][il][o9]|[o9][il9]o)\W{{0,2}}\d{{3}}"
    rf"|[msrodg]\d{{8}}|(?:[{DIGIT_WORDS}]\D{{0,3}}){{5}}[{DIGIT_WORDS}]",
    re.IGNORECASE,
)
_NAME = re.compile(r"[\uac00-\ud7a3]{3}")
_IN_BRACKETS = re.compile(r"\(.*\)$")


def with_resident_numbers(values: Iterable[str]) -> set[str]:
    """Return the cells with a resident or foreigner registration number."""
    return _found(values, contains_resident_number)


def with_contacts(values: Iterable[str]) -> set[str]:
    """Return the cells with a phone, mail, account, card, licence or passport number."""
    return _found(values, lambda text: bool(mask(text, NOT_PERSONAL_HERE).kinds))


def long_numbers(values: Iterable[str]) -> list[str]:
    """Return the whole numbers that may be resident numbers without a hyphen."""
    return [value for value in values if len(value) == RESIDENT_DIGITS]


def is_name_heading(name: str) -> bool:
    """Return whether a column says itself that it holds people's names."""
    plain = _IN_BRACKETS.sub("", name).strip().casefold().replace("_", " ")
    return plain in _signs()["heading"]


def are_names(distinct: Sequence[str]) -> bool:
    """Return whether a column's different values look like Korean full names, by their family names."""
    signs = _signs()
    family_names = signs["family"] | signs["frequent"]
    names = [value for value in distinct if _NAME.fullmatch(value) and value[0] in family_names]
    if len(names) < MIN_NAMES or len(names) < NAMES_SHARE * len(distinct):
        return False
    return sum(value[0] in signs["frequent"] for value in names) >= FREQUENT_SHARE * len(names)


def _found(values: Iterable[str], is_in: Callable[[str], bool]) -> set[str]:
    """Return the values in which it is; most batches are cleared at once, joined."""
    found: set[str] = set()
    candidates = list(_worth_a_look(values))
    for start in range(0, len(candidates), BATCH_SIZE):
        some = candidates[start : start + BATCH_SIZE]
        if is_in(SEPARATOR.join(some)):
            found.update(value for value in some if is_in(value))
    return found


def _worth_a_look(values: Iterable[str]) -> Iterator[str]:
    shapes: dict[str, bool] = {}
    for value in values:
        shape = value.translate(_SHAPE)
        worth = shapes.get(shape)
        if worth is None:
            worth = shapes[shape] = bool(_WORTH_A_LOOK.search(shape))
        if worth:
            yield value


@cache
def _signs() -> dict[str, set[str]]:
    """Return the values of `data/name_signs.csv` by kind. Five family names are those of more than half the people."""
    signs: dict[str, set[str]] = defaultdict(set)
    with SIGNS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            signs[row["kind"]].add(row["value"])
    return signs
