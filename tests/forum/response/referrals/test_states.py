"""The table of states: complete, equal to its diagram, and with a message for each refusal."""

from __future__ import annotations

from datetime import date
from itertools import product
from pathlib import Path

import pytest

from forum.core.errors import WrongState
from forum.response.referrals.models import AssignmentState, EventType
from forum.response.referrals.states import (
    NOT_TRANSITIONS,
    TRANSITIONS,
    acts_from,
    days_stopped,
    state_diagram,
    transition_for,
)

ROOT = Path(__file__).resolve().parents[4]
ALLOWED = {(transition.start, transition.act): transition.end for transition in TRANSITIONS}


@pytest.mark.parametrize(
    ("state", "act"), list(product(AssignmentState, [act for act in EventType if act not in NOT_TRANSITIONS]))
)
def test_every_arrow_leads_where_the_table_says_and_every_other_is_refused_in_words(state, act):
    if (state, act) in ALLOWED:
        assert transition_for(state, act).end is ALLOWED[state, act]
        return
    with pytest.raises(WrongState) as refused:
        transition_for(state, act)
    assert refused.value.message.endswith(".")
    assert len(refused.value.message) > 8


def test_the_way_of_the_brief_is_walkable():
    way = [
        (None, EventType.SENT),
        (AssignmentState.SENT, EventType.RECEIVED),
        (AssignmentState.ACKNOWLEDGED, EventType.CORRECTION_ASKED),
        (AssignmentState.CORRECTION, EventType.CORRECTION_GIVEN),
        (AssignmentState.REVIEWING, EventType.ANSWERED),
        (AssignmentState.ANSWERED, EventType.REEXAMINATION_ASKED),
        (AssignmentState.REEXAMINING, EventType.ANSWERED),
        (AssignmentState.ANSWERED, EventType.DELIVERY_STARTED),
        (AssignmentState.DELIVERING, EventType.COMPLETED),
    ]
    ends = [transition_for(state, act).end for state, act in way]
    assert ends == [state for state, _act in way[1:]] + [AssignmentState.COMPLETED]
    assert ALLOWED[AssignmentState.ACKNOWLEDGED, EventType.TRANSFERRED] is AssignmentState.TRANSFERRED


def test_every_state_is_reached_and_only_two_are_the_end():
    assert {transition.end for transition in TRANSITIONS} == set(AssignmentState)
    assert {state for state in AssignmentState if not acts_from(state)} == {
        AssignmentState.TRANSFERRED,
        AssignmentState.COMPLETED,
    }


def test_the_drawing_in_the_docs_is_the_tables_own():
    assert state_diagram() in (ROOT / "docs" / "referral-states.md").read_text(encoding="utf-8")


def test_the_command_prints_the_drawing(app):
    assert app.test_cli_runner().invoke(args=["referrals", "states"]).output == state_diagram()


@pytest.mark.parametrize(
    ("today", "days"),
    [(date(2026, 11, 10), 0), (date(2026, 11, 13), 3), (date(2026, 11, 16), 6), (date(2026, 11, 30), 6)],
)
def test_a_clock_never_stands_longer_than_was_said(today, days):
    assert days_stopped(date(2026, 11, 10), date(2026, 11, 15), today) == days
