from __future__ import annotations

import pytest

from forum.analysis.themes.models import ThemeState
from forum.analysis.themes.permissions import can_make_themes, can_read_runs, can_read_theme, can_start_run
from forum.core.access import Role

MAY = {
    #                      start  read   make
    Role.ANONYMOUS: (False, False, False),
    Role.GUEST: (False, False, False),
    Role.CITIZEN: (False, False, False),
    Role.FACILITATOR: (False, False, False),
    Role.ANALYST: (True, True, True),
    Role.MINISTRY_OFFICER: (False, False, False),
    Role.COUNCIL_MEMBER: (False, False, False),
    Role.ADMIN: (True, False, False),
    Role.SYSTEM: (True, True, False),
}


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.name)
def test_who_may_do_what(make, role):
    actor = make.actor(role)
    assert (can_start_run(actor), can_read_runs(actor), can_make_themes(actor)) == MAY[role]


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.name)
def test_decisions_are_public_and_drafts_are_the_analysts(make, role):
    actor = make.actor(role)
    assert can_read_theme(actor, make.theme()) is (role is Role.ANALYST)
    assert can_read_theme(actor, make.theme(state=ThemeState.APPROVED))
    assert can_read_theme(actor, make.theme(state=ThemeState.REJECTED))
