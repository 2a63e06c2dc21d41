from __future__ import annotations

import pytest

from forum.core.access import Role
from forum.people.accounts.permissions import (
    can_add_account,
    can_edit_profile,
    can_grant_role,
    can_see_accounts,
    may_take_part,
    why_not_take_part,
)

MANAGERS = {Role.ADMIN, Role.SYSTEM}


@pytest.mark.parametrize("role", Role)
def test_who_may_do_what_with_others_accounts(make, role):
    actor, other = make.actor(role), make.citizen()
    allowed = role in MANAGERS
    assert can_see_accounts(actor) is allowed
    assert can_add_account(actor) is allowed
    assert can_grant_role(actor, other) is allowed
    assert can_edit_profile(actor, other) is False


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.ANONYMOUS, Role.GUEST, Role.SYSTEM}])
def test_who_may_do_what_with_their_own_account(make, role):
    account = make.account(role)
    assert can_grant_role(account, account) is False
    assert can_edit_profile(account, account) is True


@pytest.mark.parametrize(
    ("confirmed", "waits", "allowed", "words"),
    [
        (True, False, True, ""),
        (False, False, False, "이메일"),
        (True, True, False, "보호자"),
        (False, True, False, "이메일"),
    ],
)
def test_taking_part_needs_a_confirmed_address_and_for_a_child_a_guardian(make, confirmed, waits, allowed, words):
    child = make.child(confirmed=confirmed, waits_for_consent=waits)
    assert may_take_part(child) is allowed
    assert (words in why_not_take_part(child)) if words else why_not_take_part(child) == ""


@pytest.mark.parametrize("role", [Role.ANONYMOUS, Role.SYSTEM])
def test_nobody_without_an_account_takes_part(make, role):
    assert not may_take_part(make.actor(role))
    assert why_not_take_part(make.actor(role))
