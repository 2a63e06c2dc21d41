"""Pages of the analysts' lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

PAGE_SIZE = 50
Item = TypeVar("Item")


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some of a longer list. `number` counts from 1; one beyond the end is empty."""

    items: Sequence[Item]
    number: int
    total: int
    size: int = PAGE_SIZE

    @property
    def last(self) -> int:
        return max(1, -(-self.total // self.size))


def one_page(query: Any, number: int) -> Any:
    """Limit a query to the page with this number, from 1."""
    return query.limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)
