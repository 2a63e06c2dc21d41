"""Notices to people who are given a seat or a place in a team, or whose seat ends."""

from __future__ import annotations

from forum.core.i18n import _
from forum.core.links import path_for
from forum.deliberation.council.models import CouncilGroup, CouncilTerm, Seat
from forum.people.accounts.models import Account
from forum.system.notices.services import notify_all

KIND = "council_seat"


def notify_of_seat(seat: Seat) -> None:
    """Tell the member and the substitute. The caller commits."""
    told = {"n": seat.term.number, "office": seat.office}
    if seat.account_id is not None:
        text = _("협의회 제%(n)s기 위원이 됐어요(%(office)s).", **told)
        notify_all([seat.account_id], KIND, text, _path(seat.term), in_daily_mail=True)
    if seat.substitute_id is not None:
        text = _("협의회 제%(n)s기 위원(%(office)s)의 대리인이 됐어요.", **told)
        notify_all([seat.substitute_id], KIND, text, _path(seat.term), in_daily_mail=True)


def notify_of_end(seat: Seat) -> None:
    """Tell the member that their seat ended. The caller commits."""
    if seat.account_id is not None:
        text = _("협의회 제%(n)s기 위원의 일이 끝났어요. 고마워요.", n=seat.term.number)
        notify_all([seat.account_id], KIND, text, _path(seat.term), in_daily_mail=True)


def notify_of_team(group: CouncilGroup, account: Account) -> None:
    """Tell a citizen that they are in a team. The caller commits."""
    text = _("국민포럼팀 ‘%(name)s’에 들어왔어요. 대표과제를 고를 때 의견을 낼 수 있어요.", name=group.name)
    notify_all([account.id], KIND, text, _path(group.term), in_daily_mail=True)


def _path(term: CouncilTerm) -> str:
    return path_for("council.term", number=term.number)
