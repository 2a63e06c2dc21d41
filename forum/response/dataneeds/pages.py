"""What pages show of needs for data: those of ideas, themes, letters and tasks, and the one of a need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from forum.analysis.themes.models import Theme
from forum.core.access import ANONYMOUS, Actor, Role
from forum.core.i18n import _
from forum.deliberation.rounds.models import CouncilTask
from forum.response.dataneeds.models import DataNeed, NeedState
from forum.response.dataneeds.permissions import can_ask, can_change, can_decide, can_join, is_author, why_not_ask
from forum.response.dataneeds.queries import (
    NeedFilters,
    WantedNeed,
    count_waiting,
    datasets_to_offer,
    has_joined,
    holders_by_actor,
    needs_of,
    needs_of_dataset,
    needs_page,
)
from forum.response.dataneeds.services import TAKES_JOINS
from forum.response.dataneeds.subjects import Subject, of_thing
from forum.response.datasets.models import Dataset
from forum.response.referrals.models import Referral
from forum.web.waiting import Waiting

SHOWN_OF_SUBJECT = 3


@dataclass(frozen=True)
class NeedsOfSubject:
    """The section on the page of what needs are about. `may_ask` also for visitors: they sign in first."""

    needs: Sequence[WantedNeed]
    subject: Subject
    may_ask: bool

    @property
    def most(self) -> int:
        return most_wanted(self.needs)

    @property
    def first(self) -> Sequence[WantedNeed]:
        return self.needs[:SHOWN_OF_SUBJECT]

    @property
    def further(self) -> Sequence[WantedNeed]:
        return self.needs[SHOWN_OF_SUBJECT:]


def most_wanted(needs: Sequence[WantedNeed]) -> int:
    """Return the number that fills a bar."""
    return max((one.n_people for one in needs), default=1)


def needs_section(thing: Any, reader: Actor, needs: Sequence[WantedNeed] | None = None) -> NeedsOfSubject | None:
    """Return the section for an idea, a theme, a letter or a task; None if there is nothing to show or to do.

    :param needs: about it, where they are loaded already
    """
    subject = of_thing(thing)
    if needs is None:
        needs = needs_of(subject)
    may_ask = subject.takes_needs and (can_ask(reader) or reader.role is Role.ANONYMOUS)
    return NeedsOfSubject(needs, subject, may_ask) if needs or may_ask else None


def of_theme(theme: Theme, reader: Actor) -> NeedsOfSubject | None:
    return needs_section(theme, reader) if theme.is_decided else None


def of_letter(letter: Referral, reader: Actor) -> NeedsOfSubject | None:
    return needs_section(letter, reader)


def of_task(task: CouncilTask, reader: Actor) -> NeedsOfSubject | None:
    return needs_section(task, reader)


def of_dataset(dataset: Dataset, _reader: Actor) -> Sequence[WantedNeed] | None:
    """Return the needs that a dataset is offered for."""
    return needs_of_dataset(dataset) or None


def most_wanted_now(_subject: object, _reader: Actor) -> Sequence[WantedNeed] | None:
    """Return the open needs that most people want settled, for lists of datasets and the desk of stewards."""
    return needs_page(NeedFilters(), 1, SHOWN_OF_SUBJECT) or None


@dataclass(frozen=True)
class NeedPage:
    """One need as its reader sees it.

    to_offer : datasets that the reader may offer
    own_holders : ids of the holders that the reader speaks for; None for analysts, who speak for all
    """

    wanted: WantedNeed
    is_own: bool
    may_join: bool
    has_joined: bool
    why_not_join: str
    may_change: bool
    may_withdraw: bool
    may_decide: bool
    to_offer: Sequence[Dataset]
    own_holders: frozenset[int] | None

    @property
    def need(self) -> DataNeed:
        return self.wanted.need

    @property
    def is_over(self) -> bool:
        return self.need.state in {NeedState.SETTLED, NeedState.REFUSED}

    def may_take_back(self, dataset: Dataset) -> bool:
        is_undecided = self.need.state is NeedState.OFFERED
        return is_undecided and (self.own_holders is None or dataset.holder_id in self.own_holders)


def need_page(wanted: WantedNeed, reader: Actor) -> NeedPage:
    need = wanted.need
    takes = need.state in TAKES_JOINS and not need.is_hidden
    joined = has_joined(need, reader)
    is_own_and_open = can_change(reader, need) and need.state is NeedState.OPEN and not need.is_hidden
    is_asker = reader.role is ANONYMOUS.role or is_author(reader, need)
    return NeedPage(
        wanted=wanted,
        is_own=is_author(reader, need),
        may_join=takes and can_join(reader, need),
        has_joined=joined,
        why_not_join="" if is_asker or can_ask(reader) or not takes else why_not_ask(reader),
        may_change=is_own_and_open and wanted.n_people == 1,
        may_withdraw=is_own_and_open,
        may_decide=can_decide(reader) and not need.is_hidden,
        to_offer=datasets_to_offer(reader, need) if takes else (),
        own_holders=None if can_decide(reader) else holders_by_actor(reader),
    )


def needs_waiting(_analyst: Actor) -> list[Waiting]:
    """Return how many open needs have had no offer for two weeks."""
    count = count_waiting()
    return [Waiting(_("2주 넘게 기다리는 자료 요청"), count, url_for("dataneeds.listing"))] if count else []
