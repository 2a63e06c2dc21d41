"""Personal data in columns of text: found by its form, and a column of names by its values.

Names are not found one by one: a detector takes 공개하 and 노선 for names (`forum.core.privacy`). A whole column of
them shows itself by how Korean family names are spread.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from forum.core.database import batches
from forum.core.privacy import KINDS, contains_resident_number, mask

# The address of a building and the number of a company say nothing of a person by themselves.
NOT_PERSONAL_HERE = frozenset({KINDS["ADDRESS"], KINDS["BUSINESS_REG"], KINDS["EMPLOYEE_ID"]})
AT_ONCE = 200  # cells
SEPARATOR = "\n;;;\n"
RESIDENT_DIGITS = 13
MIN_NAMES = 5
NAMES_SHARE, FREQUENT_SHARE = 0.8, 0.3
MOST_DISTINCT = 2_000
FAMILY_NAMES = frozenset(
    "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민진지엄채원천방공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국어은편용"
)
FREQUENT = frozenset("김이박최정")
"""More than half of the people in the 2015 census (Statistics Korea) have one of these five."""
_WORD = "공영일이삼사오육칠팔구"
_SHAPE = str.maketrans("012345678", "999999999")
# What the detectors can find at all has a shape with one of these. They take 80 µs a cell, so each shape is asked once.
_WORTH_A_LOOK = re.compile(
    rf"[@＠]|\(at\)|(?:\d\D{{0,6}}){{8}}\d|\d\D{{0,6}}\d[x*●○•◯□■#ㅇ]|\d[가-힣]\s?\d{{4}}"
    rf"|(?:o[il9][o9]|[o9][il][o9]|[o9][il9]o)\W{{0,2}}\d{{3}}"
    rf"|[msrodg]\d{{8}}|뒷자리|(?:[{_WORD}]\D{{0,3}}){{5}}[{_WORD}]",
    re.IGNORECASE,
)
_NAME = re.compile("[가-힣]{3}")
_NAME_HEADING = re.compile(
    r"(?:성명|성함|이름|고객명|환자명|세대주|대표자|담당자명?)(?:\(.*\))?|(?:full|first|last)?[ _]?name", re.IGNORECASE
)


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
    return bool(_NAME_HEADING.fullmatch(name.strip()))


def are_names(distinct: Sequence[str]) -> bool:
    """Return whether a column's different values look like Korean full names, by their family names."""
    names = [value for value in distinct if _NAME.fullmatch(value) and value[0] in FAMILY_NAMES]
    if len(names) < MIN_NAMES or len(names) < NAMES_SHARE * len(distinct):
        return False
    return sum(value[0] in FREQUENT for value in names) >= FREQUENT_SHARE * len(names)


def _found(values: Iterable[str], is_in: Callable[[str], bool]) -> set[str]:
    """Return the values in which it is; most batches are cleared at once, joined."""
    found: set[str] = set()
    for some in batches(_worth_a_look(values), AT_ONCE):
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
