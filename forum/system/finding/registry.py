"""Registry of the kinds of things that the public search finds. A slice registers its kinds in `setup.py`.

A kind ranks what has the words and shows it. It is asked twice: what may be seen is decided when it is shown, from the
row itself, never from an index. `docs/search.md` has an example.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from forum.core.i18n import LazyString
from forum.system.finding.search import Hit, SearchWords


@dataclass(frozen=True)
class Found:
    """A thing as the search page shows it.

    text : what the snippet is cut from, as visitors may read it
    path : its page
    campaign : the campaign it belongs to; None if to none
    note : its state or outcome in a word or two
    is_sample : where it belongs to no campaign, whether it is part of the sample
    """

    title: str
    text: str
    path: str
    campaign: Any
    at: datetime
    note: str = ""
    is_sample: bool = False


class SearchKind(ABC):
    """One kind of things. `code` names it in addresses, `label` is what people call such things."""

    code: ClassVar[str]
    label: ClassVar[LazyString]

    @abstractmethod
    def rank(self, words: SearchWords, campaign_id: int | None) -> list[Hit]:
        """Return what visitors may see and has all or most of the words, best first, up to `MAX_RANKED` + 1."""

    @abstractmethod
    def show(self, ids: Sequence[int]) -> list[Found]:
        """Return these things in this order, without those that visitors may not see (any more)."""


SEARCH_KINDS: dict[str, SearchKind] = {}
"""Kinds by code, in the order of the page."""


def register_search_kind(kind: SearchKind) -> None:
    SEARCH_KINDS[kind.code] = kind
