"""The notice that asks a member for a reason for scores far from the others'."""

from __future__ import annotations

from forum.core.i18n import _
from forum.core.links import path_for
from forum.deliberation.scorecards.models import Scorecard
from forum.system.notices.services import notify_all


def ask_why_far(card: Scorecard) -> None:
    """Ask a member why their scores of a task are far from the others'. The caller commits."""
    account_id = card.author.account_id
    if account_id is None:
        return
    text = _("과제 ‘%(title)s’에 매긴 점수가 다른 사람들과 많이 달라요. 까닭을 적어 주세요.", title=card.task.title)
    notify_all(
        [account_id], "scores_far", text, path_for("rounds.mine", round_id=card.stage.round_id), in_daily_mail=True
    )
