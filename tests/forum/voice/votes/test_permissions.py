from __future__ import annotations

import pytest

from forum.core.access import Role
from forum.voice.votes.permissions import can_vote, why_not_vote

VOTERS = {Role.CITIZEN, Role.FACILITATOR, Role.GUEST}


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.name)
def test_who_may_vote(make, role):
    actor = make.actor(role)
    assert can_vote(actor) is (role in VOTERS)
    assert bool(why_not_vote(actor)) is (role not in VOTERS)


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.ANONYMOUS, Role.GUEST, Role.SYSTEM}])
def test_an_unconfirmed_address_does_not_vote(make, role):
    actor = make.account(role, confirmed=False)
    assert not can_vote(actor)
    assert why_not_vote(actor)


def test_a_child_votes_once_a_guardian_has_consented(make):
    assert not can_vote(make.child())
    assert "보호자" in why_not_vote(make.child())
    assert can_vote(make.child(waits_for_consent=False))
