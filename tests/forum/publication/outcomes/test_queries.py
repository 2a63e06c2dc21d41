from __future__ import annotations

from dataclasses import astuple, replace

from forum.administration.operations import outcomes as checks
from forum.administration.operations.outcomes import arguments, recount
from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.extensions import db
from forum.publication.outcomes.queries import arguments_page, kept_as_rated, outcome_shares
from forum.publication.outcomes.shares import KeptAsRated, OutcomeShares, added
from forum.response.referrals.models import Decision
from forum.voice.ideas.models import IdeaState
from tests.forum.publication.outcomes.random_forums import random_forum


def test_copies_are_one_argument_and_count_with_all_their_people(make, count_queries):
    campaign, voter = make.campaign(), make.citizen()
    quoted, copy, merged, hidden, alone, imported = (make.idea(campaign) for _ in range(6))
    imported.author_id, imported.external_id = None, "x1"
    declined = make.idea(campaign)
    for idea in (quoted, copy, alone):
        make.vote(idea, voter)
    make.vote(copy, make.citizen(), -1)
    make.vote(merged, db.session.merge(quoted.author.account))
    letter = make.referral(make.theme(campaign, [quoted, hidden], state=ThemeState.APPROVED))
    done = {"is_closed": True, "percent_done": 100, "finished_on": clock.today()}
    milestone = make.milestone(make.answer(letter, decision=Decision.PARTLY), **done)
    make.milestone(
        make.answer(
            make.referral(make.theme(campaign, [declined], state=ThemeState.APPROVED)), decision=Decision.ALREADY
        )
    )
    make.run(campaign, [[quoted, copy, hidden]], copies={copy.id: hidden.id, hidden.id: quoted.id})
    merged.state, merged.merged_into_id, hidden.state = IdeaState.MERGED, copy.id, IdeaState.HIDDEN
    db.session.flush()
    shares = outcome_shares([campaign.id])[campaign.id]
    # Quoted, copy and merged, with their authors and the voter, who agrees with two; alone, imported, declined.
    assert shares == OutcomeShares(4, 1, 1, 4 + 2 + 1 + 1, 4, 4)
    assert (shares.kept, shares.kept_by_people) == (1 / 4, 4 / 8)
    assert recount(campaign.id) == shares
    assert not arguments().differences
    [listed] = arguments_page(campaign.id, True, 1).items
    assert (listed.idea_id, listed.n_more, listed.step, listed.day) == (quoted.id, 2, milestone.title, clock.today())
    assert count_queries(lambda: outcome_shares([campaign.id])) == 2
    assert kept_as_rated([campaign.id])[campaign.id] == KeptAsRated()
    round = make.rating_round(milestone)
    for _ in range(5):
        make.rating(round, helps=3)
    assert kept_as_rated([campaign.id])[campaign.id] == KeptAsRated(1, 1)


def test_random_forums_are_counted_as_by_walking_through_them(make, monkeypatch):
    people = [make.citizen() for _ in range(6)]
    campaigns = [random_forum(make, seed, people) for seed in range(5)]
    counted = outcome_shares([one.id for one in campaigns])
    again = {one.id: recount(one.id) for one in campaigns}
    assert counted == again
    assert all(astuple(added(again.values()))), "the draw has some of each"
    finding = arguments()
    assert (finding.n_checked, finding.differences) == (5, [])
    wrong = counted | {campaigns[3].id: replace(counted[campaigns[3].id], n_kept=99)}
    monkeypatch.setattr(checks, "outcome_shares", lambda _ids: wrong)
    [line] = arguments().differences
    assert str(campaigns[3].id) in line
    assert "99" in line


def test_nothing_is_counted_where_there_is_nothing():
    assert added([]) == OutcomeShares()
    assert OutcomeShares().kept is None
