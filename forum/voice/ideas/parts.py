"""Parts of an idea that other slices add to the ideas of some campaigns: fields of the form, and where they are stored.

Ideas of an everyday campaign say of what kind they are and where, and have photos. Both slices come after this one:
each registers its part in `setup.py`. The words, the votes and the states of an idea stay here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel.speaklater import LazyString

from forum.core.access import Actor
from forum.core.database import LabelledEnum
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import Idea

Sent = Mapping[str, Any]
"""What the form of an idea was sent, by field name."""
PartValues = Mapping[str, Any]
"""Name of a part -> its checked value, as its `read` and `keep` returned it."""


class IdeaPart(ABC):
    """One part of the ideas of some campaigns. Nothing here commits.

    name : its key among the `PartValues`
    form_template : its fields, included in the form of the idea
    draft_fields : names of the fields whose texts a draft keeps
    """

    name: ClassVar[str]
    form_template: ClassVar[str]
    draft_fields: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def is_of(self, campaign: Campaign) -> bool:
        """Return whether the ideas of this campaign have this part."""

    @abstractmethod
    def fields(self) -> dict[str, Any]:
        """Return the unbound WTForms fields by name. A name of `IdeaForm` takes the place of its field."""

    @abstractmethod
    def filled(self, idea: Idea) -> dict[str, Any]:
        """Return the values of the fields for an idea that is edited."""

    @abstractmethod
    def read(self, actor: Actor, sent: Sent) -> Any:
        """Return the checked value. No row is read or written.

        :raise InvalidInput: with a message for each field
        """

    def keep(self, actor: Actor, value: Any) -> Any:
        """Do what may take seconds, such as storing a file, before the transaction writes; return the value to store.

        :raise TooManyTexts: the person has sent too much of it
        """
        return value

    def count_by_person(self, actor: Actor, value: Any) -> None:
        """Count it against the person's limits, before other rows are locked."""
        return

    def count_by_network(self, address: str | None, value: Any) -> None:
        """Count it against the network's limits, as the last thing of the act."""
        return

    @abstractmethod
    def store(self, idea: Idea, value: Any) -> None:
        """Store it with a new idea."""

    @abstractmethod
    def change(self, idea: Idea, value: Any) -> bool:
        """Change it with an idea that is edited and locked; return whether anything changed.

        :raise WrongState: it cannot be changed now
        """

    def withdraw(self, idea: Idea) -> None:
        """Take away what must not remain when the author withdraws the idea."""
        return

    def leave_behind(self, idea_ids: Sequence[int]) -> None:
        """Delete what an author says there who leaves and takes the words along."""
        return


@dataclass(frozen=True)
class IdeaFilter:
    """A filter of the list of ideas that a slice adds.

    name : of the query parameter
    choices : what it may be, by name and label
    column : what it is compared with; `idea_id` is the column beside it
    part : the filter is offered where the ideas have this part
    """

    name: str
    label: LazyString
    choices: type[LabelledEnum]
    column: Any
    idea_id: Any
    part: IdeaPart

    def condition(self, value: LabelledEnum) -> sa.ColumnElement[bool]:
        return Idea.id.in_(sa.select(self.idea_id).where(self.column == value))


_PARTS: dict[str, IdeaPart] = {}
_FILTERS: dict[str, IdeaFilter] = {}


def register_idea_part(part: IdeaPart, *filters: IdeaFilter) -> None:
    """Add a part, and filters by it. Adding it again changes nothing."""
    _PARTS.setdefault(part.name, part)
    for one in filters:
        _FILTERS.setdefault(one.name, one)


def parts_of(campaign: Campaign) -> list[IdeaPart]:
    """Return the parts of this campaign's ideas, in the order of registration."""
    return [part for part in _PARTS.values() if part.is_of(campaign)]


def all_parts() -> list[IdeaPart]:
    return list(_PARTS.values())


def all_filters() -> dict[str, IdeaFilter]:
    return _FILTERS


def filters_of(campaign: Campaign) -> list[IdeaFilter]:
    """Return the filters that the list of this campaign offers beside the usual ones."""
    return [one for one in _FILTERS.values() if one.part.is_of(campaign)]
