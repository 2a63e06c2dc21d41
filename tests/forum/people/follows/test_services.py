from __future__ import annotations

from functools import partial

import pytest
import sqlalchemy as sa

from forum.analysis.themes.models import ThemeState
from forum.core.access import Role
from forum.core.errors import Forbidden, NotFound, WrongState
from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.people.follows import services
from forum.people.follows.models import Follow
from forum.people.follows.registry import FOLLOW_KINDS
from forum.people.follows.services import follow, stop_following
from forum.voice.ideas.models import IdeaState
from tests.races import act_elsewhere, at_once

ROLES = [role for role in Role if role not in {Role.ANONYMOUS, Role.GUEST, Role.SYSTEM}]


def followed(account):
    query = sa.select(Follow.kind, Follow.object_id).where(Follow.account_id == account.id)
    return [tuple(row) for row in db.session.execute(query.order_by(Follow.kind))]


def test_everybody_who_may_take_part_follows_ideas_themes_and_ministries_staff_too(make):
    idea, ministry, theme = make.idea(), make.ministry(), make.theme(state=ThemeState.APPROVED)
    for role in ROLES:
        account = make.account(role)
        for code, thing in (("idea", idea), ("theme", theme), ("ministry", ministry)):
            follow(FOLLOW_KINDS[code], thing.id, account)
        assert followed(account) == [("idea", idea.id), ("ministry", ministry.id), ("theme", theme.id)]
        stop_following(FOLLOW_KINDS["theme"], theme.id, account)
        assert followed(account) == [("idea", idea.id), ("ministry", ministry.id)]


def test_visitors_the_unconfirmed_and_waiting_children_do_not_follow(make):
    idea = make.idea()
    for actor in (make.actor(Role.ANONYMOUS), make.citizen(confirmed=False), make.child()):
        with pytest.raises(Forbidden):
            follow(FOLLOW_KINDS["idea"], idea.id, actor)
    with pytest.raises(Forbidden):
        stop_following(FOLLOW_KINDS["idea"], idea.id, make.actor(Role.ANONYMOUS))


def test_doing_it_twice_is_doing_it_once(make):
    account, idea = make.citizen(), make.idea()
    for _ in range(2):
        follow(FOLLOW_KINDS["idea"], idea.id, account)
    assert followed(account) == [("idea", idea.id)]
    for _ in range(2):
        stop_following(FOLLOW_KINDS["idea"], idea.id, account)
    assert followed(account) == []


def test_nobody_begins_to_follow_what_others_cannot_read_but_everybody_may_stop(make):
    account = make.citizen()
    for state in (IdeaState.HIDDEN, IdeaState.WITHDRAWN):
        idea = make.idea()
        follow(FOLLOW_KINDS["idea"], idea.id, account)
        idea.state = state
        db.session.flush()
        with pytest.raises(NotFound):
            follow(FOLLOW_KINDS["idea"], idea.id, make.citizen())
        stop_following(FOLLOW_KINDS["idea"], idea.id, account)
    assert followed(account) == []


def test_a_draft_theme_and_what_does_not_exist_are_not_followed(make):
    for code, object_id in (("theme", make.theme().id), ("idea", 10**9), ("ministry", 10**9)):
        with pytest.raises(NotFound):
            follow(FOLLOW_KINDS[code], object_id, make.citizen())


def test_there_is_a_limit_for_one_person(make, monkeypatch):
    monkeypatch.setattr(services, "MAX_FOLLOWS", 2)
    account, ideas = make.citizen(), [make.idea() for _ in range(3)]
    for idea in (*ideas[:2], ideas[0]):  # the third is no further one
        follow(FOLLOW_KINDS["idea"], idea.id, account)
    with pytest.raises(WrongState):
        follow(FOLLOW_KINDS["idea"], ideas[2].id, account)
    stop_following(FOLLOW_KINDS["idea"], ideas[0].id, account)
    follow(FOLLOW_KINDS["idea"], ideas[2].id, account)


def test_two_requests_at_once_do_not_pass_the_limit_and_a_double_click_counts_once(app, make, monkeypatch):
    monkeypatch.setattr(services, "MAX_FOLLOWS", 1)
    account, first, second = make.citizen(), make.idea(), make.idea()
    ids = first.id, second.id

    def act(object_id):
        follow(FOLLOW_KINDS["idea"], object_id, db.session.get_one(Account, account_id))

    account_id = account.id
    refused = at_once(app, [partial(act, object_id) for object_id in ids])
    assert sorted(type(error).__name__ for error in refused) == ["NoneType", "WrongState"]
    (taken,) = followed(account)
    assert at_once(app, [partial(act, taken[1])] * 2) == [None, None]
    assert followed(account) == [taken]


def test_who_leaves_meanwhile_follows_nothing(app, make):
    account, idea = make.citizen(), make.idea()
    account_id = account.id
    left = sa.update(Account).where(Account.id == account_id).values(active=False)
    act_elsewhere(app, lambda: db.session.execute(left))
    with pytest.raises(WrongState):
        follow(FOLLOW_KINDS["idea"], idea.id, account)
    assert followed(account) == []
