"""The sample's organised votes: one person's twelve accounts, found in the votes and excluded by the analyst."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.core.i18n import _l
from forum.development.sample.letters import ANALYST
from forum.development.sample.people import create_lookalike
from forum.development.sample.stage import Stage
from forum.people.accounts.models import Account
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import IdeaState
from forum.voice.integrity.models import FindingKind, VoteFinding
from forum.voice.integrity.services import exclude_people, object_to
from forum.voice.votes.models import AGREE, DISAGREE

MADE_DAYS_AGO = 2.7
N_ACCOUNTS, N_IDEAS = 12, 20
BETWEEN_ACCOUNTS, BETWEEN_VOTES = timedelta(minutes=4), timedelta(seconds=1)
WORDS = _l("한 시간 안에 만든 계정 열두 개가 제안 스무 건에 하나도 다르지 않게, 읽을 틈 없이 투표했어요.")
OBJECTION = _l("동아리 친구들과 함께 가입해서 의논하고 투표했어요. 저마다 한 사람이에요.")


def plan_organised_votes(stage: Stage, campaign: Campaign) -> list[Account]:
    """Plan twelve accounts and their votes; once it has been played, the list holds the accounts."""
    accounts: list[Account] = []
    stage.plan(MADE_DAYS_AGO, lambda: _vote_alike(stage, campaign, accounts))
    return accounts


def _vote_alike(stage: Stage, campaign: Campaign, accounts: list[Account]) -> None:
    """Make the accounts one after the other, and let each vote by the same list an hour later."""
    begin = clock.now()
    ideas = [
        idea.id for idea in stage.ideas.values() if idea.campaign_id == campaign.id and idea.state is IdeaState.OPEN
    ]
    votes = {idea_id: AGREE if n % 3 == 0 else DISAGREE for n, idea_id in enumerate(sorted(ideas)[:N_IDEAS])}
    for n in range(N_ACCOUNTS):
        with clock.at(begin + n * BETWEEN_ACCOUNTS):
            accounts.append(create_lookalike(n + 1))
    for n, account in enumerate(accounts):
        first = begin + timedelta(hours=1) + n * BETWEEN_ACCOUNTS
        stage.votes += [
            {
                "idea_id": idea_id,
                "participant_id": account.participant.id,
                "value": value,
                "at": first + m * BETWEEN_VOTES,
            }
            for m, (idea_id, value) in enumerate(votes.items())
        ]  # written at the end of the day, with those of others


def exclude_organised_votes(stage: Stage, campaign: Campaign, accounts: list[Account]) -> int:
    """Let the analyst exclude the votes that are alike, and one of the twelve object. The votes were looked at before.

    :return: how many people's votes were excluded
    """
    query = sa.select(VoteFinding).where(
        VoteFinding.campaign_id == campaign.id, VoteFinding.kind == FindingKind.SAME_PATTERN
    )
    finding = db.session.scalars(query).one()
    own = {account.participant.id: account for account in accounts}
    people = [person.participant_id for person in finding.people if person.participant_id in own]
    cases = exclude_people(finding, stage.staff[ANALYST], people, "MANY_ACCOUNTS", str(WORDS))
    object_to(cases[0], own[cases[0].participant_id], str(OBJECTION))
    return len(cases)
