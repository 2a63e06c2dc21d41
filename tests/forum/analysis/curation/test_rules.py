"""What a theme's state allows: the table in docs/desk.md, and what the page of a theme offers."""

from __future__ import annotations

import pytest

from forum.analysis.curation.models import EditKind, Proposal, ProposalKind
from forum.analysis.curation.rules import RULES, Acceptance, acceptance, available_actions
from forum.analysis.themes.models import DECIDED_STATES, Theme, ThemeState
from forum.core import clock
from tests.project.source import ROOT

OTHER_ROWS = {EditKind.REOPEN, EditKind.DISMISS_PROPOSAL}
ROWS = [set(EditKind) - OTHER_ROWS, {EditKind.REOPEN}, {EditKind.DISMISS_PROPOSAL}]
"""The kinds of edit that each row of the table is about, in its order."""
COLUMNS = [
    {(ThemeState.DRAFT, False)},
    {(state, False) for state in DECIDED_STATES},
    {(ThemeState.APPROVED, True)},
    {(ThemeState.MERGED, False), (ThemeState.UNMADE, False)},
]
"""State and whether it was sent, by column."""


def theme(state: ThemeState, is_sent: bool = False) -> Theme:
    return Theme(state=state, frozen_at=clock.now() if is_sent else None)


def documented() -> list[list[str]]:
    """The table's cells without head and first column."""
    section = (ROOT / "docs/desk.md").read_text(encoding="utf-8").split("## Edits")[1]
    lines = [line for line in section.split("\n") if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")][1:] for line in lines[2:]]


def test_the_documented_table_says_what_the_rules_allow():
    table = documented()
    assert len(table) == len(ROWS)
    for kinds, cells in zip(ROWS, table, strict=True):
        for kind in kinds:
            allowed = [all(RULES[kind].allows(theme(*each)) for each in column) for column in COLUMNS]
            forbidden = [not any(RULES[kind].allows(theme(*each)) for each in column) for column in COLUMNS]
            assert allowed == [cell == "yes" for cell in cells], kind
            assert forbidden == [cell != "yes" for cell in cells], kind


@pytest.mark.parametrize(
    ("state", "is_sent", "expected"),
    [
        (ThemeState.DRAFT, False, (True, False, False)),
        (ThemeState.APPROVED, False, (False, True, True)),
        (ThemeState.APPROVED, True, (False, False, True)),
        (ThemeState.REJECTED, False, (False, True, False)),
        (ThemeState.OUT_OF_SCOPE, False, (False, True, False)),
        (ThemeState.MERGED, False, (False, False, False)),
        (ThemeState.UNMADE, False, (False, False, False)),
    ],
)
def test_what_a_page_offers(state, is_sent, expected):
    actions = available_actions(theme(state, is_sent))
    assert (actions.can_edit, actions.can_reopen, actions.can_forward) == expected


@pytest.mark.parametrize(
    ("kind", "state", "is_sent", "expected"),
    [
        (ProposalKind.GONE, ThemeState.DRAFT, False, Acceptance.NOTHING),
        (ProposalKind.NEW_IDEAS, ThemeState.DRAFT, False, Acceptance.EDIT),
        (ProposalKind.NEW_IDEAS, ThemeState.APPROVED, True, Acceptance.FOLLOW_UP),
        (ProposalKind.NEW_IDEAS, ThemeState.APPROVED, False, Acceptance.REOPEN_FIRST),
        (ProposalKind.DRIFT, ThemeState.APPROVED, True, Acceptance.REOPEN_FIRST),
        (ProposalKind.MERGED, ThemeState.REJECTED, False, Acceptance.REOPEN_FIRST),
    ],
)
def test_what_accepting_a_proposal_would_do(kind, state, is_sent, expected):
    assert acceptance(Proposal(kind=kind, theme=theme(state, is_sent))) is expected
