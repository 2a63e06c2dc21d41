from __future__ import annotations

import pytest

from forum.core.errors import NotFound
from forum.core.i18n import _l
from forum.people.follows.kinds import FollowedMinistry
from forum.people.follows.registry import FOLLOW_KINDS, follow_kind_named, register_follow_kind


@pytest.mark.usefixtures("app")
def test_each_kind_is_there_once_and_found_by_its_name():
    assert set(FOLLOW_KINDS) >= {"ministry", "idea", "theme"}
    register_follow_kind(FollowedMinistry())
    assert follow_kind_named("ministries") is FOLLOW_KINDS["ministry"]
    with pytest.raises(NotFound):
        follow_kind_named("votes")


@pytest.mark.usefixtures("app")
def test_two_kinds_with_one_name_are_refused():
    class Impostor(FollowedMinistry):
        code, label = "other", _l("소관부처")

    with pytest.raises(ValueError, match="registered already"):
        register_follow_kind(Impostor())
