"""Small forums drawn at random: ideas that are merged, copied, hidden; letters with answers, steps and pilots."""

from __future__ import annotations

import random
from typing import Any

from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.extensions import db
from forum.response.pilots.models import PilotDecision, PilotState
from forum.response.referrals.models import AnswerPoint, Decision
from forum.response.shortpath.models import ShortAnswerKind
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import Idea, IdeaState

N_IDEAS = 12


def random_forum(make: Any, seed: int, people: list[Any]) -> Campaign:
    chance = random.Random(seed)
    campaign = make.campaign()
    ideas = [_idea(make, campaign, chance, people) for _ in range(N_IDEAS)]
    for idea in ideas:
        for person in chance.sample(people, chance.randrange(4)):
            make.vote(idea, person, chance.choice((1, 1, 0, -1)))
    for _ in range(chance.randrange(1, 3)):
        _letter(make, campaign, chance, chance.sample(ideas, 3))
    _copies(make, campaign, chance, ideas)
    _end_some(chance, ideas)
    db.session.flush()
    return campaign


def _idea(make: Any, campaign: Campaign, chance: random.Random, people: list[Any]) -> Idea:
    if chance.random() < 0.2:
        return make.idea(campaign, external_id=f"x{chance.random()}")
    return make.idea(campaign, chance.choice(people))


def _copies(make: Any, campaign: Campaign, chance: random.Random, ideas: list[Idea]) -> None:
    pairs = {idea.id: chance.choice(ideas).id for idea in ideas if chance.random() < 0.4}
    copies = {one: other for one, other in pairs.items() if one != other}
    make.run(campaign, [ideas], copies=copies, is_current=chance.random() < 0.9)


def _end_some(chance: random.Random, ideas: list[Idea]) -> None:
    ended = [idea for idea in ideas[1:] if chance.random() < 0.4]
    still_open = [idea for idea in ideas if idea not in ended]
    for idea in ended:
        state = chance.choice((IdeaState.MERGED, IdeaState.MERGED, IdeaState.HIDDEN, IdeaState.WITHDRAWN))
        idea.state = state
        idea.merged_into_id = chance.choice(still_open).id if state is IdeaState.MERGED else None


def _letter(make: Any, campaign: Campaign, chance: random.Random, ideas: list[Idea]) -> None:
    referral = make.referral(make.theme(campaign, ideas, state=ThemeState.APPROVED))
    if chance.random() < 0.2:
        return
    if chance.random() < 0.4:
        make.short_answer(kind := chance.choice(list(ShortAnswerKind)), referral=referral)
        if kind is ShortAnswerKind.PILOT:
            state, decision = chance.choice(
                [(PilotState.PLANNED, None), (PilotState.RUNNING, None), (PilotState.RUNNING, PilotDecision.STOP)]
            )
            make.walked_pilot(referral, state, decision)
        return
    answer = make.answer(referral, decision=chance.choice(list(Decision)), published_at=None)
    for idea in ideas[:2]:
        if chance.random() < 0.5:
            decision = chance.choice([None, *Decision])
            db.session.add(AnswerPoint(answer_id=answer.id, idea_id=idea.id, text="이렇게 할게요.", decision=decision))
    for _ in range(chance.randrange(3)):
        is_closed = chance.random() < 0.4
        done = {"is_closed": True, "percent_done": 100, "finished_on": clock.today()} if is_closed else {}
        make.milestone(answer, **done)
    db.session.flush()
    answer.approved_by_id, answer.published_at = make.approver(referral.lead.ministry).id, clock.now()
    make._publish(referral, answer)
    db.session.flush()
    db.session.refresh(referral)
