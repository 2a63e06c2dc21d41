from __future__ import annotations

import pytest

from forum.core.access import ANONYMOUS
from forum.deliberation.gatherings.queries import helper_ids
from forum.deliberation.kits.permissions import can_print_kit
from forum.deliberation.sheets.permissions import can_count_sheets, can_reopen_count, can_type_slips
from forum.people.accounts.services import revoke_role
from forum.people.passes.actor import guest_of

BY_HELPERS = (can_type_slips, can_count_sheets, can_print_kit)


@pytest.fixture
def people(make):
    gathering = make.gathering(state="RUNNING")
    makers = {name: getattr(make, name) for name in ("citizen", "facilitator", "analyst", "admin")}
    found = {name: maker() for name, maker in makers.items()}
    found |= {"visitor": ANONYMOUS, "guest": guest_of(make.entry(gathering).guest_pass)}
    return gathering, found | {"organiser": gathering.organiser, "helper": make.helper(gathering)}


@pytest.mark.parametrize("may", BY_HELPERS)
def test_the_organiser_and_helpers_do_what_is_with_paper(people, may):
    gathering, found = people

    allowed = {name for name, actor in found.items() if may(actor, gathering, helper_ids(gathering.id))}

    assert allowed == {"organiser", "helper"}


def test_only_the_organiser_has_an_accepted_count_made_again(people):
    gathering, found = people

    assert {name for name, actor in found.items() if can_reopen_count(actor, gathering)} == {"organiser"}


@pytest.mark.parametrize("may", BY_HELPERS)
def test_a_role_that_was_taken_away_ends_it(people, make, may):
    gathering, found = people
    revoke_role(found["organiser"], make.admin())
    child = make.helper(gathering, make.child())

    assert not may(found["organiser"], gathering, helper_ids(gathering.id))
    assert not may(child, gathering, helper_ids(gathering.id))
