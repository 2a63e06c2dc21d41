"""What a gathering's pages show about paper."""

from __future__ import annotations

from dataclasses import dataclass

from forum.core.access import Actor
from forum.core.i18n import _
from forum.deliberation.gatherings.models import Gathering, GatheringState
from forum.deliberation.rooms.results import TableIdea, table_of
from forum.deliberation.sheets.closing import why_no_paper
from forum.deliberation.sheets.queries import PaperTotals, counts_of, get_result, slip_numbers, tallies_of
from forum.deliberation.sheets.totals import Totals, totals_with_paper


@dataclass(frozen=True)
class DeskPanel:
    """sheets : how far the counting of vote sheets is, as a sentence"""

    n_slips: int
    sheets: str
    why_not: str


@dataclass(frozen=True)
class PaperRow:
    """An idea with the room's votes by device, the marks on its sheets, and both together."""

    idea: TableIdea
    paper: PaperTotals
    total: Totals


@dataclass(frozen=True)
class PagePanel:
    n_sheets: int
    rows: list[PaperRow]


def desk_panel(gathering: Gathering, _actor: Actor) -> DeskPanel:
    return DeskPanel(len(slip_numbers(gathering.id)), _how_far(gathering), why_no_paper(gathering))


def page_panel(gathering: Gathering, _actor: Actor) -> PagePanel | None:
    """Return the accepted count once the gathering is finished: nobody who still votes is swayed by it."""
    if gathering.state is not GatheringState.FINISHED:
        return None
    result = get_result(gathering.id)
    if result is None:
        return None
    tallies = tallies_of(gathering.id)
    rows = []
    for idea in table_of(gathering):
        if (tally := tallies.get(idea.idea_id)) is not None:
            paper = PaperTotals(idea.idea_id, tally.agree, tally.disagree, tally.pass_, 1)
            rows.append(PaperRow(idea, paper, totals_with_paper(idea, paper)))
    return PagePanel(result.n_sheets, rows)


def _how_far(gathering: Gathering) -> str:
    result = get_result(gathering.id)
    if result is not None:
        return _("투표지 %(n)s장, 두 사람이 센 수가 같아요", n=result.n_sheets)
    counts = counts_of(gathering.id)
    if any(one.differs for one in counts):
        return _("두 사람이 센 수가 달라요. 다시 세어야 해요")
    return _("%(n)s명이 세어 넣었어요. 두 사람이 따로 세어요", n=len(counts))
