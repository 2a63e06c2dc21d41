"""Public pledges as texts of people: reported, hidden, appealed and left behind. Their words are the name of a group.

What is pledged comes from the catalogue: a person's own pledge has no words of theirs, but their name stands there.
A pledge whose maker left is REMOVED for good, also where it was hidden before.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from forum.core import clock
from forum.core.errors import InvalidInput
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.core.links import path_for
from forum.core.text import clean_line, refuse_resident_numbers
from forum.response.pledges.mails import words_of
from forum.response.pledges.models import MAX_GROUP_NAME_CHARS, CheckIn, Pledge, PledgeState
from forum.system.texts.registry import Correction, EarlierState, Place, TextKind, Words
from forum.voice.moderation.models import Hiding
from forum.voice.moderation.queries import open_hiding


class PledgeKind(TextKind):
    """Pledges that their makers made public. Whoever hides one, it is HIDDEN; the numbers go on counting it."""

    code, path_name, label = Pledge.__tablename__, "pledges", _l("실천 약속")
    model = Pledge
    found_by_search = False

    def words(self, text: Pledge) -> Words:
        return Words(text.group_name or _("(이름 없는 약속)"), words_of(text))

    def words_as_typed(self, text: Pledge) -> Words | None:
        return None  # the form shows what is stored

    def place(self, text: Pledge) -> Place:
        return Place(text.theme.title, path_for("pledges.show", pledge_id=text.id), text.theme.campaign)

    def state_label(self, text: Pledge) -> str:
        return text.state.label

    def is_hidden(self, text: Pledge) -> bool:
        if text.state is PledgeState.REMOVED:
            return open_hiding(text) is not None
        return text.state is PledgeState.HIDDEN

    def is_reachable(self, text: Pledge) -> bool:
        return text.is_public and text.state is PledgeState.VISIBLE

    def revision(self, text: Pledge) -> int:
        return text.revision

    def hide(self, text: Pledge) -> EarlierState:
        earlier = EarlierState(text.state.value)
        if text.state is not PledgeState.REMOVED:
            text.state = PledgeState.HIDDEN
        return earlier

    def show(self, text: Pledge, earlier: EarlierState) -> None:
        if text.state is not PledgeState.REMOVED:
            text.state = PledgeState(earlier.state)

    def shown(self) -> sa.ColumnElement[bool]:
        return sa.and_(Pledge.state == PledgeState.VISIBLE, Pledge.is_public)

    def hidden(self) -> sa.ColumnElement[bool]:
        hidden_before = sa.exists().where(
            Hiding.text_kind == self.code, Hiding.text_id == Pledge.id, Hiding.lifted_at.is_(None)
        )
        is_removed = Pledge.state == PledgeState.REMOVED
        return sa.or_(Pledge.state == PledgeState.HIDDEN, sa.and_(is_removed, hidden_before))

    def take_down(self, text: Pledge) -> EarlierState:
        return self.hide(text)

    def put_back(self, text: Pledge, earlier: EarlierState) -> bool:
        self.show(text, earlier)
        return True

    def leave_behind(self, participant_id: int, keep_words: bool) -> None:
        """A pledge goes with its maker as a vote does, whether or not their posts stay, and with it each check-in."""
        own = Pledge.author_id == participant_id
        forgotten = sa.delete(CheckIn).where(CheckIn.pledge_id.in_(sa.select(Pledge.id).where(own)))
        today = clock.today()
        ended = sa.case((Pledge.starts_on > today, Pledge.starts_on), else_=today)
        gone = (
            sa.update(Pledge)
            .where(own)
            .values(
                state=PledgeState.REMOVED,
                group_name="",
                is_public=False,
                reminds=False,
                stopped_on=sa.func.coalesce(Pledge.stopped_on, ended),
            )
        )
        for statement in (forgotten, gone):
            db.session.execute(statement.execution_options(synchronize_session=False))
        db.session.expire_all()

    def hand_over(self, from_participant: int, to_participant: int) -> None:
        """Guests pledge nothing."""

    def mask(self, text: Pledge) -> bool:
        before = text.group_name
        text.group_name = before  # assignment masks
        return text.group_name != before

    def word_columns(self) -> tuple[Any, ...]:
        return (Pledge.group_name,)

    def correct(self, text: Pledge, correction: Correction) -> bool:
        words = correction(text.group_name)
        if words == text.group_name:
            return False
        try:
            name = clean_line(words, "group_name", str(self.label), max_chars=MAX_GROUP_NAME_CHARS)
            refuse_resident_numbers(name, "group_name")
        except InvalidInput:
            return False
        text.group_name = name
        return True
