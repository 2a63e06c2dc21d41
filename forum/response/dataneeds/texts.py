"""Needs for data as texts of people: reported, hidden, appealed, masked and left behind."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.core.links import path_for
from forum.response.dataneeds.facts import BY_STAFF
from forum.response.dataneeds.models import DataNeed, NeedJoin, NeedState
from forum.response.dataneeds.queries import LISTED, is_shown, shown
from forum.system.texts.flagged import HiddenByFlag
from forum.system.texts.registry import Place, Words

GONE = _l("(쓴 사람이 지운 글)")
NO_TYPED = {"question_typed": None, "wanted_typed": None, "benefit_typed": None}


class NeedKind(HiddenByFlag):
    """Needs for data. The question is the title; which data would answer it and why it is good is the body."""

    code, path_name, label = DataNeed.__tablename__, "data-needs", _l("필요한 자료")
    model = DataNeed
    found_by_search = True

    def words(self, text: DataNeed) -> Words:
        return Words(text.question, f"{text.wanted}\n\n{text.benefit}".strip())

    def words_as_typed(self, text: DataNeed) -> Words | None:
        typed = (text.question_typed, text.wanted_typed, text.benefit_typed)
        if all(one is None for one in typed):
            return None
        question, wanted, benefit = (
            own or masked for own, masked in zip(typed, (text.question, text.wanted, text.benefit), strict=True)
        )
        return Words(question, f"{wanted}\n\n{benefit}")

    def mask(self, text: DataNeed) -> bool:
        before = {name: getattr(text, name) for name in ("question", "wanted", "benefit")}
        is_masked = super().mask(text)
        for name, typed in before.items():
            if typed != getattr(text, name) and getattr(text, f"{name}_typed") is None:
                setattr(text, f"{name}_typed", typed)
        return is_masked

    def place(self, text: DataNeed) -> Place:
        return Place(text.question, path_for("dataneeds.show", need_id=text.id), text.campaign)

    def state_label(self, text: DataNeed) -> str:
        return _("숨김") if text.is_hidden else text.state.label

    def is_reachable(self, text: DataNeed) -> bool:
        return is_shown(text.id)

    def revision(self, text: DataNeed) -> int:
        return text.revision

    def shown(self) -> sa.ColumnElement[bool]:
        return shown()

    def leave_behind(self, participant_id: int, keep_words: bool) -> None:
        """What one joined is forgotten. One's own needs stay if the words may; what a holder or an analyst has dealt
        with stays without its words, and the rest goes.
        """
        own = DataNeed.author_id == participant_id
        is_dealt_with = DataNeed.state.in_(BY_STAFF)
        removed = {"state": NeedState.REMOVED, "question": "", "wanted": "", "benefit": ""}
        statements: list[Any] = [
            sa.delete(NeedJoin).where(NeedJoin.participant_id == participant_id),
            sa.update(DataNeed).where(own).values(**NO_TYPED),
            sa.update(DataNeed).where(own, DataNeed.state.not_in(LISTED)).values(**removed),
        ]
        if not keep_words:
            gone = {name: str(GONE) for name in ("question", "wanted", "benefit")}
            statements.append(sa.update(DataNeed).where(own, is_dealt_with).values(**gone))
            statements.append(sa.update(DataNeed).where(own, ~is_dealt_with).values(**removed))
        for statement in statements:
            db.session.execute(statement.execution_options(synchronize_session=False))
        db.session.expire_all()

    def hand_over(self, from_participant: int, to_participant: int) -> None:
        """Guests ask for no data."""

    def word_columns(self) -> tuple[Any, ...]:
        return (DataNeed.question, DataNeed.wanted, DataNeed.benefit)
