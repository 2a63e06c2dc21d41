from __future__ import annotations

import pytest

from forum.core.access import Role
from forum.voice.moderation.permissions import can_decide_appeal, can_hide, can_moderate, can_report, why_not_report

ROLES = list(Role)
REPORTERS = {Role.CITIZEN, Role.FACILITATOR, Role.ANALYST, Role.COUNCIL_MEMBER}


@pytest.mark.parametrize("role", ROLES)
def test_who_reports_and_who_decides(make, role):
    actor, idea = make.actor(role), make.idea()
    assert can_report(actor, idea) is (role in REPORTERS)
    assert bool(why_not_report(actor, idea)) is (role not in REPORTERS)
    assert can_moderate(actor) is (role in {Role.ANALYST, Role.ADMIN})
    assert can_hide(actor, idea) is (role in {Role.ANALYST, Role.ADMIN, Role.SYSTEM})


def test_not_before_the_address_is_confirmed(make):
    assert not can_report(make.citizen(confirmed=False), make.idea())


def test_nobody_decides_about_their_own_words(make):
    analyst = make.analyst()
    comment = make.comment(author=analyst)
    assert not can_hide(analyst, comment)
    assert not can_report(analyst, comment)


@pytest.mark.parametrize(("others", "allowed"), [(0, True), (1, False)])
def test_who_hid_it_decides_only_where_there_is_nobody_else(make, others, allowed):
    analyst = make.analyst()
    hiding = make.hiding(make.idea(), hidden_by_id=analyst.id)
    assert can_decide_appeal(analyst, hiding, others) is allowed
    assert can_decide_appeal(make.admin(), hiding, 1)
