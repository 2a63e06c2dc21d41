"""Comments of ratings as texts of people: reported, hidden, appealed and left behind. The scores are none.

Only a rating with a comment is a text that others can read, and only while its round is open and its figures are shown.
A rating whose author left is REMOVED for good, also where its comment was hidden before.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from forum.core.errors import InvalidInput
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.core.links import path_for
from forum.core.text import clean_text, refuse_resident_numbers
from forum.response.delivery.models import MAX_COMMENT_CHARS, MilestoneRating, RatingState
from forum.response.delivery.queries import shows_comments
from forum.system.texts.registry import Correction, EarlierState, Place, TextKind, Words
from forum.voice.moderation.models import Hiding
from forum.voice.moderation.queries import open_hiding


class MilestoneRatingKind(TextKind):
    """Comments of ratings. Whoever hides one, it is HIDDEN; its scores go on counting, as a vote does."""

    code, path_name, label = MilestoneRating.__tablename__, "ratings", _l("평가에 쓴 의견")
    model = MilestoneRating
    found_by_search = False

    def words(self, text: MilestoneRating) -> Words:
        return Words("", text.comment or _("(글이 없는 평가)"))

    def words_as_typed(self, text: MilestoneRating) -> Words | None:
        return None  # the form shows what is stored

    def place(self, text: MilestoneRating) -> Place:
        milestone = text.round.milestone
        path = path_for("delivery.rating", milestone_id=milestone.id, _anchor=f"rating-{text.id}")
        return Place(milestone.title, path, milestone.answer.referral.theme.campaign)

    def state_label(self, text: MilestoneRating) -> str:
        return text.state.label

    def is_hidden(self, text: MilestoneRating) -> bool:
        if text.state is RatingState.REMOVED:
            return open_hiding(text) is not None
        return text.state is RatingState.HIDDEN

    def is_reachable(self, text: MilestoneRating) -> bool:
        is_text = text.state is RatingState.VISIBLE and text.comment != ""
        return is_text and text.round.ended_at is None and shows_comments(text.round_id)

    def revision(self, text: MilestoneRating) -> int:
        return text.revision

    def hide(self, text: MilestoneRating) -> EarlierState:
        earlier = EarlierState(text.state.value)
        if text.state is not RatingState.REMOVED:
            text.state = RatingState.HIDDEN
        return earlier

    def show(self, text: MilestoneRating, earlier: EarlierState) -> None:
        if text.state is not RatingState.REMOVED:
            text.state = RatingState(earlier.state)

    def shown(self) -> sa.ColumnElement[bool]:
        return sa.and_(MilestoneRating.state == RatingState.VISIBLE, MilestoneRating.comment != "")

    def hidden(self) -> sa.ColumnElement[bool]:
        hidden_before = sa.exists().where(
            Hiding.text_kind == self.code, Hiding.text_id == MilestoneRating.id, Hiding.lifted_at.is_(None)
        )
        is_removed = MilestoneRating.state == RatingState.REMOVED
        return sa.or_(MilestoneRating.state == RatingState.HIDDEN, sa.and_(is_removed, hidden_before))

    def take_down(self, text: MilestoneRating) -> EarlierState:
        return self.hide(text)

    def put_back(self, text: MilestoneRating, earlier: EarlierState) -> bool:
        self.show(text, earlier)
        return True

    def leave_behind(self, participant_id: int, keep_words: bool) -> None:
        """A rating goes with its author as a vote does, whether or not their posts stay."""
        own = sa.update(MilestoneRating).where(MilestoneRating.author_id == participant_id)
        gone = own.values(state=RatingState.REMOVED, comment="")
        db.session.execute(gone.execution_options(synchronize_session=False))
        db.session.expire_all()

    def hand_over(self, from_participant: int, to_participant: int) -> None:
        """Guests rate nothing."""

    def mask(self, text: MilestoneRating) -> bool:
        before = text.comment
        text.comment = before  # assignment masks
        return text.comment != before

    def word_columns(self) -> tuple[Any, ...]:
        return (MilestoneRating.comment,)

    def correct(self, text: MilestoneRating, correction: Correction) -> bool:
        words = correction(text.comment)
        if words == text.comment:
            return False
        try:
            comment = clean_text(words, "comment", str(self.label), max_chars=MAX_COMMENT_CHARS)
            refuse_resident_numbers(comment, "comment")
        except InvalidInput:
            return False
        text.comment = comment
        return True
