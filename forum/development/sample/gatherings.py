"""The sample's gatherings: one that took place, with phones, a tablet and paper, and one to come that copies it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.gatherings.details import Details
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.gatherings.registering import register_person
from forum.deliberation.gatherings.services import announce_gathering, copy_gathering, edit_gathering, open_gathering
from forum.deliberation.gatherings.team import add_helper
from forum.deliberation.minutes.answering import answer_minutes
from forum.deliberation.minutes.queries import get_minutes
from forum.deliberation.minutes.services import MinutesInput, ask_room, edit_minutes
from forum.deliberation.rooms.bringing import bring_idea
from forum.deliberation.rooms.checkin import check_in
from forum.deliberation.rooms.joining import join_as_guest, join_on_tablet
from forum.deliberation.rooms.queries import entry_of
from forum.deliberation.rooms.room import vote_in_room, write_idea
from forum.deliberation.rooms.running import finish_gathering, start_gathering
from forum.deliberation.rooms.tablets import open_tablet, tablet_with
from forum.deliberation.sheets.counting import Marks, count_sheets
from forum.deliberation.sheets.services import type_slip
from forum.development.sample.people import CITIZEN, FACILITATOR
from forum.development.sample.stage import Stage
from forum.people.accounts.models import Account
from forum.people.passes.actor import Guest, guest_of
from forum.people.passes.queries import pass_of_code
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import Idea
from forum.voice.votes.models import AGREE, DISAGREE, PASS

MINUTE = 1 / 24 / 60  # of a day
OPENED_DAYS_BEFORE, ANNOUNCED_DAYS_BEFORE, LASTS_HOURS = 14, 13, 2
COPIED_DAYS_AGO = 4.0
GROUPS = (0, 2)  # of the story: whose opinions the room's people have
IDEAS_AFTER = 50  # minutes
DECIDED_BY_TALKING = 0.7  # of those who would pass elsewhere, so many agree here
SHARE_OF_VOTES = 0.9  # each of them votes on so many of the ideas


@dataclass
class _Room:
    """The gathering that took place, as far as it has come, and its guests."""

    story: dict[str, Any]
    starts_at: datetime
    gathering: Gathering | None = None
    guests: list[Guest] = field(default_factory=list)

    @property
    def running(self) -> Gathering:
        assert self.gathering is not None
        return self.gathering


def ideas_of_rooms(stage: Stage, story: dict[str, Any]) -> dict[str, float]:
    """Return the ideas that are written in the room, and by nobody before: their keys, and how many days ago."""
    past = story["past"]
    days_ago = (stage.now - afternoon(stage, -past["days_ago"])) / timedelta(days=1) - IDEAS_AFTER * MINUTE
    return {plan["id"]: days_ago for plan in past["ideas"]}


def afternoon(stage: Stage, days: int) -> datetime:
    """Return two o'clock in Seoul on the day so many days from now."""
    day = (stage.now + timedelta(days=days)).astimezone(clock.SEOUL)
    return day.replace(hour=14, minute=0, second=0, microsecond=0)


def plan_gatherings(stage: Stage, campaign: Campaign, story: dict[str, Any]) -> None:
    """Plan both gatherings: from the day on which the first is opened to the day on which people register again."""
    past = story["past"]
    room = _Room(past, afternoon(stage, -past["days_ago"]))
    began = (stage.now - room.starts_at) / timedelta(days=1)
    stage.plan(began + OPENED_DAYS_BEFORE, lambda: _open(stage, campaign, room))
    stage.plan(began + ANNOUNCED_DAYS_BEFORE, lambda: _announce(stage, room))
    minutes: list[tuple[float, Any]] = [
        (0, partial(_start, stage, room)),
        (5, partial(_join, room)),
        (10, partial(_check_in, stage, room)),
        (12, partial(_pass_tablet_round, stage, room)),
        *((IDEAS_AFTER + n, partial(_write, stage, room, plan)) for n, plan in enumerate(past["ideas"])),
        (80, partial(_vote, stage, room)),
        (110, partial(_finish, stage, room)),
        (150, partial(_count_sheets, stage, room)),
        (24 * 60, partial(_ask_about_minutes, stage, room)),
        (30 * 60, partial(_answer_minutes, room)),
    ]
    for after, act in minutes:
        stage.plan(began - after * MINUTE, act)
    stage.plan(COPIED_DAYS_AGO, lambda: _copy(stage, room, story["to_come"]))


def _facilitator(stage: Stage) -> Account:
    return stage.staff[FACILITATOR]


def _open(stage: Stage, campaign: Campaign, room: _Room) -> None:
    names = ("title", "summary", "host_name", "age_group", "region_code", "place_name", "address", "access_notes")
    details = Details(
        **{name: room.story[name] for name in (*names, "agenda", "seats", "held_seats")},
        starts_at=room.starts_at,
        ends_at=room.starts_at + timedelta(hours=LASTS_HOURS),
    )
    room.gathering = open_gathering(campaign, _facilitator(stage), details)
    add_helper(room.gathering, _facilitator(stage), _helper(stage).email)


def _helper(stage: Stage) -> Account:
    return stage.people[0][0]


def _announce(stage: Stage, room: _Room) -> None:
    announce_gathering(room.running, _facilitator(stage), room.running.revision)


def _start(stage: Stage, room: _Room) -> None:
    start_gathering(room.running, _facilitator(stage), room.running.revision)
    for key in room.story["brought"]:
        bring_idea(room.running, _facilitator(stage), stage.ideas[key].id)


def _join(room: _Room) -> None:
    for n in range(room.story["n_phones"]):
        _remember(room, join_as_guest(room.running, f"sample-phone-{n:04d}", says_14_or_older=True, agrees=True))


def _remember(room: _Room, code: str) -> None:
    found = pass_of_code(code)
    assert found is not None
    room.guests.append(guest_of(found))


def _check_in(stage: Stage, room: _Room) -> None:
    entries = [entry_of(room.running.id, guest.participant_id) for guest in room.guests]
    check_in(room.running, _facilitator(stage), [entry.id for entry in entries if entry is not None])
    room.guests = [replace(guest, is_confirmed=True) for guest in room.guests]


def _pass_tablet_round(stage: Stage, room: _Room) -> None:
    tablet = tablet_with(open_tablet(room.running, _facilitator(stage), "sample-tablet-0001"))
    assert tablet is not None
    for n in range(room.story["n_tablet"]):
        key = f"sample-tablet-person-{n}"
        _remember(room, join_on_tablet(tablet, room.running, key, says_14_or_older=True, agrees=True))


def _write(stage: Stage, room: _Room, plan: dict[str, Any]) -> None:
    row, gathering = stage.rows_by_id[plan["id"]], room.running
    if plan["way"] == "PAPER":
        placed = type_slip(gathering, _facilitator(stage), plan["slip"], row["title"], row["body"])
    else:
        writer = room.guests[-1] if plan["way"] == "TABLET" else room.guests[plan["seat"]]
        placed = write_idea(gathering, writer, row["title"], row["body"])
    stage.ideas[plan["id"]] = db.session.get_one(Idea, placed.idea_id)


def _vote(stage: Stage, room: _Room) -> None:
    random = Random("votes in the room")  # noqa: S311  (seeded on purpose)
    rows = [(stage.ideas[key].id, stage.rows_by_id[key]) for key in _on_table(room)]
    for n, guest in enumerate(room.guests):
        group = GROUPS[n % len(GROUPS)]
        for idea_id, row in rows:
            if random.random() < SHARE_OF_VOTES:
                vote_in_room(room.running, guest, idea_id, opinion(row, group, random.random()))


def _on_table(room: _Room) -> list[str]:
    return [*room.story["brought"], *(plan["id"] for plan in room.story["ideas"])]


def opinion(row: dict[str, Any], group: int, draw: float) -> int:
    """Return the vote that a draw from 0 to 1 stands for. People who have talked about an idea pass less often."""
    support, oppose = row["support"][group], row["oppose"][group]
    support += DECIDED_BY_TALKING * (1 - support - oppose)
    return AGREE if draw < support else DISAGREE if draw < support + oppose else PASS


def _finish(stage: Stage, room: _Room) -> None:
    gathering = room.running
    finish_gathering(gathering, _facilitator(stage), room.story["n_present"], gathering.revision)


def _count_sheets(stage: Stage, room: _Room) -> None:
    """Let the facilitator and the helper count the same vote sheets."""
    marks = {stage.ideas[key].id: Marks(*numbers) for key, numbers in room.story["sheets"].items()}
    for counter in (_facilitator(stage), _helper(stage)):
        count_sheets(room.running, counter, room.story["n_sheets"], marks, seen_revision=0)


def _ask_about_minutes(stage: Stage, room: _Room) -> None:
    minutes, plan = get_minutes(room.running.id), room.story["minutes"]
    numbers = _numbers(room)
    quotes = [(numbers[key], text) for key, text in plan["quotes"].items()]
    texts = MinutesInput(plan["summary"], plan["agreements"], plan["open_questions"], quotes)
    edit_minutes(minutes, _facilitator(stage), texts, minutes.revision)
    ask_room(minutes, _facilitator(stage), minutes.revision)


def _numbers(room: _Room) -> dict[str, int]:
    """Return what the room calls each idea: brought ones come first."""
    return {key: n for n, key in enumerate(_on_table(room), start=1)}


def _answer_minutes(room: _Room) -> None:
    """Let everybody of the room answer; one of them objects. With the last answer the minutes are published."""
    minutes = get_minutes(room.running.id)
    objection = room.story["minutes"]["objection"]
    for n, guest in enumerate(room.guests):
        answer_minutes(minutes, guest, agrees=n != 0, words="" if n else objection)


def _copy(stage: Stage, room: _Room, plan: dict[str, Any]) -> None:
    """Copy the gathering for another day, announce it, and let people register; the last of them wait."""
    copied = copy_gathering(room.running, _facilitator(stage))
    starts_at = afternoon(stage, plan["days_ahead"])
    names = ("title", "summary", "place_name", "address", "seats", "held_seats")
    changed = {name: plan[name] for name in names}
    changed |= {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=LASTS_HOURS)}
    details = replace(Details.of(copied), **changed)
    edit_gathering(copied, _facilitator(stage), details, copied.revision)
    announce_gathering(copied, _facilitator(stage), copied.revision)
    guests = [stage.staff[CITIZEN], *(account for account, _group in stage.people[1 : plan["n_registered"]])]
    for account in guests:
        register_person(copied, account)
