"""What became of the sample's promises: both sides of what is done, pledges of people, and a letter that tells of it.

`data/sample/promises.json` says what happens on which day; the promises themselves are in `story.json`.
"""

from __future__ import annotations

import json
from functools import partial
from random import Random
from typing import Any

import sqlalchemy as sa

from forum.analysis.themes.models import Theme
from forum.core import clock
from forum.core.extensions import db
from forum.development.sample.letters import ANALYST, officer_of
from forum.development.sample.people import CITIZEN
from forum.development.sample.stage import Stage
from forum.development.sample.voices import FOLDER
from forum.people.accounts.models import Account
from forum.people.ministries.queries import get_ministry
from forum.response.delivery.asking import ask_people, rounds_to_ask
from forum.response.delivery.models import RatingRound
from forum.response.delivery.participants import people_to_ask
from forum.response.delivery.queries import newest_round
from forum.response.delivery.ratings import NO_OPINION, TypedRating, rate
from forum.response.pledges.keeping import period_of
from forum.response.pledges.models import Pledge, PledgeBy
from forum.response.pledges.services import check_in, make_pledge
from forum.response.pledges.typed import TypedCheckIn, TypedPledge
from forum.response.referrals.models import Answer, Milestone, Referral
from forum.response.referrals.services import acknowledge, forward_theme

Story = dict[str, Any]
ASKED_AFTER_DAYS = 0.01  # a worker asks within minutes
DAYS_BETWEEN_CHECK_INS = 7


def plan_promises(stage: Stage) -> None:
    """Plan the questions, the ratings, and the letter that tells another ministry of them, each at its moment."""
    story: Story = json.loads((FOLDER / "promises.json").read_text(encoding="utf-8"))
    _plan_questions(stage)
    for plan in story["ratings"]:
        _plan_ratings(stage, plan)
    _plan_second_letter(stage, story["second_letter"])
    for plan in story["pledges"]:
        _plan_pledge(stage, plan)


def _plan_questions(stage: Stage) -> None:
    """Plan to ask those who took part, soon after each report of a ministry: some of them say that a step is done."""
    for theme in stage.story["themes"]:
        for step in (theme.get("letter") or {"steps": ()})["steps"]:
            if step["act"] == "progress":
                stage.plan(step["days_ago"] - ASKED_AFTER_DAYS, _ask)


def _ask() -> None:
    for round_id in rounds_to_ask():
        ask_people(round_id)


def _plan_ratings(stage: Stage, plan: Story) -> None:
    """Plan the ratings of one step at even distances, by people who took part; the citizen's among them."""
    first, last, said = plan["from_days_ago"], plan["until_days_ago"], plan["said"]
    for n, words in enumerate(said):
        days_ago = first - (first - last) * n / len(said)
        stage.plan(days_ago, partial(_rate_as_somebody, stage, plan, words))
    if own := plan.get("by_citizen"):
        stage.plan(own["days_ago"], lambda: _rate(_milestone(plan), stage.staff[CITIZEN], own))


def _rate_as_somebody(stage: Stage, plan: Story, words: Story) -> None:
    """Let somebody rate who took part and has not rated yet; not the citizen, whom a visitor is."""
    milestone = _milestone(plan)
    citizen = stage.staff[CITIZEN].id
    waiting = [one for one in people_to_ask(_round(milestone)) if one != citizen]
    random = Random(f"ratings of {milestone.title} {words}")  # noqa: S311  (seeded on purpose)
    _rate(milestone, db.session.get_one(Account, random.choice(waiting)), words)


def _rate(milestone: Milestone, account: Account, words: Story) -> None:
    helps = NO_OPINION if words["helps"] is None else str(words["helps"])
    typed = TypedRating(words["happened"], helps, words.get("comment", ""))
    rate(milestone, account, typed, seen_round=_round(milestone).id, seen_revision=0)


def _theme(plan: Story) -> Theme:
    return db.session.scalars(sa.select(Theme).where(Theme.title == plan["theme"])).one()


def _milestone(plan: Story) -> Milestone:
    """Return a step that a ministry promised for a theme of the story."""
    query = (
        sa.select(Milestone)
        .join(Answer, Answer.id == Milestone.answer_id)
        .join(Referral, Referral.id == Answer.referral_id)
        .join(Theme, Theme.id == Referral.theme_id)
        .where(Theme.title == plan["theme"], Milestone.title == plan["milestone"], Answer.published_at.is_not(None))
    )
    return db.session.scalars(query).one()


def _round(milestone: Milestone) -> RatingRound:
    found = newest_round(milestone.id)
    assert found is not None
    return found


def _plan_second_letter(stage: Stage, plan: Story) -> None:
    sent: list[Referral] = []

    def send() -> None:
        theme, ministry = _theme(plan), get_ministry(plan["to"])
        sent.append(forward_theme(theme, stage.staff[ANALYST], ministry, (), plan["text"], version=theme.version))

    def receive() -> None:
        acknowledge(sent[0], officer_of(stage, sent[0].lead.ministry))

    stage.plan(plan["days_ago"], send)
    stage.plan(plan["received_days_ago"], receive)


def _plan_pledge(stage: Stage, plan: Story) -> None:
    """Plan a pledge and its check-ins, one a week. A group says each time how many of it kept it."""
    made: list[Pledge] = []

    def pledge() -> None:
        milestone = _milestone(plan).id if "milestone" in plan else None
        made.append(make_pledge(_theme(plan), _keeper(stage, plan), _typed(plan), milestone_id=milestone))

    def keep(n: int) -> None:
        typed = TypedCheckIn(plan["outcomes"][n], plan["n_kept"][n] if "n_kept" in plan else None)
        period = period_of(made[0].rhythm, clock.today())
        check_in(made[0], _keeper(stage, plan), typed, seen_period=period.first, seen_outcome="")

    stage.plan(plan["days_ago"], pledge)
    for n in range(len(plan["outcomes"])):
        stage.plan(plan["first_days_ago"] - n * DAYS_BETWEEN_CHECK_INS, partial(keep, n))


def _keeper(stage: Stage, plan: Story) -> Account:
    """Return who pledges: a sign-in by its name, or one of the story's people by their place."""
    who = plan["who"]
    return stage.staff[who] if isinstance(who, str) else stage.people[who][0]


def _typed(plan: Story) -> TypedPledge:
    return TypedPledge(
        item=plan["item"],
        made_by=plan.get("made_by", PledgeBy.PERSON.name),
        group_name=plan.get("group_name", ""),
        group_size=plan.get("group_size"),
        rhythm=plan["rhythm"],
        starts_on=clock.today(),
        is_public=plan.get("is_public", False),
        reminds="reminded_on" in plan,
        weekday=str(plan.get("reminded_on", "")),
    )
