"""The sample's requests for data: one refused and upheld, one approved and accepted, one that is being reviewed."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.development.sample.letters import ANALYST
from forum.development.sample.stage import Stage
from forum.development.sample.voices import FOLDER
from forum.people.accounts.models import Account
from forum.response.dataneeds.models import DataNeed
from forum.response.datarequests.deciding import TermsWords, answer_appeal, approve_request, refuse_request
from forum.response.datarequests.models import DataRequest, Mark, Publishing, UseKind, Verdict
from forum.response.datarequests.reviewing import add_seat, publish_criteria, review_request
from forum.response.datarequests.services import RequestWords, accept_terms, appeal, ask_for_data
from forum.response.datarequests.terms import fingerprint
from forum.response.datarequests.usual_criteria import usual_criteria
from forum.response.datasets.models import Dataset

Story = dict[str, Any]


def plan_requests(stage: Stage) -> None:
    """Plan the panel, and who asks, reviews and decides, each at its moment."""
    story: Story = json.loads((FOLDER / "data_requests.json").read_text(encoding="utf-8"))
    stage.plan(story["panel_days_ago"], partial(_seat, stage, story["panel"]))
    for plan in story["requests"]:
        _Played(stage, plan, story["panel"]).plan()


def _seat(stage: Stage, panel: list[str]) -> None:
    analyst = stage.staff[ANALYST]
    publish_criteria(analyst, [(one.question, one.explanation) for one in usual_criteria()], seen=0)
    for name in panel:
        add_seat(analyst, stage.staff[name].email)


class _Played:
    """One request as it is played."""

    def __init__(self, stage: Stage, story: Story, panel: list[str]) -> None:
        self.stage, self.story, self.panel = stage, story, panel
        self.made: DataRequest | None = None

    def plan(self) -> None:
        self.stage.plan(self.story["days_ago"], self._ask)
        for one in self.story["reviews"]:
            self.stage.plan(one["days_ago"], partial(self._review, one))
        acts = (("refused", self._refuse), ("approved", self._approve), ("appeal", self._appeal))
        for name, act in (*acts, ("answer", self._answer)):
            if name in self.story:
                self.stage.plan(self.story[name]["days_ago"], partial(act, self.story[name]))
        if "accepted_days_ago" in self.story:
            self.stage.plan(self.story["accepted_days_ago"], self._accept)

    def _ask(self) -> None:
        story, today = self.story, clock.today()
        words = RequestWords(
            UseKind[story["use"]],
            story["purpose"],
            story["users"],
            story["n_users"],
            story["safeguards"],
            today + timedelta(days=story["first_day"]),
            today + timedelta(days=story["last_day"]),
        )
        dataset = db.session.scalars(sa.select(Dataset).where(Dataset.title.contains(story["dataset"]))).one()
        self.made = ask_for_data(dataset, self._author(), words, self._need())

    def _need(self) -> DataNeed | None:
        if "need" not in self.story:
            return None
        return db.session.scalars(sa.select(DataNeed).where(DataNeed.question.contains(self.story["need"]))).one()

    def _review(self, plan: Story) -> None:
        items = self.request.criteria.items
        marks = {item.id: Mark[mark] for item, mark in zip(items, plan["marks"], strict=True)}
        member = self.stage.staff[self.panel[plan["by"]]]
        review_request(self.request, member, marks, Verdict[plan["verdict"]], plan["words"], seen=self.request.revision)

    def _refuse(self, plan: Story) -> None:
        refuse_request(self.request, self.stage.staff[plan["by"]], plan["reason"], seen=self.request.revision)

    def _approve(self, plan: Story) -> None:
        terms = TermsWords(
            clock.today() + timedelta(days=plan["until"]),
            plan["most_users"],
            Publishing[plan["publishing"]],
            plan["may_join"],
            plan["erase_within_days"],
            plan["must_report"],
            plan["more"],
        )
        actor = self.stage.staff[plan["by"]]
        approve_request(self.request, actor, plan["reason"], terms, seen=self.request.revision)

    def _accept(self) -> None:
        seen = fingerprint(self.request.terms[-1])
        accept_terms(self.request, self._author(), seen=self.request.revision, seen_terms=seen)

    def _appeal(self, plan: Story) -> None:
        appeal(self.request, self._author(), plan["reason"], seen=self.request.revision)

    def _answer(self, plan: Story) -> None:
        actor = self.stage.staff[plan["by"]]
        answer_appeal(self.request, actor, plan["granted"], plan["text"], seen=self.request.revision)

    def _author(self) -> Account:
        return self.stage.people[self.story["who"]][0]

    @property
    def request(self) -> DataRequest:
        assert self.made is not None
        return self.made
