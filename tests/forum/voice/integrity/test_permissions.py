from __future__ import annotations

import pytest

from forum.core.access import Role
from forum.voice.integrity.permissions import (
    can_decide_objection,
    can_judge_votes,
    can_object,
    can_see_findings,
)

MODERATORS = {Role.ANALYST, Role.ADMIN}


@pytest.mark.parametrize("role", list(Role))
def test_only_moderators_see_findings_and_judge_votes(make, role):
    actor = make.actor(role)
    assert can_see_findings(actor) is (role in MODERATORS)
    assert can_judge_votes(actor, make.citizen().participant.id) is (role in MODERATORS)


def test_nobody_judges_their_own_votes(make):
    analyst = make.analyst()
    assert not can_judge_votes(analyst, analyst.participant.id)


def test_only_the_person_objects(make):
    person = make.citizen()
    case = make.exclusion(make.campaign(), person)
    assert can_object(person, case)
    assert not any(can_object(other, case) for other in (make.citizen(), make.analyst(), make.actor(Role.SYSTEM)))


@pytest.mark.parametrize(("others", "allowed"), [(0, True), (1, False)])
def test_who_excluded_decides_only_where_there_is_nobody_else(make, others, allowed):
    analyst = make.analyst()
    case = make.exclusion(make.campaign(), make.citizen(), decided_by_id=analyst.id)
    assert can_decide_objection(analyst, case, others) is allowed
    assert can_decide_objection(make.admin(), case, 1)
    assert not can_decide_objection(make.actor(Role.SYSTEM), case, 0)
