"""The sample's datasets: three holders, what they have, and how far each talk went. All of it is made up."""

from __future__ import annotations

import json
from datetime import date
from functools import partial
from typing import Any

from forum.core.reference import Sector
from forum.development.sample.letters import ANALYST
from forum.development.sample.people import STEWARD
from forum.development.sample.stage import Stage
from forum.development.sample.voices import FOLDER
from forum.people.accounts.models import Account
from forum.response.datasets.editions import (
    Address,
    publish_version,
    set_addresses,
    set_dictionary,
    set_sample_rows,
    start_version,
)
from forum.response.datasets.holders import add_holder, add_steward
from forum.response.datasets.models import (
    ColumnType,
    DataHolder,
    Dataset,
    DatasetState,
    FileFormat,
    HolderKind,
    Licence,
    Refresh,
    Sensitivity,
)
from forum.response.datasets.pasted import ColumnLine, as_text
from forum.response.datasets.services import Description, add_quality_note, move_dataset, propose_dataset

Story = dict[str, Any]


def plan_datasets(stage: Stage) -> None:
    """Plan the acts of analysts and the steward, each at its moment."""
    story: Story = json.loads((FOLDER / "datasets.json").read_text(encoding="utf-8"))
    holders: dict[str, DataHolder] = {}
    for plan in story["holders"]:
        stage.plan(plan["days_ago"], partial(_holder, stage, holders, plan))
    has_steward = {plan["key"] for plan in story["holders"] if plan["steward"]}
    for plan in story["datasets"]:
        writer = STEWARD if plan["holder"] in has_steward else ANALYST
        _Played(stage, holders, plan, writer).plan()


def _holder(stage: Stage, holders: dict[str, DataHolder], plan: Story) -> None:
    analyst, kind = stage.staff[ANALYST], HolderKind[plan["kind"]]
    holder = add_holder(analyst, plan["name"], kind, plan["homepage"], plan["office"], plan["email"])
    if plan["steward"]:
        add_steward(holder, analyst, stage.staff[STEWARD].email, seen=holder.revision)
    holders[plan["key"]] = holder


class _Played:
    """One dataset as it is played."""

    def __init__(self, stage: Stage, holders: dict[str, DataHolder], story: Story, writer: str) -> None:
        self.stage, self.holders, self.story, self.writer = stage, holders, story, writer
        self.dataset: Dataset | None = None

    def plan(self) -> None:
        self.stage.plan(self.story["days_ago"], self._propose)
        self.stage.plan(self.story["talking_days_ago"], partial(self._move, DatasetState.TALKING))
        for version in self.story["versions"]:
            self.stage.plan(version["days_ago"], partial(self._write, version))
        if "offered_days_ago" in self.story:
            self.stage.plan(self.story["offered_days_ago"], partial(self._move, DatasetState.OFFERED))
        for note in self.story["notes"]:
            self.stage.plan(note["days_ago"], partial(self._note, note))

    def _propose(self) -> None:
        plan = self.story
        described = Description(
            title=plan["title"],
            summary=plan["summary"],
            keywords=plan["keywords"],
            sector=Sector[plan["sector"]],
            row_means=plan["row_means"],
            region_code=plan["region"],
            period_from=date.fromisoformat(plan["period_from"]),
            period_until=date.fromisoformat(plan["period_until"]) if plan["period_until"] else None,
            refresh=Refresh[plan["refresh"]],
            sensitivity=Sensitivity[plan["sensitivity"]],
            licence=Licence[plan["licence"]],
            terms=plan["terms"],
            price_won=plan["price_won"],
        )
        self.dataset = propose_dataset(self.holders[plan["holder"]], self._by(self.writer), described)

    def _move(self, state: DatasetState) -> None:
        dataset = self._dataset()
        move_dataset(dataset, self._by(ANALYST), state, seen=dataset.revision)

    def _write(self, version: Story) -> None:
        dataset, actor = self._dataset(), self._by(self.writer)
        start_version(dataset, actor, seen=dataset.revision)
        lines = [ColumnLine(one[0], one[1], ColumnType[one[2]], *one[3:]) for one in version["columns"]]
        set_dictionary(dataset, actor, lines, seen=dataset.revision)
        set_sample_rows(dataset, actor, as_text(version["rows"]), seen=dataset.revision)
        published = publish_version(dataset, actor, version["changes"], seen=dataset.revision)
        addresses = [Address(**(one | {"format": FileFormat[one["format"]]})) for one in version.get("addresses", ())]
        if addresses:
            set_addresses(published, actor, addresses, seen=dataset.revision)

    def _note(self, note: Story) -> None:
        dataset, actor = self._dataset(), self._by(STEWARD if note["by"] == "steward" else ANALYST)
        add_quality_note(dataset, actor, note["text"], note.get("version"), seen=dataset.revision)

    def _by(self, label: str) -> Account:
        return self.stage.staff[label]

    def _dataset(self) -> Dataset:
        assert self.dataset is not None
        return self.dataset
