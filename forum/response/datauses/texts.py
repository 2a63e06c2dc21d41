"""Uses of data as texts of people: reported, hidden, appealed, masked and left behind."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.core.links import path_for
from forum.response.datauses.facts import CHECKED
from forum.response.datauses.models import WORDS, DataUse, UseState
from forum.response.datauses.queries import is_shown, shown
from forum.system.texts.flagged import HiddenByFlag
from forum.system.texts.registry import Place, Words

GONE = _l("(쓴 사람이 지운 글)")
NO_TYPED = {f"{name}_typed": None for name in WORDS}
NO_WORDS = {"code_url": "", "chart_title": "", "chart_unit": "", "chart_rows": []}


class UseKind(HiddenByFlag):
    """Uses of data. The finding in a sentence is the title; finding, effect and the names in the chart are the body."""

    code, path_name, label = DataUse.__tablename__, "data-uses", _l("자료로 알게 된 것")
    model = DataUse
    found_by_search = True

    def words(self, text: DataUse) -> Words:
        return Words(text.title, _body(text.finding, text.effect, text))

    def words_as_typed(self, text: DataUse) -> Words | None:
        typed = [getattr(text, f"{name}_typed") for name in WORDS]
        if all(one is None for one in typed):
            return None
        title, finding, effect = (own or getattr(text, name) for own, name in zip(typed, WORDS, strict=True))
        return Words(title, _body(finding, effect, text))

    def mask(self, text: DataUse) -> bool:
        before = {name: getattr(text, name) for name in WORDS}
        is_masked = super().mask(text)
        for name, typed in before.items():
            if typed != getattr(text, name) and getattr(text, f"{name}_typed") is None:
                setattr(text, f"{name}_typed", typed)
        return is_masked

    def place(self, text: DataUse) -> Place:
        return Place(text.title, path_for("datauses.show", use_id=text.id), text.campaign)

    def state_label(self, text: DataUse) -> str:
        return _("숨김") if text.is_hidden else text.state.label

    def is_reachable(self, text: DataUse) -> bool:
        return is_shown(text.id)

    def revision(self, text: DataUse) -> int:
        return text.revision

    def shown(self) -> sa.ColumnElement[bool]:
        return shown()

    def leave_behind(self, participant_id: int, keep_words: bool) -> None:
        """What is public stays if its words may; what somebody checked, or settled a need with, stays without them.
        The rest goes.
        """
        own = DataUse.author_id == participant_id
        removed = {"state": UseState.REMOVED, "reason": "", **dict.fromkeys(WORDS, "")} | NO_WORDS
        gone = {"title": str(GONE), "finding": str(GONE), "effect": ""} | NO_WORDS
        is_kept = DataUse.state == UseState.PUBLISHED if keep_words else sa.false()
        statements: list[Any] = [
            sa.update(DataUse).where(own).values(**NO_TYPED),
            sa.update(DataUse).where(own, CHECKED, ~is_kept).values(**gone),
            sa.update(DataUse).where(own, ~CHECKED, ~is_kept).values(**removed),
        ]
        for statement in statements:
            db.session.execute(statement.execution_options(synchronize_session=False))
        db.session.expire_all()

    def hand_over(self, from_participant: int, to_participant: int) -> None:
        """Guests write none."""

    def word_columns(self) -> tuple[Any, ...]:
        return (DataUse.title, DataUse.finding, DataUse.effect)


def _body(finding: str, effect: str, use: DataUse) -> str:
    chart = [use.chart_title, *(str(label) for label, _value in use.chart_rows)]
    return "\n\n".join(part for part in (finding, effect, ", ".join(filter(None, chart))) if part)
