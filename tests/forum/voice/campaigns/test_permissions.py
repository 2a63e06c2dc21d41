from __future__ import annotations

import pytest

from forum.core.access import Role
from forum.voice.campaigns.permissions import can_manage_campaigns


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.name)
def test_only_admins_and_the_system_manage_campaigns(make, role):
    assert can_manage_campaigns(make.actor(role)) is (role in {Role.ADMIN, Role.SYSTEM})
