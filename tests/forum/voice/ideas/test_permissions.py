from __future__ import annotations

import pytest

from forum.core.access import Role
from forum.voice.ideas.models import IdeaState
from forum.voice.ideas.permissions import (
    can_change,
    can_comment,
    can_import,
    can_propose,
    can_read_body,
    why_not_comment,
    why_not_propose,
)

MAY = {
    #                      propose comment import
    Role.ANONYMOUS: (False, False, False),
    Role.GUEST: (True, False, False),
    Role.CITIZEN: (True, True, False),
    Role.FACILITATOR: (True, True, False),
    Role.ANALYST: (False, True, True),
    Role.MINISTRY_OFFICER: (False, False, False),
    Role.COUNCIL_MEMBER: (False, True, False),
    Role.ADMIN: (False, False, True),
    Role.SYSTEM: (False, False, True),
}


def test_the_table_names_every_role():
    assert set(MAY) == set(Role)


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.name)
def test_who_may_do_what(make, role):
    actor = make.actor(role)
    assert (can_propose(actor), can_comment(actor), can_import(actor)) == MAY[role]
    assert bool(why_not_propose(actor)) is not MAY[role][0]
    assert bool(why_not_comment(actor)) is not MAY[role][1]


def test_a_child_without_consent_counts_for_nothing_and_is_told_why(make):
    child = make.child()
    assert not can_propose(child)
    assert not can_comment(child)
    assert "보호자" in why_not_propose(child)
    assert "보호자" in why_not_comment(child)
    assert can_propose(make.child(waits_for_consent=False))


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.ANONYMOUS, Role.GUEST, Role.SYSTEM}])
def test_an_unconfirmed_address_counts_for_nothing(make, role):
    actor = make.account(role, confirmed=False)
    assert not can_propose(actor)
    assert not can_comment(actor)


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.name)
def test_nobody_changes_somebody_elses_idea(make, role):
    assert not can_change(make.actor(role), make.idea())


def test_one_changes_ones_own_idea_while_it_is_open(make):
    author = make.citizen()
    assert can_change(author, make.idea(author=author))
    assert not can_change(author, make.idea(author=author, state=IdeaState.WITHDRAWN))


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.name)
def test_a_withdrawn_text_is_for_its_author_and_analysts(make, role):
    idea = make.idea(state=IdeaState.WITHDRAWN)
    assert can_read_body(make.actor(role), idea) is (role is Role.ANALYST)
    assert can_read_body(idea.author.account, idea)
