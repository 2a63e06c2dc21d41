from __future__ import annotations

import pytest

from forum.core.access import ANONYMOUS
from forum.deliberation.gatherings.permissions import (
    can_copy,
    can_hand_over,
    can_help,
    can_manage,
    can_name_helpers,
    can_open_gathering,
    can_register,
    can_see_desk,
)

ACTS = ("open", "manage", "hand over", "name helpers", "help", "see the desk", "copy", "register")
MAY = {
    "visitor": set(),
    "citizen": {"register"},
    "facilitator": {"open", "copy", "register"},
    "organiser": {*ACTS},
    "helper": {"help", "see the desk", "register"},
    "unconfirmed helper": set(),
    "analyst": set(),
    "helping analyst": set(),
    "officer": set(),
    "council_member": set(),
    "admin": {"manage", "see the desk"},
    "child": set(),
    "child with consent": {"register"},
}


@pytest.mark.parametrize("who", MAY)
def test_who_may_do_what(make, who):
    gathering, finished = make.gathering(), make.gathering(state="FINISHED")
    people = {
        "visitor": lambda: ANONYMOUS,
        "organiser": lambda: gathering.organiser,
        "helper": make.citizen,
        "unconfirmed helper": lambda: make.citizen(confirmed=False),
        "helping analyst": make.analyst,
        "child with consent": lambda: make.child(waits_for_consent=False),
    }
    actor = people.get(who, getattr(make, who.split()[0], None))()
    helpers = frozenset({actor.id}) if "help" in who else frozenset()
    answers = {
        "open": can_open_gathering(actor),
        "manage": can_manage(actor, gathering),
        "hand over": can_hand_over(actor, gathering),
        "name helpers": can_name_helpers(actor, gathering),
        "help": can_help(actor, gathering, helpers),
        "see the desk": can_see_desk(actor, gathering, helpers),
        "copy": can_copy(actor, finished),
        "register": can_register(actor),
    }
    assert {act for act, allowed in answers.items() if allowed} == MAY[who]
