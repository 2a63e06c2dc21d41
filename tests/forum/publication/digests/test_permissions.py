from __future__ import annotations

import pytest

from forum.core.access import Role
from forum.publication.digests.permissions import can_build_digest

MAY_BUILD = {Role.ANALYST, Role.MINISTRY_OFFICER, Role.COUNCIL_MEMBER, Role.SYSTEM}


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.name)
def test_who_may_order_a_digest(make, role):
    assert can_build_digest(make.actor(role)) is (role in MAY_BUILD)
