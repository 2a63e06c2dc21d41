from __future__ import annotations

import pytest

from forum.access import Role
from forum.accounts.permissions import can_add_account, can_edit_profile, can_grant_role, can_see_accounts

MANAGERS = {Role.ADMIN, Role.SYSTEM}


@pytest.mark.parametrize("role", Role)
def test_who_may_do_what_with_others_accounts(make, role):
    actor, other = make.actor(role), make.citizen()
    allowed = role in MANAGERS
    assert can_see_accounts(actor) is allowed
    assert can_add_account(actor) is allowed
    assert can_grant_role(actor, other) is allowed
    assert can_edit_profile(actor, other) is False


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.ANONYMOUS, Role.SYSTEM}])
def test_who_may_do_what_with_their_own_account(make, role):
    account = make.account(role)
    assert can_grant_role(account, account) is False
    assert can_edit_profile(account, account) is True
