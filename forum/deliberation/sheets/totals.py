"""Votes and vote sheets together, printed beside the votes alone. Nothing computes with these sums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from forum.deliberation.sheets.queries import PaperTotals


class Counts(Protocol):
    """Votes on an idea: `IdeaTally`, or a room's `TableIdea`."""

    @property
    def agree(self) -> int: ...
    @property
    def disagree(self) -> int: ...
    @property
    def pass_(self) -> int: ...


@dataclass(frozen=True)
class Totals:
    agree: int
    disagree: int
    pass_: int

    @property
    def votes(self) -> int:
        return self.agree + self.disagree + self.pass_


def totals_with_paper(tally: Counts, paper: PaperTotals | None) -> Totals:
    """Return the votes with the marks on vote sheets added; the votes alone where there are no sheets."""
    counts = (tally.agree, tally.disagree, tally.pass_)
    marks = (paper.agree, paper.disagree, paper.pass_) if paper else (0, 0, 0)
    return Totals(*(vote + mark for vote, mark in zip(counts, marks, strict=True)))
