from __future__ import annotations

from forum.core.i18n import _
from forum.response.pilots.models import Pilot, PilotDecision, PilotState
from forum.response.referrals.mails import notify_people


def notify_of_start(pilot: Pilot) -> None:
    """Notify authors, supporters and followers that it has started. The caller commits."""
    text = _("%(office)s{이} ‘%(title)s’{을} 해 보기 시작했어요.", office=pilot.ministry.name, title=pilot.title)
    notify_people(pilot.referral, "pilot_started", text)


def notify_of_result(pilot: Pilot) -> None:
    """Notify them that it has been measured. The caller commits."""
    text = _(
        "%(office)s{이} 해 본 ‘%(title)s’의 앞뒤를 잰 값이 나왔어요.", office=pilot.ministry.name, title=pilot.title
    )
    notify_people(pilot.referral, "pilot_measured", text)


def notify_of_decision(pilot: Pilot) -> None:
    """Notify them of what follows. The caller commits."""
    values = {"office": pilot.ministry.name, "title": pilot.title}
    if pilot.state is PilotState.CANCELLED:
        text = _("%(office)s{이} ‘%(title)s’{을} 재지 않고 그만두었어요.", **values)
    elif pilot.decision is PilotDecision.SPREAD:
        text = _("%(office)s{이} 해 본 ‘%(title)s’{을} 다른 곳에도 알리기로 했어요.", **values)
    elif pilot.decision is PilotDecision.CHANGE:
        text = _("%(office)s{이} ‘%(title)s’{을} 고쳐서 다시 해 보기로 했어요.", **values)
    else:
        text = _("%(office)s{이} ‘%(title)s’{을} 여기서 멈추기로 했어요.", **values)
    notify_people(pilot.referral, "pilot_decided", text)


def notify_of_spread(pilot: Pilot) -> None:
    """Notify them that another office has taken it over. The caller commits."""
    text = _("%(office)s{이} ‘%(title)s’{을} 이어받았어요.", office=pilot.ministry.name, title=pilot.title)
    notify_people(pilot.referral, "pilot_spread", text)
