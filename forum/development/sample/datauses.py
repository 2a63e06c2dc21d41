"""The sample's uses of data: one that settled a need, and one that waits for a check."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import sqlalchemy as sa

from forum.core.extensions import db
from forum.development.sample.letters import ANALYST
from forum.development.sample.stage import Stage
from forum.development.sample.voices import FOLDER
from forum.people.accounts.models import Account
from forum.response.dataneeds.models import DataNeed
from forum.response.dataneeds.subjects import subject_of
from forum.response.datasets.holders import add_steward
from forum.response.datasets.models import Dataset
from forum.response.datauses.charting import TypedChart
from forum.response.datauses.deciding import settle_with
from forum.response.datauses.models import DataUse
from forum.response.datauses.services import UseWords, write_use

Story = dict[str, Any]


def plan_uses(stage: Stage) -> None:
    """Plan who writes, and which need an analyst settles with it, each at its moment."""
    story: Story = json.loads((FOLDER / "data_uses.json").read_text(encoding="utf-8"))
    for plan in story["uses"]:
        _Played(stage, plan).plan()


class _Played:
    """One use as it is played."""

    def __init__(self, stage: Stage, story: Story) -> None:
        self.stage, self.story = stage, story
        self.use: DataUse | None = None

    def plan(self) -> None:
        if "steward_from" in self.story:
            self.stage.plan(self.story["steward_from"], self._become_steward)
        self.stage.plan(self.story["days_ago"], self._write)
        if "settled" in self.story:
            self.stage.plan(self.story["settled"]["days_ago"], partial(self._settle, self.story["settled"]["text"]))

    def _become_steward(self) -> None:
        holder = self._datasets()[0].holder
        add_steward(holder, self.stage.staff[ANALYST], self._author().email, seen=holder.revision)

    def _write(self) -> None:
        plan, chart, need = self.story, self.story["chart"], self._need()
        typed = TypedChart(chart["title"], chart["unit"], "\n".join(chart["rows"]))
        words = UseWords(plan["title"], plan["finding"], plan["effect"], plan["code_url"], typed)
        self.use = write_use(subject_of(need), self._author(), words, [one.id for one in self._datasets()], need)

    def _settle(self, text: str) -> None:
        assert self.use is not None
        analyst, need = self.stage.staff[ANALYST], self._need()
        settle_with(self.use, analyst, text, seen=self.use.revision, seen_need=need.revision)

    def _author(self) -> Account:
        return self.stage.people[self.story["who"]][0]

    def _need(self) -> DataNeed:
        idea = self.stage.ideas[self.story["need"]]
        return db.session.scalars(sa.select(DataNeed).where(DataNeed.idea_id == idea.id)).one()

    def _datasets(self) -> list[Dataset]:
        query = sa.select(Dataset).order_by(Dataset.id)
        return [db.session.scalars(query.where(Dataset.title.contains(one))).one() for one in self.story["datasets"]]
