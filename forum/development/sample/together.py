"""The sample's joint session: two rooms in person and one online walked through the same steps, three weeks ago."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from forum.core.extensions import db
from forum.deliberation.gatherings.details import Details
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.gatherings.services import announce_gathering, open_gathering
from forum.deliberation.gatherings.team import add_helper
from forum.deliberation.joint.models import JointSession
from forum.deliberation.joint.moves import move_to, newest_move
from forum.deliberation.joint.plan import Plan
from forum.deliberation.joint.planning import open_session
from forum.deliberation.joint.running import finish_session, start_session
from forum.deliberation.joint.taking_part import add_room, get_online_room, join_online, open_online_room
from forum.deliberation.rooms.bringing import bring_idea
from forum.deliberation.rooms.checkin import check_in
from forum.deliberation.rooms.joining import join_as_guest
from forum.deliberation.rooms.queries import entry_of
from forum.deliberation.rooms.room import vote_in_room, write_idea
from forum.deliberation.sheets.counting import Marks, count_sheets
from forum.development.sample.gatherings import MINUTE, afternoon, opinion
from forum.development.sample.people import FACILITATOR
from forum.development.sample.stage import Stage
from forum.people.accounts.models import Account
from forum.people.passes.actor import Guest, guest_of
from forum.people.passes.queries import pass_of_code
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import Idea

PLANNED_DAYS_BEFORE, LASTS_HOURS, SEATS = 10, 2, 12
SHARE_OF_VOTES = 0.95
ENDS_AFTER = 78  # minutes


@dataclass
class Together:
    """The session as far as it has come: its rooms by key, and who sits in each."""

    story: dict[str, Any]
    starts_at: datetime
    session: JointSession | None = None
    rooms: dict[str, Gathering] = field(default_factory=dict)
    guests: dict[str, list[Guest]] = field(default_factory=dict)
    accounts: list[Account] = field(default_factory=list)

    @property
    def running(self) -> JointSession:
        assert self.session is not None
        return self.session

    def people(self, key: str) -> Sequence[Account | Guest]:
        return self.guests.get(key, self.accounts)

    def plans(self) -> dict[str, dict[str, Any]]:
        """Return what the story says of each room, by key."""
        return {plan["key"]: plan for plan in self.story["rooms"]} | {"online": self.story["online"]}


def plan_together(stage: Stage, campaign: Campaign, story: dict[str, Any]) -> Together:
    """Plan the session. Its end asks for its report, which the loader builds."""
    told = Together(story, afternoon(stage, -story["days_ago"]) + timedelta(hours=5))
    began = (stage.now - told.starts_at) / timedelta(days=1)
    stage.plan(began + PLANNED_DAYS_BEFORE, lambda: _prepare(stage, campaign, told))
    minutes: list[tuple[float, Any]] = [
        (0, partial(_start, stage, told)),
        (2, partial(_enter, stage, told)),
        (6, partial(_move, stage, told, 2)),
        (26, partial(_move, stage, told, 3)),
        (30, partial(_write, stage, told)),
        (47, partial(_move, stage, told, 4)),
        (61, partial(_move, stage, told, 5)),
        (66, partial(_vote, stage, told)),
        (72, partial(_move, stage, told, 6)),
        (75, partial(_count_sheets, stage, told)),
        (ENDS_AFTER, partial(_finish, stage, told)),
    ]
    for after, act in minutes:
        stage.plan(began - after * MINUTE, act)
    return told


def _facilitator(stage: Stage) -> Account:
    return stage.staff[FACILITATOR]


def _prepare(stage: Stage, campaign: Campaign, told: Together) -> None:
    host = _facilitator(stage)
    plan = replace(Plan.usual(), title=told.story["title"], starts_at=told.starts_at)
    told.session = open_session(campaign, host, plan)
    for one in told.story["rooms"]:
        names = ("title", "host_name", "region_code", "place_name", "address")
        details = Details(
            **{name: one[name] for name in names},
            summary=told.story["summary"],
            agenda="\n".join(f"{step.title} {step.minutes}′" for step in told.session.steps),
            starts_at=told.starts_at,
            ends_at=told.starts_at + timedelta(hours=LASTS_HOURS),
            seats=SEATS,
        )
        gathering = open_gathering(campaign, host, details)
        announce_gathering(gathering, host, gathering.revision)
        add_room(told.session, gathering, host, told.session.revision)
        told.rooms[one["key"]] = gathering
        if "sheets" in one:
            add_helper(gathering, host, _helper(stage).email)
    open_online_room(told.session, host, "", SEATS, told.session.revision)
    told.rooms["online"] = get_online_room(told.session)


def _start(stage: Stage, told: Together) -> None:
    start_session(told.running, _facilitator(stage), told.running.revision)
    for gathering in told.rooms.values():
        bring_idea(gathering, _facilitator(stage), stage.ideas[told.story["brought"]].id)


def _enter(stage: Stage, told: Together) -> None:
    for one in told.story["rooms"]:
        gathering, key = told.rooms[one["key"]], one["key"]
        told.guests[key] = [_guest(gathering, f"sample-{key}-{n:04d}") for n in range(one["n_guests"])]
        entries = [entry_of(gathering.id, guest.participant_id) for guest in told.guests[key]]
        check_in(gathering, _facilitator(stage), [entry.id for entry in entries if entry is not None])
        told.guests[key] = [replace(guest, is_confirmed=True) for guest in told.guests[key]]
    accounts = [account for account, _group in stage.people[-told.story["online"]["n_people"] :]]
    for account in accounts:
        join_online(told.running, account)
    told.accounts = accounts


def _guest(gathering: Gathering, code: str) -> Guest:
    found = pass_of_code(join_as_guest(gathering, code, says_14_or_older=True, agrees=True))
    assert found is not None
    return guest_of(found)


def _move(stage: Stage, told: Together, position: int) -> None:
    newest = newest_move(told.running.id)
    assert newest is not None
    move_to(told.running, position, _facilitator(stage), newest.number)


def _write(stage: Stage, told: Together) -> None:
    for key, plan in told.plans().items():
        for idea, writer in zip(plan["ideas"], told.people(key), strict=False):
            placed = write_idea(told.rooms[key], writer, idea["title"], idea["body"])
            stage.ideas[idea["id"]] = db.session.get_one(Idea, placed.idea_id)
            stage.rows_by_id[idea["id"]] = idea
            stage.drawn.add(idea["id"])  # only the room votes on it


def _vote(stage: Stage, told: Together) -> None:
    random = Random("votes in three rooms")  # noqa: S311  (seeded on purpose)
    brought = stage.rows_by_id[told.story["brought"]]
    for key, plan in told.plans().items():
        for person in told.people(key):
            _let_vote_here(stage, person, brought)
            for row in (brought, *plan["ideas"]):
                if (
                    row is brought or random.random() < SHARE_OF_VOTES
                ):  # all talk about what was brought, and vote on it
                    value = opinion(row, plan["group"], random.random())
                    vote_in_room(told.rooms[key], person, stage.ideas[row["id"]].id, value)


def _let_vote_here(stage: Stage, person: Account | Guest, row: dict[str, Any]) -> None:
    """Let go of the vote that was drawn for this person for a later day: they vote in the room."""
    drawn = (stage.ideas[row["id"]].id, person.participant_id)
    stage.votes = [vote for vote in stage.votes if (vote["idea_id"], vote["participant_id"]) != drawn]


def _count_sheets(stage: Stage, told: Together) -> None:
    """Let the facilitator and a helper each type the vote sheets of those who came without a phone; they agree."""
    for one in told.story["rooms"]:
        if "sheets" in one:
            marks = {stage.ideas[key].id: Marks(*numbers) for key, numbers in one["sheets"].items()}
            for counter in (_facilitator(stage), _helper(stage)):
                count_sheets(told.rooms[one["key"]], counter, one["n_sheets"], marks, seen_revision=0)


def _helper(stage: Stage) -> Account:
    return stage.people[0][0]


def _finish(stage: Stage, told: Together) -> None:
    finish_session(told.running, _facilitator(stage), told.running.revision)


def report_days_ago(stage: Stage, told: Together) -> float:
    """Return how many days ago the report of the day was written: half a minute after the end."""
    return (stage.now - told.starts_at) / timedelta(days=1) - (ENDS_AFTER + 0.5) * MINUTE
