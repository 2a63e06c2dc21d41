"""Notices to the members: that they can rate the finalists, and that a list was calculated."""

from __future__ import annotations

from forum.core.i18n import _
from forum.core.links import path_for
from forum.deliberation.advisory.models import AdvisorySlate
from forum.deliberation.advisory.queries import member_accounts
from forum.deliberation.rounds.models import CouncilRound
from forum.system.notices.services import notify_all


def notify_to_rate(round_: CouncilRound) -> None:
    """Tell the members that the finalists wait for their ratings. The caller commits."""
    text = _("‘%(title)s’의 최종 과제가 정해졌어요. 총회 전에 과제마다 표를 남길 수 있어요.", title=round_.title)
    path = path_for("advisory.rate", round_id=round_.id)
    notify_all(member_accounts(round_.term_id), "finalists_to_rate", text, path, in_daily_mail=True)


def notify_of_list(round_: CouncilRound, slate: AdvisorySlate) -> None:
    """Tell the members that a list stands beside their choice. The caller commits."""
    text = _(
        "‘%(title)s’에서 %(side)s 계산한 목록이 나왔어요. 참고할 뿐, 과제는 협의회가 정해요.",
        title=round_.title,
        side=slate.side.label,
    )
    path = path_for("advisory.show", round_id=round_.id)
    notify_all(member_accounts(round_.term_id), "advisory_list", text, path, in_daily_mail=True)
