"""The two kinds of text of this slice: ideas, and comments on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from forum.core import clock
from forum.core.errors import InvalidInput
from forum.core.extensions import db
from forum.core.i18n import _l
from forum.core.links import path_for
from forum.core.text import clean_line, clean_text, refuse_resident_numbers
from forum.system.texts.registry import Correction, EarlierState, Place, TextKind, Words
from forum.voice.ideas.models import (
    SHOWN_STATES,
    Comment,
    CommentOriginal,
    CommentState,
    Idea,
    IdeaDraft,
    IdeaOriginal,
    IdeaRevision,
    IdeaState,
    IdeaTally,
)
from forum.voice.ideas.parts import all_parts
from forum.voice.ideas.search import SEARCH_TOKENS_VERSION, tokens_of

DELETED_TITLE, DELETED_BODY = _l("지워진 제안"), _l("글쓴이가 탈퇴하면서 지웠습니다.")
DELETED_COMMENT = _l("글쓴이가 지운 댓글입니다.")


class IdeaKind(TextKind):
    """Ideas. Moderation makes one HIDDEN; a revoked consent makes it WITHDRAWN, as its author could."""

    code, path_name, label = Idea.__tablename__, "ideas", _l("제안")
    model = Idea
    found_by_search = True

    def words(self, text: Idea) -> Words:
        return Words(text.title, text.body)

    def words_as_typed(self, text: Idea) -> Words | None:
        original = db.session.get(IdeaOriginal, text.id)
        return Words(original.title, original.body) if original else None

    def place(self, text: Idea) -> Place:
        return Place(text.title, path_for("thread.idea", idea_id=text.id), text.campaign)

    def state_label(self, text: Idea) -> str:
        return text.state.label

    def is_hidden(self, text: Idea) -> bool:
        return text.state is IdeaState.HIDDEN

    def revision(self, text: Idea) -> int:
        return text.revision

    def hide(self, text: Idea) -> EarlierState:
        return self._leave_state(text, IdeaState.HIDDEN)

    def show(self, text: Idea, earlier: EarlierState) -> None:
        target_id = _current_target(earlier.target_id, text)
        is_gone = earlier.state == IdeaState.MERGED.value and target_id is None
        text.state = IdeaState.OPEN if is_gone else IdeaState(earlier.state)
        text.merged_into_id, text.updated_at = target_id, clock.now()

    def shown(self) -> sa.ColumnElement[bool]:
        return Idea.state.in_(SHOWN_STATES)

    def hidden(self) -> sa.ColumnElement[bool]:
        return Idea.state == IdeaState.HIDDEN

    def take_down(self, text: Idea) -> EarlierState:
        return self._leave_state(text, IdeaState.WITHDRAWN)

    def put_back(self, text: Idea, earlier: EarlierState) -> bool:
        if text.state is IdeaState.HIDDEN:
            return False
        if text.state is IdeaState.WITHDRAWN:
            self.show(text, earlier)
        return True

    def leave_behind(self, participant_id: int, keep_words: bool) -> None:
        ideas = db.session.scalars(sa.select(Idea).where(Idea.author_id == participant_id).order_by(Idea.id)).all()
        _delete(IdeaDraft, IdeaDraft.participant_id == participant_id)
        _delete(IdeaOriginal, IdeaOriginal.idea_id.in_([idea.id for idea in ideas]))
        if keep_words:
            return
        for idea in ideas:
            _delete(IdeaRevision, IdeaRevision.idea_id == idea.id)
            idea.title, idea.body, idea.search_tokens = str(DELETED_TITLE), str(DELETED_BODY), ""
            idea.sector = idea.region_code = None
            idea.state = IdeaState.WITHDRAWN if idea.state is IdeaState.OPEN else idea.state
            idea.updated_at = clock.now()
        for part in all_parts():
            part.leave_behind([idea.id for idea in ideas])
        db.session.flush()

    def hand_over(self, from_participant: int, to_participant: int) -> None:
        _delete(IdeaDraft, IdeaDraft.participant_id == from_participant)
        super().hand_over(from_participant, to_participant)

    def mask(self, text: Idea) -> bool:
        title, body = text.title, text.body
        text.title, text.body = title, body  # assignment masks
        if (text.title, text.body) == (title, body):
            return False
        text.search_tokens = tokens_of(text.title, text.body)
        if text.author_id is not None and db.session.get(IdeaOriginal, text.id) is None:
            db.session.add(IdeaOriginal(idea_id=text.id, title=title, body=body))
        return True

    def word_columns(self) -> tuple[Any, ...]:
        return Idea.title, Idea.body

    def correct(self, text: Idea, correction: Correction) -> bool:
        words = correction(text.title), correction(text.body)
        if words == (text.title, text.body):
            return False
        try:
            title = _checked(clean_line(words[0], "title", str(self.label), max_chars=len(text.title)))
            body = _checked(clean_text(words[1], "body", str(self.label), max_chars=len(text.body), min_chars=0))
        except InvalidInput:
            return False
        if not body and text.external_id is None:
            return False
        text.keep_wording()
        text.title, text.body = title, body
        text.search_tokens = tokens_of(text.title, text.body)
        text.search_tokens_version = SEARCH_TOKENS_VERSION
        is_masked = (text.title, text.body) != (title, body)
        if is_masked and text.author_id is not None and db.session.get(IdeaOriginal, text.id) is None:
            db.session.add(IdeaOriginal(idea_id=text.id, title=title, body=body))
        return True

    def _leave_state(self, idea: Idea, state: IdeaState) -> EarlierState:
        earlier = EarlierState(idea.state.value, idea.merged_into_id)
        idea.state, idea.merged_into_id, idea.updated_at = state, None, clock.now()
        return earlier


class CommentKind(TextKind):
    """Comments. Whoever hides one, it is HIDDEN, and the idea's tally does not count it."""

    code, path_name, label = Comment.__tablename__, "comments", _l("댓글")
    model = Comment
    found_by_search = False

    def words(self, text: Comment) -> Words:
        return Words("", text.body)

    def words_as_typed(self, text: Comment) -> Words | None:
        original = db.session.get(CommentOriginal, text.id)
        return Words("", original.body) if original else None

    def place(self, text: Comment) -> Place:
        path = path_for("thread.idea", idea_id=text.idea_id, _anchor=f"comment-{text.id}")
        return Place(text.idea.title, path, text.idea.campaign)

    def state_label(self, text: Comment) -> str:
        return text.state.label

    def is_hidden(self, text: Comment) -> bool:
        return text.state is CommentState.HIDDEN

    def is_reachable(self, text: Comment) -> bool:
        return not self.is_hidden(text) and text.idea.state is not IdeaState.HIDDEN

    def hide(self, text: Comment) -> EarlierState:
        text.state = CommentState.HIDDEN
        _count_comment(text, -1)
        return EarlierState(CommentState.VISIBLE.value)

    def show(self, text: Comment, earlier: EarlierState) -> None:
        text.state = CommentState(earlier.state)
        _count_comment(text, 1)

    def shown(self) -> sa.ColumnElement[bool]:
        return Comment.state == CommentState.VISIBLE

    def hidden(self) -> sa.ColumnElement[bool]:
        return Comment.state == CommentState.HIDDEN

    def lock_shown(self, participant_id: int) -> Sequence[Comment]:
        """Order by idea: tallies are always changed in the order of their ideas."""
        return sorted(super().lock_shown(participant_id), key=lambda comment: (comment.idea_id, comment.id))

    def take_down(self, text: Comment) -> EarlierState:
        return self.hide(text)

    def put_back(self, text: Comment, earlier: EarlierState) -> bool:
        if self.is_hidden(text):
            self.show(text, earlier)
        return True

    def leave_behind(self, participant_id: int, keep_words: bool) -> None:
        own = sa.select(Comment).where(Comment.author_id == participant_id).order_by(Comment.id)
        comments = db.session.scalars(own).all()
        _delete(CommentOriginal, CommentOriginal.comment_id.in_([comment.id for comment in comments]))
        if not keep_words:
            for comment in comments:
                comment.body = str(DELETED_COMMENT)
        db.session.flush()

    def mask(self, text: Comment) -> bool:
        typed = text.body
        text.body = typed  # assignment masks
        if text.body != typed:
            db.session.merge(CommentOriginal(comment_id=text.id, body=typed))
        return text.body != typed

    def word_columns(self) -> tuple[Any, ...]:
        return (Comment.body,)

    def correct(self, text: Comment, correction: Correction) -> bool:
        if correction(text.body) == text.body:
            return False
        try:
            body = _checked(clean_text(correction(text.body), "body", str(self.label), max_chars=len(text.body)))
        except InvalidInput:
            return False
        text.body = body
        if text.body != body and db.session.get(CommentOriginal, text.id) is None:
            db.session.add(CommentOriginal(comment_id=text.id, body=body))
        return True


def _checked(text: str) -> str:
    """:raise InvalidInput: a resident registration number"""
    refuse_resident_numbers(text, "body")
    return text


def _current_target(target_id: int | None, idea: Idea) -> int | None:
    """Return the idea that the target of a merge leads to now; None if it leads back to this one.

    The target may have been merged since, even into this idea.
    """
    seen = {idea.id}
    while target_id is not None and target_id not in seen:
        target = db.session.get_one(Idea, target_id)
        if target.merged_into_id is None:
            return target.id
        seen.add(target_id)
        target_id = target.merged_into_id
    return None


def _count_comment(comment: Comment, by: int) -> None:
    tally = sa.update(IdeaTally).where(IdeaTally.idea_id == comment.idea_id)
    db.session.execute(tally.values(comments=IdeaTally.comments + by))


def _delete(model: type, which: sa.ColumnElement[bool]) -> None:
    statement: Any = sa.delete(model).where(which)
    db.session.execute(statement.execution_options(synchronize_session=False))
