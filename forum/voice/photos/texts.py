"""Photos as texts of people: reported, hidden, appealed and left behind. Their words are what they show."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from forum.core.errors import InvalidInput
from forum.core.extensions import db
from forum.core.i18n import _l
from forum.core.links import path_for
from forum.core.text import clean_line, refuse_resident_numbers
from forum.system.texts.registry import Correction, EarlierState, Picture, Place, TextKind, Words
from forum.voice.ideas.models import SHOWN_STATES, Idea
from forum.voice.photos.models import MAX_CAPTION_CHARS, IdeaPhoto, PhotoState
from forum.voice.photos.services import take_away


class IdeaPhotoKind(TextKind):
    """Photos of ideas. Whoever hides one, it is HIDDEN; when it is shown again and its picture is gone, REMOVED."""

    code, path_name, label = IdeaPhoto.__tablename__, "photos", _l("사진")
    model = IdeaPhoto
    found_by_search = False

    def words(self, text: IdeaPhoto) -> Words:
        return Words("", text.alt)

    def words_as_typed(self, text: IdeaPhoto) -> Words | None:
        return None  # the form shows what is stored

    def picture(self, text: IdeaPhoto) -> Picture | None:
        if text.sha256 is None:
            return None
        return Picture(path_for("photos.show", photo_id=text.id), text.alt, text.width, text.height)

    def place(self, text: IdeaPhoto) -> Place:
        path = path_for("thread.idea", idea_id=text.idea_id, _anchor=f"photo-{text.id}")
        return Place(text.idea.title, path, text.idea.campaign)

    def state_label(self, text: IdeaPhoto) -> str:
        return text.state.label

    def is_hidden(self, text: IdeaPhoto) -> bool:
        return text.state is PhotoState.HIDDEN

    def is_reachable(self, text: IdeaPhoto) -> bool:
        return text.state is PhotoState.VISIBLE and text.idea.state in SHOWN_STATES

    def revision(self, text: IdeaPhoto) -> int:
        return text.idea.revision

    def hide(self, text: IdeaPhoto) -> EarlierState:
        earlier = EarlierState(text.state.value)
        text.state = PhotoState.HIDDEN
        return earlier

    def show(self, text: IdeaPhoto, earlier: EarlierState) -> None:
        text.state = PhotoState.VISIBLE if text.sha256 is not None else PhotoState.REMOVED

    def shown(self) -> sa.ColumnElement[bool]:
        return IdeaPhoto.state == PhotoState.VISIBLE

    def hidden(self) -> sa.ColumnElement[bool]:
        return IdeaPhoto.state == PhotoState.HIDDEN

    def take_down(self, text: IdeaPhoto) -> EarlierState:
        return self.hide(text)

    def put_back(self, text: IdeaPhoto, earlier: EarlierState) -> bool:
        if self.is_hidden(text):
            self.show(text, earlier)
        return True

    def leave_behind(self, participant_id: int, keep_words: bool) -> None:
        if keep_words:
            return
        own = sa.select(IdeaPhoto).where(IdeaPhoto.author_id == participant_id).order_by(IdeaPhoto.id)
        for photo in db.session.scalars(own):
            take_away(photo)
            photo.caption = ""
        db.session.flush()

    def mask(self, text: IdeaPhoto) -> bool:
        before = text.caption
        text.caption = before  # assignment masks
        return text.caption != before

    def word_columns(self) -> tuple[Any, ...]:
        return (IdeaPhoto.caption,)

    def correct(self, text: IdeaPhoto, correction: Correction) -> bool:
        words = correction(text.caption)
        if words == text.caption:
            return False
        try:
            caption = clean_line(words, "caption", str(self.label), max_chars=MAX_CAPTION_CHARS, min_chars=0)
            refuse_resident_numbers(caption, "caption")
        except InvalidInput:
            return False
        text.caption = caption
        return True

    def lock(self, text: IdeaPhoto) -> None:
        """Lock the idea first: an edit of the idea holds it while it changes the photos."""
        db.session.execute(sa.select(Idea.id).where(Idea.id == text.idea_id).with_for_update(of=Idea, read=True))
        super().lock(text)
