from __future__ import annotations

import pytest

from forum.core.access import Role
from forum.system.notices.permissions import can_resend_mail, can_see_undelivered_mail

ALLOWED = {Role.ADMIN, Role.SYSTEM}


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.name)
def test_who_sees_undelivered_mail_and_sends_it_again(make, role):
    actor = make.actor(role)
    assert can_see_undelivered_mail(actor) is (role in ALLOWED)
    assert can_resend_mail(actor) is (role in ALLOWED)
