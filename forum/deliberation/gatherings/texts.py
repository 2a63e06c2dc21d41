"""Gatherings as texts of people: reported, hidden, appealed, masked, and left behind."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from forum.core import clock
from forum.core.errors import InvalidInput
from forum.core.extensions import db
from forum.core.i18n import _l
from forum.core.links import path_for
from forum.core.text import clean_line, clean_text, refuse_resident_numbers
from forum.deliberation.gatherings.models import PUBLIC_STATES, Gathering
from forum.system.texts.registry import Correction, EarlierState, Place, TextKind, Words

DELETED_TITLE = _l("글이 지워진 모임")
VISIBLE = "VISIBLE"
"""The one earlier state there is: hiding is apart from the gathering's own states."""
WORD_COLUMNS = ("title", "summary", "host_name", "access_notes", "agenda")
BODY_COLUMNS = WORD_COLUMNS[1:]


class GatheringKind(TextKind):
    """What a facilitator writes about a gathering. Its author is who opened it, also once somebody else runs it."""

    code, path_name, label = Gathering.__tablename__, "gatherings", _l("모임")
    model = Gathering
    found_by_search = True

    def words(self, text: Gathering) -> Words:
        return Words(text.title, "\n\n".join(part for name in BODY_COLUMNS if (part := getattr(text, name))))

    def words_as_typed(self, text: Gathering) -> Words | None:
        return None  # the form shows what is stored, and says at once what was masked

    def place(self, text: Gathering) -> Place:
        return Place(text.title, path_for("gatherings.show", gathering_id=text.id), text.campaign)

    def state_label(self, text: Gathering) -> str:
        return text.state.label

    def is_hidden(self, text: Gathering) -> bool:
        return text.is_hidden

    def is_reachable(self, text: Gathering) -> bool:
        return text.is_public

    def revision(self, text: Gathering) -> int:
        return text.revision

    def hide(self, text: Gathering) -> EarlierState:
        text.is_hidden, text.updated_at = True, clock.now()
        return EarlierState(VISIBLE)

    def show(self, text: Gathering, earlier: EarlierState) -> None:
        text.is_hidden, text.updated_at = False, clock.now()

    def shown(self) -> sa.ColumnElement[bool]:
        return Gathering.state.in_(PUBLIC_STATES) & ~Gathering.is_hidden

    def hidden(self) -> sa.ColumnElement[bool]:
        return Gathering.is_hidden.is_(True)

    def take_down(self, text: Gathering) -> EarlierState:
        return self.hide(text)

    def put_back(self, text: Gathering, earlier: EarlierState) -> bool:
        if text.is_hidden:
            self.show(text, earlier)
        return True

    def leave_behind(self, participant_id: int, keep_words: bool) -> None:
        if keep_words:
            return
        own = sa.select(Gathering).where(Gathering.author_id == participant_id).order_by(Gathering.id)
        for gathering in db.session.scalars(own):
            gathering.title = str(DELETED_TITLE)
            for name in BODY_COLUMNS:
                setattr(gathering, name, "")
            gathering.revision += 1
            gathering.updated_at = clock.now()
        db.session.flush()

    def mask(self, text: Gathering) -> bool:
        before = [getattr(text, name) for name in WORD_COLUMNS]
        for name, words in zip(WORD_COLUMNS, before, strict=True):
            setattr(text, name, words)  # assignment masks
        return before != [getattr(text, name) for name in WORD_COLUMNS]

    def word_columns(self) -> tuple[Any, ...]:
        return tuple(getattr(Gathering, name) for name in WORD_COLUMNS)

    def correct(self, text: Gathering, correction: Correction) -> bool:
        before = {name: getattr(text, name) for name in WORD_COLUMNS}
        after = {name: correction(words) for name, words in before.items()}
        if after == before:
            return False
        try:
            clean = {name: _checked(name, words, len(before[name])) for name, words in after.items()}
        except InvalidInput:
            return False
        for name, words in clean.items():
            setattr(text, name, words)
        return True


def _checked(name: str, words: str, max_chars: int) -> str:
    """:raise InvalidInput: nothing left of a title, or a resident registration number"""
    is_title = name == "title"
    clean = clean_line if name in {"title", "host_name"} else clean_text
    text = clean(words, name, name, max_chars=max_chars, min_chars=int(is_title))
    refuse_resident_numbers(text, name)
    return text
