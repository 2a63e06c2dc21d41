"""What pages show of uses of data: those of ideas, themes, letters, tasks, needs and datasets, and the one of a use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from forum.analysis.themes.models import Theme
from forum.core.access import Actor
from forum.core.i18n import _
from forum.core.links import path_for
from forum.deliberation.rounds.models import CouncilTask
from forum.response.dataneeds.models import DataNeed, NeedState
from forum.response.dataneeds.permissions import can_read_need
from forum.response.dataneeds.queries import is_shown as need_is_shown
from forum.response.dataneeds.subjects import Subject, of_thing, subject_of
from forum.response.datarequests.models import DataRequest
from forum.response.datasets.models import Dataset
from forum.response.datauses.charting import UseChart, chart_of, small_figures
from forum.response.datauses.models import DataUse, UseState
from forum.response.datauses.permissions import can_change, can_check, can_settle, can_write, is_author, not_open
from forum.response.datauses.queries import (
    USABLE,
    count_waiting,
    holders_to_write,
    own_holders,
    uses_of,
    uses_of_dataset,
    uses_of_need,
    uses_of_request,
    waiting_uses,
)
from forum.response.datauses.services import CHANGEABLE
from forum.response.referrals.models import Referral
from forum.web.waiting import Waiting

SHOWN_OF_SUBJECT = 3


@dataclass(frozen=True)
class ShownUse:
    """A use in a list, with its chart."""

    use: DataUse
    chart: UseChart | None

    @property
    def subject(self) -> Subject:
        return subject_of(self.use)


@dataclass(frozen=True)
class UsesSection:
    """The section on the page of a thing. `new_url` is empty where the reader may not write.

    with_subject : say of each what it is about, because the page around does not
    """

    uses: Sequence[ShownUse]
    new_url: str = ""
    with_subject: bool = False

    @property
    def first(self) -> Sequence[ShownUse]:
        return self.uses[:SHOWN_OF_SUBJECT]

    @property
    def further(self) -> Sequence[ShownUse]:
        return self.uses[SHOWN_OF_SUBJECT:]


def shown_uses(uses: Sequence[DataUse]) -> list[ShownUse]:
    return [ShownUse(use, chart_of(use)) for use in uses]


def uses_section(thing: Any, reader: Actor, uses: Sequence[DataUse] | None = None) -> UsesSection | None:
    """Return the section for an idea, a theme, a letter or a task; None if there is nothing to show or to do.

    :param uses: about it, where they are loaded already
    """
    subject = of_thing(thing)
    if uses is None:
        uses = uses_of(subject)
    new_url = path_for("datauses.new", **subject.args) if may_write(reader) else ""
    return UsesSection(shown_uses(uses), new_url) if uses or new_url else None


def may_write(reader: Actor) -> bool:
    return can_write(reader, holders_to_write(reader))


def of_theme(theme: Theme, reader: Actor) -> UsesSection | None:
    return uses_section(theme, reader) if theme.is_decided else None


def of_letter(letter: Referral, reader: Actor) -> UsesSection | None:
    return uses_section(letter, reader)


def of_task(task: CouncilTask, reader: Actor) -> UsesSection | None:
    return uses_section(task, reader)


def of_dataset(dataset: Dataset, _reader: Actor) -> UsesSection | None:
    """Return what was found out with a dataset. One writes from what it is about, so there is no link to write."""
    uses = uses_of_dataset(dataset)
    return UsesSection(shown_uses(uses), with_subject=True) if uses else None


def of_need(need: DataNeed, reader: Actor) -> UsesSection | None:
    """Return what answers a need."""
    uses = uses_of_need(need)
    takes = need.state in {NeedState.OPEN, NeedState.OFFERED, NeedState.SETTLED} and not need.is_hidden
    new_url = url_for("datauses.new", need=need.id) if takes and may_write(reader) else ""
    return UsesSection(shown_uses(uses), new_url) if uses or new_url else None


@dataclass(frozen=True)
class UsesOfRequest:
    """What came of an approval. `is_asked` says so to the person, who may write it from the need or another page."""

    uses: Sequence[ShownUse]
    is_asked: bool
    new_url: str


def of_request(request: DataRequest, reader: Actor) -> UsesOfRequest | None:
    """Return what was found out with requested data; the person is asked for it where the terms say so."""
    if not request.terms:
        return None
    uses = uses_of_request(request)
    is_asked = reader.participant_id == request.author_id and not uses
    args = {"need": request.need_id, "dataset": request.dataset_id}
    new_url = path_for("datauses.new", **args) if is_asked and request.need_id else ""
    return UsesOfRequest(shown_uses(uses), is_asked, new_url) if uses or is_asked else None


def waiting_on_desk(_holders: object, reader: Actor) -> Sequence[DataUse] | None:
    """Return what waits for a check, for the desk of stewards and analysts."""
    return waiting_uses(reader) or None


def uses_waiting(_analyst: Actor) -> list[Waiting]:
    """Return how many uses wait for a check."""
    n = count_waiting()
    return [Waiting(_("확인을 기다리는 자료 결과"), n, url_for("datasets.desk", _anchor="data-uses"))] if n else []


@dataclass(frozen=True)
class UsePage:
    """One use as its reader sees it.

    closed : its datasets that not everybody may have
    small : rows of the chart that could be counts of few people, for whoever checks
    """

    shown: ShownUse
    is_own: bool
    may_change: bool
    may_publish: bool
    may_return: bool
    may_settle: bool
    sees_need: bool
    closed: Sequence[Dataset]
    small: Sequence[str]

    @property
    def use(self) -> DataUse:
        return self.shown.use


def use_page(use: DataUse, reader: Actor) -> UsePage:
    is_open = not use.is_hidden and use.state in CHANGEABLE
    may_check = is_open and use.needs_check and can_check(reader, use, own_holders(reader))
    may_publish = may_check and use.state is UseState.WAITING
    is_public = use.state is UseState.PUBLISHED and not use.is_hidden
    is_settleable = use.need is not None and use.need.state is NeedState.OFFERED and not use.need.is_hidden
    return UsePage(
        shown=ShownUse(use, chart_of(use)),
        is_own=is_author(reader, use),
        may_change=is_open and can_change(reader, use),
        may_publish=may_publish,
        may_return=may_check and use.state in {UseState.WAITING, UseState.PUBLISHED},
        may_settle=is_public and is_settleable and can_settle(reader),
        sees_need=sees_need(use, reader),
        closed=not_open(use.datasets),
        small=small_figures(use) if may_publish else (),
    )


def sees_need(use: DataUse, reader: Actor) -> bool:
    """Return whether a use answers a need that the reader may read."""
    return use.need is not None and can_read_need(reader, use.need, need_is_shown(use.need.id))


def preselected(need: DataNeed | None, dataset_id: int | None, usable: Sequence[Dataset]) -> list[Dataset]:
    """Return the datasets that the form chooses first: the one that an address names, or those offered for the need."""
    ids = {dataset_id} if dataset_id else {offer.dataset_id for offer in need.offers} if need else set()
    return [one for one in usable if one.id in ids and one.state in USABLE]
