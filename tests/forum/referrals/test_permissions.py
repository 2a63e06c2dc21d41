from __future__ import annotations

import pytest

from forum.access import Role
from forum.referrals.permissions import can_answer, can_forward, can_read_letter, can_use_ministry_desk, is_own_referral

MAY = {
    #                      forward letter desk
    Role.ANONYMOUS: (False, False, False),
    Role.CITIZEN: (False, False, False),
    Role.FACILITATOR: (False, False, False),
    Role.ANALYST: (True, True, False),
    Role.MINISTRY_OFFICER: (False, False, True),
    Role.COUNCIL_MEMBER: (False, True, False),
    Role.ADMIN: (False, False, False),
    Role.SYSTEM: (False, False, False),
}


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.name)
def test_who_may_do_what_with_somebody_elses_referral(make, role):
    actor, referral = make.actor(role), make.referral()
    assert (can_forward(actor), can_read_letter(actor, referral), can_use_ministry_desk(actor)) == MAY[role]
    assert not can_answer(actor, referral)
    assert not is_own_referral(actor, referral)


def test_the_officer_of_the_leading_ministry_answers(make):
    referral = make.referral()
    officer = make.officer(referral.lead.ministry)
    assert can_answer(officer, referral)
    assert can_read_letter(officer, referral)


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.name)
def test_the_letter_is_public_with_the_answer(make, role):
    referral = make.answer().referral
    assert can_read_letter(make.actor(role), referral)
