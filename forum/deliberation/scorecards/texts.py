"""The reasons on scorecards as texts of people: reported, hidden, appealed and left behind.

They are published without a name once the stage closes. The scores count whatever becomes of the words.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.core.links import path_for
from forum.deliberation.scorecards.models import Scorecard, StageResult
from forum.deliberation.scorecards.queries import is_public_stage
from forum.system.texts.flagged import HiddenByFlag
from forum.system.texts.registry import Place, Words

GONE = _l("(쓴 사람이 지운 글)")


class ScorecardKind(HiddenByFlag):
    """Reasons on scorecards of stages whose scores are public."""

    code, path_name, label = Scorecard.__tablename__, "scorecards", _l("평가표의 까닭")
    model = Scorecard
    found_by_search = False

    def words(self, text: Scorecard) -> Words:
        return Words("", "\n\n".join(part for part in (text.reason, text.far_reason) if part))

    def place(self, text: Scorecard) -> Place:
        path = path_for("scorecards.scores", stage_id=text.stage_id)
        return Place(text.task.title, path, text.stage.round.campaign)

    def state_label(self, text: Scorecard) -> str:
        return _("숨김") if text.is_hidden else _("공개")

    def is_reachable(self, text: Scorecard) -> bool:
        return is_public_stage(text.stage) and not text.is_hidden and text.taken_out_at is None

    def revision(self, text: Scorecard) -> int:
        return text.revision

    def shown(self) -> sa.ColumnElement[bool]:
        computed = sa.exists().where(StageResult.stage_id == Scorecard.stage_id)  # only closed stages have a result
        return sa.and_(~Scorecard.is_hidden, Scorecard.taken_out_at.is_(None), computed)

    def leave_behind(self, participant_id: int, keep_words: bool) -> None:
        """Scores stay, without a name; the words go unless the person leaves them."""
        own = sa.update(Scorecard).where(Scorecard.author_id == participant_id).values(shows_name=False)
        if not keep_words:
            own = own.values(reason=str(GONE), far_reason="")
        db.session.execute(own.execution_options(synchronize_session=False))
        db.session.expire_all()

    def hand_over(self, from_participant: int, to_participant: int) -> None:
        """Guests score nothing."""

    def word_columns(self) -> tuple[Any, ...]:
        return (Scorecard.reason, Scorecard.far_reason)
