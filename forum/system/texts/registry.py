"""Registry of the kinds of text that people publish here for others to read.

A kind says about its texts: who wrote them, what they say, where they stand, how they are hidden and shown again, what
remains of them when their author leaves, and whether search finds them. Moderation, guardians' consent, leaving, the
archive of one's own data, masking and `flask forum check` work over this registry, so that a new kind needs no change
there. A slice registers its kinds in `setup.py`; its migration adds them to the view `published_text`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, NamedTuple, Protocol

import sqlalchemy as sa
from flask_babel.speaklater import LazyString

from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.kinds import register_kind


class PublishedText(Protocol):
    """What the rows of every kind have in common. `author_id` is a participant; None for imported texts."""

    @property
    def id(self) -> int: ...

    @property
    def author_id(self) -> int | None: ...

    @property
    def created_at(self) -> datetime: ...


class Words(NamedTuple):
    """The words of a text. `title` is empty for kinds without a title."""

    title: str
    body: str

    @property
    def heading(self) -> str:
        """What a list shows: the title, or the text if it has none."""
        return self.title or self.body


class Place(NamedTuple):
    """The page a text stands on: its title and path, and the campaign whose menu the page shows."""

    title: str
    path: str
    campaign: Any


class Picture(NamedTuple):
    """The picture that a text describes: its path, the words for those who do not see it, and its pixels."""

    path: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True)
class EarlierState:
    """A text's state before it was hidden.

    state : code of the kind's own states
    target_id : row of the same kind that the text pointed to, such as the idea it was merged into
    """

    state: str
    target_id: int | None = None


Correction = Callable[[str], str]
"""What the program corrects in a title or a text, such as characters that another program encoded."""


class TextKind(ABC):
    """One kind of text. `text` is always a row of `model`. Nothing here commits.

    code : stored beside the row's id wherever something is about a text; the table's name, as in the audit log
    path_name : names the kind in addresses, such as /report/ideas/12
    label : what people call one text of this kind
    found_by_search : whether the public search finds these texts; hidden ones it never does
    """

    code: ClassVar[str]
    path_name: ClassVar[str]
    label: ClassVar[LazyString]
    model: ClassVar[type[Any]]
    found_by_search: ClassVar[bool]

    @abstractmethod
    def words(self, text: Any) -> Words:
        """Return the words as everybody reads them, with personal data masked."""

    @abstractmethod
    def words_as_typed(self, text: Any) -> Words | None:
        """Return the words as typed, if they are kept because the public ones are masked."""

    def picture(self, _text: Any) -> Picture | None:
        """Return the picture that the text is about; None for kinds that are words alone, and where it is gone."""
        return None

    @abstractmethod
    def place(self, text: Any) -> Place:
        """Return the page that the text stands on."""

    @abstractmethod
    def state_label(self, text: Any) -> str:
        """Return the state in words."""

    @abstractmethod
    def is_hidden(self, text: Any) -> bool:
        """Return whether moderation or a guardian's revoked consent hides the text."""

    def is_reachable(self, text: Any) -> bool:
        """Return whether others can read the text now. A kind that stands under another one asks that one too."""
        return not self.is_hidden(text)

    def revision(self, _text: Any) -> int:
        """Return the number of the wording; it grows with each edit. Kinds that cannot be edited have one."""
        return 1

    @abstractmethod
    def hide(self, text: Any) -> EarlierState:
        """Hide a locked text from everybody but its author and the moderators."""

    @abstractmethod
    def show(self, text: Any, earlier: EarlierState) -> None:
        """Undo `hide` on a locked text."""

    @abstractmethod
    def shown(self) -> sa.ColumnElement[bool]:
        """Return the condition that a text can be read by others."""

    @abstractmethod
    def hidden(self) -> sa.ColumnElement[bool]:
        """Return the condition of `is_hidden`."""

    def lock_shown(self, participant_id: int) -> Sequence[Any]:
        """Lock and return the participant's texts that others can read, in the order in which they are changed."""
        return self.lock_all((self.model.author_id == participant_id) & self.shown())

    @abstractmethod
    def take_down(self, text: Any) -> EarlierState:
        """Hide a locked text because a guardian revoked the consent."""

    @abstractmethod
    def put_back(self, text: Any, earlier: EarlierState) -> bool:
        """Undo `take_down` on a locked text; return False and change nothing if moderation has hidden it since."""

    @abstractmethod
    def leave_behind(self, participant_id: int, keep_words: bool) -> None:
        """Do what remains to be done with a person's texts when they leave.

        What only the author could read is deleted. Without `keep_words` the public words are replaced too.
        """

    def hand_over(self, from_participant: int, to_participant: int) -> None:
        """Make a participant's texts another's: a guest's become those of an account. The caller holds both locked."""
        own = sa.update(self.model).where(self.model.author_id == from_participant).values(author_id=to_participant)
        db.session.execute(own.execution_options(synchronize_session=False))
        db.session.expire_all()

    @abstractmethod
    def mask(self, text: Any) -> bool:
        """Mask personal data in a text of an earlier version; return whether anything changed."""

    @abstractmethod
    def word_columns(self) -> tuple[Any, ...]:
        """Return the columns that hold the public words."""

    @abstractmethod
    def correct(self, text: Any, correction: Correction) -> bool:
        """Correct the words of a locked text that an earlier version stored; return whether anything changed.

        Earlier wordings are kept where the kind keeps them, and so are the words as typed. A text that could not be
        stored as corrected (nothing left, a resident number in it) stays as it is.
        """

    def get(self, text_id: int) -> Any | None:
        return db.session.get(self.model, text_id)

    def lock(self, text: Any) -> None:
        """Lock the row until the end of the transaction, and reload it."""
        db.session.refresh(text, with_for_update={"of": self.model})

    def lock_all(self, condition: sa.ColumnElement[bool]) -> Sequence[Any]:
        """Lock and return the texts that meet `condition`, by id, as they are now."""
        query = sa.select(self.model).where(condition).order_by(self.model.id).with_for_update(of=self.model)
        return db.session.scalars(query.execution_options(populate_existing=True)).all()


TEXT_KINDS: dict[str, TextKind] = {}
"""Code -> kind, in the order of registration."""


def register_text_kind(kind: TextKind) -> None:
    """Register a kind. See `forum.core.kinds.register_kind`."""
    register_kind(TEXT_KINDS, kind)


def text_kinds() -> tuple[TextKind, ...]:
    return tuple(TEXT_KINDS.values())


def kind_of(text: PublishedText) -> TextKind:
    """Return the kind of a row."""
    return next(kind for kind in TEXT_KINDS.values() if isinstance(text, kind.model))


def kind_named(path_name: str) -> TextKind:
    """Return the kind that an address names.

    :raise NotFound: no such kind
    """
    for kind in TEXT_KINDS.values():
        if kind.path_name == path_name:
            return kind
    raise NotFound(_("그런 글이 없어요."))
