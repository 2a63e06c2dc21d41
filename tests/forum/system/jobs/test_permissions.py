from __future__ import annotations

import pytest

from forum.core.access import Role
from forum.system.jobs.permissions import can_cancel_job, can_see_jobs

ALLOWED = {Role.ANALYST, Role.ADMIN, Role.SYSTEM}


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.name)
def test_who_sees_and_cancels_jobs(make, role):
    actor = make.actor(role)
    assert can_see_jobs(actor) is (role in ALLOWED)
    assert can_cancel_job(actor) is (role in ALLOWED)
