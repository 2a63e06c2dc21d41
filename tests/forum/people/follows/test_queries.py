from __future__ import annotations

from forum.analysis.themes.follows import theme_followers
from forum.analysis.themes.models import ThemeState
from forum.core.access import Role
from forum.core.extensions import db
from forum.people.follows.queries import FEWEST_SHOWN, follow_state, followers_of, follows_of
from forum.voice.ideas.models import IdeaState


def test_a_person_is_one_follower_however_much_of_it_they_follow(make):
    campaign, account, other = make.campaign(), make.citizen(), make.citizen()
    ideas = [make.idea(campaign), make.idea(campaign)]
    theme, ministry = make.theme(campaign, ideas, state=ThemeState.APPROVED), make.ministry()
    for thing in (*ideas, theme, ministry):
        make.follow(account, thing)
    make.follow(other, make.idea(campaign))  # not in the theme
    assert theme_followers(theme.id, [ministry.id]) == [account.id]
    assert theme_followers(theme.id, [make.ministry().id]) == [account.id]
    assert followers_of({}) == []


def test_followers_of_a_campaign_hear_of_all_its_themes(make):
    campaign, account = make.campaign(), make.citizen()
    make.follow(account, campaign)
    theme, elsewhere = make.theme(campaign, [make.idea(campaign)]), make.theme(make.campaign())
    assert theme_followers(theme.id) == [account.id]
    assert theme_followers(elsewhere.id) == []


def test_a_hidden_or_withdrawn_idea_sends_nothing(make):
    idea, account = make.idea(), make.citizen()
    theme = make.theme(idea.campaign, [idea], state=ThemeState.APPROVED)
    make.follow(account, idea)
    for state, heard in ((IdeaState.HIDDEN, []), (IdeaState.WITHDRAWN, []), (IdeaState.OPEN, [account.id])):
        idea.state = state
        db.session.flush()
        assert theme_followers(theme.id) == heard


def test_nobody_hears_who_may_not_take_part_now(make):
    idea = make.idea()
    for account in (make.child(), make.citizen(active=False), make.citizen(confirmed=False)):
        make.follow(account, idea)
    assert followers_of({"idea": [idea.id]}) == []


def test_followers_of_a_merged_theme_hear_of_its_target(make):
    campaign, account = make.campaign(), make.citizen()
    target = make.theme(campaign, state=ThemeState.APPROVED)
    between = make.theme(campaign, [], state=ThemeState.MERGED, merged_into_id=target.id)
    merged = make.theme(campaign, [], state=ThemeState.MERGED, merged_into_id=between.id)
    make.follow(account, merged)
    assert theme_followers(target.id) == [account.id]
    assert theme_followers(between.id) == [account.id]
    assert theme_followers(make.theme(campaign).id) == []


def test_few_followers_are_not_counted_on_the_page(make, count_queries):
    idea, reader = make.idea(), make.citizen()
    for _ in range(FEWEST_SHOWN - 1):
        make.follow(make.citizen(), idea)
    assert follow_state("idea", idea.id, reader).n_followers is None
    make.follow(reader, idea)
    state = follow_state("idea", idea.id, reader)
    assert (state.n_followers, state.is_following, state.may_follow) == (FEWEST_SHOWN, True, True)
    assert count_queries(lambda: follow_state("idea", idea.id, reader)) == 1


def test_a_visitor_costs_no_statement_and_learns_no_number(make, count_queries):
    idea, visitor = make.idea(), make.actor(Role.ANONYMOUS)
    for _ in range(FEWEST_SHOWN):
        make.follow(make.citizen(), idea)
    assert follow_state("idea", idea.id, visitor).n_followers is None
    assert count_queries(lambda: follow_state("idea", idea.id, visitor)) == 0


def test_ones_own_list_gives_no_hidden_title_away(make, count_queries):
    account, other = make.citizen(), make.citizen()
    hidden, theme, ministry = make.idea(title="비밀 제목"), make.theme(), make.ministry()
    for thing in (hidden, make.idea(), theme, ministry):
        make.follow(account, thing)
    make.follow(other, make.idea())
    hidden.state = IdeaState.HIDDEN
    db.session.flush()
    lines = {(line.kind.code, line.object_id): line for line in follows_of(account.id)}
    assert len(lines) == 4
    assert (lines["idea", hidden.id].title, lines["idea", hidden.id].path) == ("", "")
    assert lines["theme", theme.id].path == ""  # a draft is not public
    assert lines["ministry", ministry.id].title == ministry.name
    db.session.expire_all()
    assert count_queries(lambda: follows_of(account.id)) <= 4 + 2
