"""Permissions on a letter for every role: on another ministry's letter, and on the own ministry's."""

from __future__ import annotations

import pytest

from forum.core.access import Role
from forum.response.answers.permissions import can_approve_draft
from forum.response.referrals.permissions import (
    can_answer,
    can_approve,
    can_ask_reexamination,
    can_forward,
    can_give_correction,
    can_read_letter,
    can_read_quoted_words,
    can_use_ministry_desk,
    is_own_referral,
)

MAY = {
    #                      forward letter desk  correct
    Role.ANONYMOUS: (False, False, False, False),
    Role.GUEST: (False, False, False, False),
    Role.CITIZEN: (False, False, False, False),
    Role.FACILITATOR: (False, False, False, False),
    Role.ANALYST: (True, True, False, True),
    Role.MINISTRY_OFFICER: (False, False, True, False),
    Role.COUNCIL_MEMBER: (False, True, False, False),
    Role.ADMIN: (False, False, False, False),
    Role.SYSTEM: (False, False, False, False),
}


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.name)
def test_who_may_do_what_with_somebody_elses_referral(make, role):
    actor, referral = make.actor(role), make.referral()
    draft = make.answer(make.referral(), published_at=None)
    found = (can_forward(actor), can_read_letter(actor, referral), can_use_ministry_desk(actor))
    assert (*found, can_give_correction(actor)) == MAY[role]
    assert can_read_quoted_words(actor, referral) is MAY[role][1]
    assert not can_answer(actor, referral)
    assert not can_approve(actor, referral)
    assert not is_own_referral(actor, referral)
    assert not can_approve_draft(actor, draft, ())
    assert can_ask_reexamination(actor, {0}) is (role is Role.ANALYST)


def test_the_officer_of_the_leading_ministry_answers(make):
    referral = make.referral()
    officer = make.officer(referral.lead.ministry)
    assert can_answer(officer, referral)
    assert can_read_letter(officer, referral)
    assert not can_approve(officer, referral)


def test_an_approver_approves_colleagues_words_alone(make):
    referral = make.received(make.referral())
    approver, other = make.approver(referral.lead.ministry), make.approver(make.ministry())
    theirs = make.answer(referral, published_at=None)
    assert can_approve_draft(approver, theirs, {theirs.author_id})
    assert not can_approve_draft(other, theirs, {theirs.author_id})
    assert not can_approve_draft(approver, theirs, {theirs.author_id, approver.id})


def test_authors_of_the_letter_may_ask_for_a_re_examination(make):
    author, stranger = make.citizen(), make.citizen()
    assert can_ask_reexamination(author, {author.participant_id})
    assert not can_ask_reexamination(stranger, {author.participant_id})


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.name)
def test_the_letter_is_public_with_the_answer(make, role):
    referral = make.answer().referral
    assert can_read_letter(make.actor(role), referral)
