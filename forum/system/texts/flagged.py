"""Kinds of text that a flag hides: what they have in common."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from forum.core.errors import InvalidInput
from forum.core.text import clean_text, refuse_resident_numbers
from forum.system.texts.registry import Correction, EarlierState, TextKind, Words


class HiddenByFlag(TextKind):
    """What kinds have in common whose rows say by `is_hidden` that a text is hidden. Assignment masks their words."""

    def words_as_typed(self, text: Any) -> Words | None:
        return None

    def is_hidden(self, text: Any) -> bool:
        return bool(text.is_hidden)

    def hide(self, text: Any) -> EarlierState:
        text.is_hidden = True
        return EarlierState("SHOWN")

    def show(self, text: Any, earlier: EarlierState) -> None:
        text.is_hidden = False

    def hidden(self) -> sa.ColumnElement[bool]:
        is_hidden: sa.ColumnElement[bool] = self.model.is_hidden
        return is_hidden

    def take_down(self, text: Any) -> EarlierState:
        return self.hide(text)

    def put_back(self, text: Any, earlier: EarlierState) -> bool:
        self.show(text, earlier)
        return True

    def mask(self, text: Any) -> bool:
        before = [getattr(text, column.key) for column in self.word_columns()]
        for column, typed in zip(self.word_columns(), before, strict=True):
            setattr(text, column.key, typed)  # assignment masks
        return before != [getattr(text, column.key) for column in self.word_columns()]

    def correct(self, text: Any, correction: Correction) -> bool:
        corrected = {column.key: correction(getattr(text, column.key)) for column in self.word_columns()}
        if all(words == getattr(text, name) for name, words in corrected.items()):
            return False
        try:
            checked = {name: self._checked(words, len(getattr(text, name))) for name, words in corrected.items()}
        except InvalidInput:
            return False
        for name, words in checked.items():
            setattr(text, name, words)
        return True

    def _checked(self, words: str, max_chars: int) -> str:
        text = clean_text(words, "body", str(self.label), max_chars=max_chars, min_chars=1 if max_chars else 0)
        refuse_resident_numbers(text, "body")
        return text
