"""Registry of the kinds of things that people can follow.

A slice that has followers registers its kind in `setup.py`, and asks `followers_of` for them where it notifies people.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel.speaklater import LazyString

from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.kinds import register_kind


class FollowKind(ABC):
    """One kind of thing; `thing` is always a row of `model`.

    code : stored beside the row's id; the table's name, as in the audit log
    path_name : names the kind in addresses, such as /follows/ideas/12
    label : what people call one thing of this kind
    """

    code: ClassVar[str]
    path_name: ClassVar[str]
    label: ClassVar[LazyString]
    model: ClassVar[type[Any]]

    @abstractmethod
    def title(self, thing: Any) -> str:
        """Return what a list calls it."""

    @abstractmethod
    def path(self, thing: Any) -> str:
        """Return the path of its page."""

    def is_public(self, _thing: Any) -> bool:
        """Return whether everybody can read it now: only then can somebody begin to follow it or see its title."""
        return True

    def has_news(self) -> sa.ColumnElement[bool]:
        """Return the condition that its followers hear of anything."""
        return sa.true()

    def get(self, object_id: int) -> Any | None:
        return db.session.get(self.model, object_id)


FOLLOW_KINDS: dict[str, FollowKind] = {}
"""Code -> kind, in the order of registration."""


def register_follow_kind(kind: FollowKind) -> None:
    """Register a kind. See `forum.core.kinds.register_kind`."""
    register_kind(FOLLOW_KINDS, kind)


def follow_kind_named(path_name: str) -> FollowKind:
    """Return the kind that an address names.

    :raise NotFound: no such kind
    """
    for kind in FOLLOW_KINDS.values():
        if kind.path_name == path_name:
            return kind
    raise NotFound(_("알림을 받을 수 없는 것이에요."))
