"""The short path of the sample's everyday ideas: one is fixed, one is merged, one is tried and spread.

`data/sample/short_path.json` says what happens on which day; the ideas themselves are in `everyday.jsonl`.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from functools import partial
from typing import Any

from forum.core import clock
from forum.core.extensions import db
from forum.development.sample.letters import ANALYST
from forum.development.sample.people import (
    LOCAL_APPROVER,
    LOCAL_OFFICE,
    LOCAL_OFFICER,
    OTHER_LOCAL_OFFICE,
    OTHER_LOCAL_OFFICER,
)
from forum.development.sample.pictures import stored_picture
from forum.development.sample.stage import Stage
from forum.development.sample.voices import FOLDER
from forum.people.accounts.models import Account
from forum.people.ministries.queries import get_ministry
from forum.response.answers.services import approve_answer, save_draft, submit_draft
from forum.response.answers.words import AnswerInput
from forum.response.pilots.models import Pilot, PilotDecision, ReadingPhase
from forum.response.pilots.plans import Plan, Typed
from forum.response.pilots.services import (
    add_report,
    change_plan,
    decide_pilot,
    plan_pilot,
    record_reading,
    start_pilot,
    take_over,
)
from forum.response.referrals.models import Referral
from forum.response.referrals.services import acknowledge
from forum.response.shortpath.answers import SentPhoto, TypedShortAnswer
from forum.response.shortpath.models import ShortAnswerKind
from forum.response.shortpath.queries import get_check
from forum.response.shortpath.services import merge_as_same, seen_of, send_idea

Story = dict[str, Any]
PHOTO_PLACES = (1, 2, 3)


def plan_short_path(stage: Stage) -> None:
    """Plan the letters, the merged idea, the pilot, and the office that takes it over, each on its day."""
    story: Story = json.loads((FOLDER / "short_path.json").read_text(encoding="utf-8"))
    letters: dict[str, Referral] = {}
    for letter in story["letters"]:
        stage.plan(letter["days_ago"], partial(_send, stage, letter, letters))
        stage.plan(letter["received_days_ago"], partial(_receive, stage, letter, letters))
        stage.plan(letter["answer"]["days_ago"], partial(_answer, stage, letter, letters))
    stage.plan(story["merged"]["days_ago"], partial(_merge, stage, story["merged"]))
    _plan_pilots(stage, story, letters)


def _plan_pilots(stage: Stage, story: Story, letters: dict[str, Referral]) -> None:
    first, second, made = story["pilot"], story["taken_over"], dict[str, Pilot]()
    officer, other = stage.staff[LOCAL_OFFICER], stage.staff[OTHER_LOCAL_OFFICER]

    def promise() -> None:
        made["first"] = plan_pilot(letters[first["idea"]], officer, _plan(first["plan"]))

    def spread() -> None:
        made["second"] = take_over(made["first"], other)

    def adapt() -> None:
        pilot, plan = made["second"], Plan.of(made["second"])
        values = {name: getattr(plan, name) for name in Plan.__dataclass_fields__}
        changed = {"region_code": OTHER_LOCAL_OFFICE.removeprefix("LOCAL-")}
        changed |= {name: second["plan"][name] for name in ("place", "measured_how")}
        change_plan(pilot, other, Plan(**(values | changed | _days(second["plan"]))), pilot.revision)

    def decide() -> None:
        said, pilot = first["decision"], made["first"]
        approver = stage.staff[LOCAL_APPROVER]
        decide_pilot(pilot, approver, PilotDecision[said["code"]], said["reason"], pilot.revision)

    stage.plan(first["plan"]["days_ago"], promise)
    _plan_run(stage, first, made, "first", officer)
    stage.plan(first["after"]["days_ago"], lambda: _measure(stage, made["first"], officer, first["after"], "AFTER"))
    stage.plan(first["decision"]["days_ago"], decide)
    stage.plan(second["days_ago"], spread)
    stage.plan(second["plan"]["days_ago"], adapt)
    _plan_run(stage, second, made, "second", other)


def _plan_run(stage: Stage, plan: Story, made: dict[str, Pilot], key: str, officer: Account) -> None:
    """Plan what each pilot has: measured before, started, and told of."""
    stage.plan(plan["before"]["days_ago"], lambda: _measure(stage, made[key], officer, plan["before"], "BEFORE"))
    stage.plan(plan["start_days_ago"], lambda: start_pilot(made[key], officer, made[key].revision))
    told = plan["report"]
    stage.plan(
        told["days_ago"],
        lambda: add_report(made[key], officer, told["text"], stored_picture(told["picture"]), told["caption"]),
    )


def _send(stage: Stage, letter: Story, letters: dict[str, Referral]) -> None:
    check = get_check(stage.ideas[letter["idea"]].id)
    analyst, office = stage.staff[ANALYST], get_ministry(LOCAL_OFFICE)
    sent = send_idea(check, analyst, office, letter["office_name"], letter["text"], seen=seen_of(check))
    letters[letter["idea"]] = sent


def _receive(stage: Stage, letter: Story, letters: dict[str, Referral]) -> None:
    acknowledge(letters[letter["idea"]], stage.staff[LOCAL_OFFICER])


def _answer(stage: Stage, letter: Story, letters: dict[str, Referral]) -> None:
    """Let one officer write the short answer, and another publish it."""
    said, officer, approver = letter["answer"], stage.staff[LOCAL_OFFICER], stage.staff[LOCAL_APPROVER]
    typed = TypedShortAnswer(ShortAnswerKind[said["kind"]], "", _photos(said.get("photo")))
    draft = AnswerInput(None, said["reason"], said["contact_office"], part=typed)
    answer = save_draft(letters[letter["idea"]], officer, draft)
    submit_draft(answer, officer, answer.revision)
    approve_answer(answer, approver, answer.revision)


def _photos(photo: Story | None) -> dict[int, SentPhoto]:
    sent = {place: SentPhoto("", None, drop=False) for place in PHOTO_PLACES}
    if photo is not None:
        rebuilt, kept = stored_picture(photo["picture"])
        taken_on = clock.today() - timedelta(days=photo["taken_days_before"])
        sent[1] = SentPhoto(photo["caption"], taken_on, False, kept, rebuilt.width, rebuilt.height)
    return sent


def _merge(stage: Stage, plan: Story) -> None:
    """Merge an idea into an earlier one, and forget the votes that were drawn for a later day: nobody sees it then."""
    idea, target = stage.ideas[plan["idea"]], stage.ideas[plan["into"]]
    check = get_check(idea.id)
    merge_as_same(check, stage.staff[ANALYST], target, seen=seen_of(check))
    stage.votes = [vote for vote in stage.votes if vote["idea_id"] != idea.id]
    db.session.flush()


def _plan(plan: Story) -> Plan:
    same = ("title", "summary", "region_code", "place", "measure_kind", "measure", "unit", "better", "measured_how")
    return Plan(**({name: plan[name] for name in same} | _days(plan)))


def _days(plan: Story) -> dict[str, date]:
    starts_on = clock.today() + timedelta(days=plan["starts_in_days"])
    return {"starts_on": starts_on, "ends_on": starts_on + timedelta(days=plan["days"])}


def _measure(stage: Stage, pilot: Pilot, officer: Account, plan: Story, phase: str) -> None:
    first, last = (_day(stage, plan[name]) for name in ("from", "until"))
    typed = Typed(first, last, plan["by"], plan["n"], plan["k"])
    record_reading(pilot, officer, ReadingPhase[phase], typed, pilot.revision)


def _day(stage: Stage, days_ago: float) -> date:
    return stage.days_ago(days_ago).astimezone(clock.SEOUL).date()
