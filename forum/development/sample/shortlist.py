"""The sample's shortlist: people vote on the ideas with most agreement, and a slate of them is told."""

from __future__ import annotations

from random import Random

from forum.analysis.shortlists.models import Shortlist
from forum.analysis.shortlists.queries import candidates, shortlist_ideas
from forum.analysis.shortlists.services import close_shortlist, count_old_votes, open_shortlist
from forum.core.access import SYSTEM
from forum.development.sample.letters import ANALYST
from forum.development.sample.stage import Stage
from forum.development.sample.voices import opinion_of
from forum.people.accounts.models import Account
from forum.system.jobs.models import Job
from forum.voice.campaigns.models import Campaign
from forum.voice.votes.queries import votes_of
from forum.voice.votes.services import cast_votes

OPENED_DAYS_AGO = 6.5
VOTED_DAYS_AGO = 5.5
CLOSED_DAYS_AGO = 4.5
N_IDEAS, N_PLACES = 10, 3
SHARE_OF_PEOPLE, SHARE_OF_IDEAS = 0.3, 0.9  # who takes part, and what they see of it


def plan_shortlist(stage: Stage, campaign: Campaign) -> list[Job]:
    """Plan the shortlist; once it has been played, the list holds the job that makes its slate."""
    opened: list[Shortlist] = []
    jobs: list[Job] = []
    stage.plan(OPENED_DAYS_AGO, lambda: opened.append(_open(stage, campaign)))
    stage.plan(VOTED_DAYS_AGO, lambda: vote_on(stage, opened[0]))
    stage.plan(CLOSED_DAYS_AGO, lambda: jobs.append(close_shortlist(opened[0], SYSTEM)))
    return jobs


def _open(stage: Stage, campaign: Campaign) -> Shortlist:
    ideas = [idea.id for idea in candidates(campaign)[:N_IDEAS]]
    return open_shortlist(campaign, stage.staff[ANALYST], ideas, N_PLACES)


def vote_on(stage: Stage, shortlist: Shortlist) -> None:
    """Let some people vote, each by the support of their group; a vote they cast before stays and counts."""
    random = Random("votes on the shortlist")  # noqa: S311  (seeded on purpose)
    row_of = {idea.id: stage.rows_by_id[key] for key, idea in stage.ideas.items()}
    listed = [idea.id for idea in shortlist_ideas(shortlist)]
    for account, group in stage.people:
        if random.random() > SHARE_OF_PEOPLE:
            continue
        count_old_votes(shortlist, account)
        _forget_later_votes(stage, account, listed)
        before = votes_of(listed, account)
        new = [idea_id for idea_id in listed if idea_id not in before and random.random() < SHARE_OF_IDEAS]
        if new:
            votes = {idea_id: opinion_of(stage, account, group, row_of[idea_id], random.random()) for idea_id in new}
            cast_votes(votes, account)


def _forget_later_votes(stage: Stage, account: Account, listed: list[int]) -> None:
    """Drop votes that are drawn for a later day: the person votes on these ideas now."""
    theirs = {(idea_id, account.participant.id) for idea_id in listed}
    stage.votes = [vote for vote in stage.votes if (vote["idea_id"], vote["participant_id"]) not in theirs]
