"""The sample's needs for data: refused, with an offer, one that `datauses` settles, and an open one that many join."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import sqlalchemy as sa

from forum.analysis.themes.models import Theme
from forum.core.extensions import db
from forum.development.sample.letters import ANALYST
from forum.development.sample.people import STEWARD
from forum.development.sample.stage import Stage
from forum.development.sample.voices import FOLDER
from forum.people.accounts.models import Account
from forum.response.dataneeds.deciding import offer_dataset, refuse_need
from forum.response.dataneeds.models import DataNeed
from forum.response.dataneeds.services import NeedWords, ask_need, join_need
from forum.response.dataneeds.subjects import Subject, of_thing
from forum.response.datasets.models import Dataset

Story = dict[str, Any]


def plan_needs(stage: Stage) -> None:
    """Plan who asks, joins, offers and decides, each at its moment."""
    story: Story = json.loads((FOLDER / "data_needs.json").read_text(encoding="utf-8"))
    for plan in story["needs"]:
        _Played(stage, plan).plan()


class _Played:
    """One need as it is played."""

    def __init__(self, stage: Stage, story: Story) -> None:
        self.stage, self.story = stage, story
        self.need: DataNeed | None = None

    def plan(self) -> None:
        self.stage.plan(self.story["days_ago"], self._ask)
        for who, days_ago in self.story["joined"]:
            self.stage.plan(days_ago, partial(self._join, who))
        for name, act in (("offer", self._offer), ("refused", self._refuse)):
            if name in self.story:
                self.stage.plan(self.story[name]["days_ago"], partial(act, self.story[name]))

    def _ask(self) -> None:
        words = NeedWords(*(self.story[name] for name in ("question", "wanted", "benefit")))
        self.need = ask_need(self._subject(), self._person(self.story["who"]), words)

    def _join(self, who: int | str) -> None:
        join_need(self._asked(), self._person(who))

    def _offer(self, plan: Story) -> None:
        dataset = db.session.scalars(sa.select(Dataset).where(Dataset.title.contains(plan["dataset"]))).one()
        actor = self.stage.staff[STEWARD if plan["by"] == "steward" else ANALYST]
        offer_dataset(self._asked(), dataset, actor, seen=self._asked().revision)

    def _refuse(self, plan: Story) -> None:
        refuse_need(self._asked(), self.stage.staff[ANALYST], plan["text"], seen=self._asked().revision)

    def _subject(self) -> Subject:
        if "idea" in self.story:
            return of_thing(self.stage.ideas[self.story["idea"]])
        return of_thing(db.session.scalars(sa.select(Theme).where(Theme.title == self.story["theme"])).one())

    def _person(self, who: int | str) -> Account:
        return self.stage.staff[who] if isinstance(who, str) else self.stage.people[who][0]

    def _asked(self) -> DataNeed:
        assert self.need is not None
        return self.need
