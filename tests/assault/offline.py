"""`python -m tests.assault.offline [--minutes 30]`: phones without network in real browsers, and what arrives later.

Four phones of one room of a joint session lose the network. Their people write, vote, think again and reload; meanwhile
web and PostgreSQL are killed and started again, and the host moves on. Then the network is back, and a share of the
answers gets lost. Each action has to stand exactly once, or wait for the facilitator with the step it was done in.

One line of JSON. Exit code 1: something was lost, doubled or wrong. `--control`: a forum without keys, which must
double. Needs Chromium. It takes as long as it is told, so it is no part of `make assault`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask_security.utils import hash_password
from playwright.sync_api import Browser, expect, sync_playwright

from forum import create_app
from forum.administration.operations.services import prepare_database
from forum.core.extensions import db
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.joint.models import ActionState, JointSession, RoomAction
from forum.deliberation.joint.moves import move_to
from forum.deliberation.rooms.checkin import check_in
from forum.deliberation.rooms.models import GatheringEntry
from forum.voice.ideas.models import Idea
from forum.voice.votes.models import Vote, VoteEvent
from tests.assault.bad_network import Network
from tests.assault.handsets import CASES, VALUES, Person, wear_clock
from tests.assault.joint import WITHOUT_KEYS
from tests.assault.kills import CHECKS, FORUM, exit_code
from tests.assault.postgres import OwnPostgres
from tests.assault.service import Service, Web
from tests.factories import Factories
from tests.test_browser_room import enter
from tests.test_browser_walk import NAMES, PASSWORD, WITHOUT_NETWORK, Phone

WRITE, VOTE = 3, 5
OFFLINE_VOTES, LATER_VOTES, ONLINE_VOTES = 24, 4, 10
THOUGHT_AGAIN = 6
MARKS = "가나다라"
WORDS = tuple(VALUES)
UNTIL_LATE = 15
"""Seconds after a move in which all that belongs to the step before is late: its lead, and `step.GRACE`."""
DATED_WITHIN = 10
"""Seconds by which the forum may date an action wrong."""
SETTINGS = {"IDEA_LIMIT_PER_PERSON": "1000 per minute", "IDEA_LIMIT_PER_NETWORK": "1000 per minute"}


@dataclass
class Verdict:
    """What stands of the actions. Each of `wrong` is a sentence."""

    done: int = 0
    late: int = 0
    wrong: list[str] = field(default_factory=list)


class Day:
    """The room, its people at their phones, and the processes of the forum. The caller has pushed the application."""

    def __init__(self, service: Service, server: OwnPostgres, browser: Browser, app: str) -> None:
        self.service, self.server, self.browser, self.app = service, server, browser, app
        self.web: Web = service.web(2, app)
        self.people: list[Person] = []
        self.make = Factories()
        campaign, self.facilitator = self.make.campaign(), self.make.facilitator(password=hash_password(PASSWORD))
        room = self.make.gathering(self.facilitator, state="RUNNING", campaign=campaign, join_code="12345678")
        n_ideas = OFFLINE_VOTES + LATER_VOTES + ONLINE_VOTES
        self.table = [self.make.room_idea(room).id for _n in range(n_ideas)]
        self.session_id, self.room_id = self.make.joint_session([room]).id, room.id
        self.email = self.facilitator.email
        self.steps = {WRITE: self.move(WRITE, 0)}

    @contextmanager
    def committing(self) -> Iterator[Gathering]:
        """Use the database for a moment: a transaction that stays open while phones wait would be ended."""
        yield db.session.get_one(Gathering, self.room_id)
        db.session.commit()
        db.session.remove()

    def move(self, position: int, seen: int) -> str:
        """Let the host move on; return the step's title."""
        with self.committing():
            session = db.session.get_one(JointSession, self.session_id)
            move_to(session, position, session.host, seen)
            return session.steps[position - 1].title

    def let_everybody_in(self) -> None:
        for n, case in enumerate(CASES):
            network = Network(self.service.port, n)
            person = Person(case, Phone(self.browser, network.address), network)
            wear_clock(person.phone.context, case.skew)
            self.people.append(person)
            if case.has_account:
                with self.committing() as room:
                    account = self.make.citizen(password=hash_password(PASSWORD))
                    person.entry_id, email = self.make.entry(room, account).id, account.email
                person.phone.sign_in(email)
            else:
                enter(person.page, n + 1)
            with self.committing() as room:
                of_room = sa.select(GatheringEntry.id).where(GatheringEntry.gathering_id == room.id)
                person.entry_id = max(db.session.scalars(of_room))
                check_in(room, room.organiser, [person.entry_id])
            person.page.goto(f"/gatherings/{self.room_id}/room")
            expect(person.page.locator("#room-step-title")).to_have_text(self.steps[WRITE], timeout=15_000)
            person.page.wait_for_function("caches.match(location.pathname).then(Boolean)")
            person.wear_clock_in_worker()

    def act_without_network(self) -> None:
        for n, person in enumerate(self.people):
            person.lose_network()
            for place, idea_id in enumerate(self.table[:OFFLINE_VOTES]):
                person.vote(idea_id, WORDS[(n + place) % 3])
            for place, idea_id in enumerate(self.table[:THOUGHT_AGAIN]):  # they think again
                person.vote(idea_id, WORDS[(n + place + 1) % 3])
            person.type_idea(f"밤길을 밝게 {MARKS[n]}")
            person.send_idea(f"밤길을 밝게 {MARKS[n]}", WRITE)
            person.expect_waiting(OFFLINE_VOTES + THOUGHT_AGAIN + 1)
            person.type_idea(f"걷기 좋은 길 {MARKS[n]}")  # not sent yet

    def reload_without_network(self, is_typed: bool) -> None:
        for n, person in enumerate(self.people):
            person.page.reload()
            before = [one for one in person.done if one.idea_id == self.table[0]][-1]
            word = next(word for word, value in VALUES.items() if value == before.value)
            person.expect_waiting(len(person.done))
            expect(person.page.locator(f"#vote-{self.table[0]}-{word}")).to_have_attribute("aria-pressed", "true")
            if is_typed:
                title = f"걷기 좋은 길 {MARKS[n]}"
                expect(person.page.get_by_label("제목")).to_have_value(title)
                person.send_idea(title, WRITE)
            first = OFFLINE_VOTES + (0 if is_typed else LATER_VOTES // 2)
            for idea_id in self.table[first : first + LATER_VOTES // 2]:
                person.vote(idea_id, "agree")
            person.expect_waiting(len(person.done))

    def kill_the_server(self) -> None:
        """Kill the web and the database, and start both again."""
        db.engine.dispose()
        self.web.kill_all()
        self.server.kill()
        self.server.start()
        self.web = self.service.web(2, self.app)

    def come_back(self, drops: float) -> None:
        for person in self.people:
            person.find_network(drops)
        for person in self.people:
            person.seconds_to_send = person.wait_until_sent()

    def act_on_a_bad_network(self) -> None:
        first = OFFLINE_VOTES + LATER_VOTES
        for idea_id in self.table[first:]:
            for person in self.people:
                person.vote(idea_id, "disagree")
        for n, person in enumerate(self.people):
            title = f"나무를 더 심기 {MARKS[n]}"
            person.type_idea(title)
            person.send_idea(title, VOTE)
        for person in self.people:
            person.wait_until_sent()
            person.network.drops = 0.0

    def decide(self) -> tuple[list[str], int]:
        """Look at what came late as the facilitator does, and accept all of it.

        :return: what is wrong with the list, and how many ideas were on it
        """
        wrong, phone = [], Phone(self.browser, self.service.address)
        page = phone.page
        phone.sign_in(self.email)
        page.goto(f"/gatherings/{self.room_id}/late")
        cards = page.locator("article.card")
        n_cards = cards.count()
        for one in (one for person in self.people for one in person.done if one.title):
            card = cards.filter(has_text=one.title)
            if card.count() != 1:
                wrong.append(f"‘{one.title}’: {card.count()} times in the list")
            elif f"‘{self.steps[one.step]}’ 단계" not in card.inner_text():
                wrong.append(f"‘{one.title}’: the list does not name its step: {card.inner_text()!r}")
        for left in range(n_cards, 0, -1):
            page.get_by_role("button", name="받기", exact=True).first.tap()
            expect(cards).to_have_count(left - 1)
        phone.context.close()
        return wrong, n_cards


def compare(people: Sequence[Person], is_decided: bool) -> Verdict:
    """Compare what people did with the database."""
    db.session.rollback()
    verdict = Verdict()
    titles = Counter(db.session.scalars(sa.select(Idea.title)))
    for person in people:
        name, wrong = person.case.name, verdict.wrong
        entry = db.session.get_one(GatheringEntry, person.entry_id)
        rows = db.session.scalars(sa.select(RoomAction).where(RoomAction.entry_id == entry.id)).all()
        if len(rows) != len(person.done):
            wrong.append(f"{name}: {len(rows)} actions of {len(person.done)}")
        verdict.late += sum(row.state is ActionState.LATE for row in rows)
        verdict.done += sum(row.state in {ActionState.DONE, ActionState.ACCEPTED} for row in rows)
        latest = {one.idea_id: one.value for one in person.done if one.idea_id}
        query = sa.select(Vote.idea_id, Vote.value).where(Vote.participant_id == entry.participant_id)
        stand = {idea: value for idea, value in db.session.execute(query)}  # noqa: C416  (rows are no pairs for mypy)
        if stand != latest:
            differ = sorted(set(stand.items()) ^ set(latest.items()))
            wrong.append(f"{name}: votes that differ, as (idea, value): {differ[:6]}")
        of_person = sa.select(VoteEvent.idea_id).where(VoteEvent.participant_id == entry.participant_id)
        events = Counter(db.session.scalars(of_person))
        doubled = [idea for idea, n in events.items() if n != 1]
        if doubled:
            wrong.append(f"{name}: more than one vote was recorded on the ideas {doubled[:6]}")
        waiting = Counter(row.title for row in rows if row.state is ActionState.LATE)
        for one in person.done:
            n_waiting, n_there = waiting[one.title], titles[one.title]
            if one.title and (n_waiting, n_there) != ((0, 1) if is_decided else (1, 0)):
                wrong.append(f"{name}: ‘{one.title}’ waits {n_waiting} times and stands {n_there} times")
        wrong += _wrong_moments(person, rows)
    db.session.remove()
    return verdict


def _wrong_moments(person: Person, rows: Sequence[RoomAction]) -> list[str]:
    """Return at most one sentence: actions that the forum dates wrong."""
    if person.case.is_set_right:
        return []  # its own clock cannot tell any more
    at = sorted(one.at for one in person.done)
    dated = sorted(row.done_at.timestamp() for row in rows)
    apart = max((abs(one - other) for one, other in zip(at, dated, strict=False)), default=0.0)
    return [f"{person.case.name}: dated up to {apart:.0f} s wrong"] if apart > DATED_WITHIN else []


def attack(minutes: float, drops: float, app: str) -> dict[str, Any]:
    """Take the network away for so many minutes; return what was seen."""
    begun = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="forum-assault-")))
        server = OwnPostgres()
        stack.callback(server.close)
        service = Service(server.url, folder, **SETTINGS)
        stack.callback(service.close)
        forum = create_app(service.config)
        browser = stack.enter_context(chromium())
        stack.enter_context(forum.app_context())
        prepare_database()
        day = Day(service, server, browser, app)
        day.make.vouch()
        day.let_everybody_in()
        lost_at = time.monotonic()
        day.act_without_network()
        wait(day, lost_at + minutes * 20)
        day.reload_without_network(is_typed=True)
        day.kill_the_server()
        day.steps[VOTE] = day.move(VOTE, 1)
        moved_at = time.monotonic()
        wait(day, lost_at + minutes * 40)
        day.reload_without_network(is_typed=False)
        wait(day, max(lost_at + minutes * 60, moved_at + UNTIL_LATE))
        away = time.monotonic() - lost_at
        day.come_back(drops)
        day.act_on_a_bad_network()
        arrived = compare(day.people, is_decided=False)
        in_list, n_listed = day.decide()
        decided = compare(day.people, is_decided=True)
        cookies = [person.cookie_days() for person in day.people]
        wrong = list(dict.fromkeys(arrived.wrong + in_list + decided.wrong))
        wrong += [f"a session ends in {days} days" for days in cookies if days is not None and days < 1]
        checks = {" ".join(words): exit_code(service, *words) for words in CHECKS}
        shown = service.tracebacks("web")
        found = {
            "assault": "offline",
            "clean": not wrong and not any(checks.values()) and not shown,
            "minutes_without_network": round(away / 60, 1),
            "seconds": round(time.monotonic() - begun),
            "phones": {one.case.name: round(one.seconds_to_send, 1) for one in day.people},
            "actions": sum(len(one.done) for one in day.people),
            "done_at_first": arrived.done,
            "late": arrived.late,
            "in_the_facilitators_list": n_listed,
            "done_at_last": decided.done,
            "answers_lost": dict(sum((one.network.lost for one in day.people), Counter())),
            "cookie_days": cookies,
            "checks": checks,
            "wrong": wrong,
            "errors": shown,
        }
        for person in day.people:
            person.phone.context.close()
            person.network.close()
        db.engine.dispose()
    return found


def wait(day: Day, until: float) -> None:
    """Let phones and forum be by themselves until that moment of the monotonic clock."""
    page = day.people[0].page
    while (left := until - time.monotonic()) > 0:
        page.wait_for_timeout(min(left, 10) * 1000)


@contextmanager
def chromium() -> Iterator[Browser]:
    """:raise RuntimeError: there is none"""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise RuntimeError("there is no Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(WITHOUT_NETWORK))
        yield browser
        browser.close()


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.assault.offline", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--minutes", type=float, default=30, help="without network")
    parser.add_argument("--drops", type=float, default=0.2, help="share of answers that are lost afterwards")
    parser.add_argument("--control", action="store_true", help="attack a forum without keys, which must double")
    options = parser.parse_args()
    found = attack(options.minutes, options.drops, WITHOUT_KEYS if options.control else FORUM)
    print(json.dumps(found, ensure_ascii=False), flush=True)
    return int(found["clean"] is options.control)


if __name__ == "__main__":
    sys.exit(main())
