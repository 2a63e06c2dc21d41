from __future__ import annotations

from collections.abc import Sequence

from forum.core import clock
from forum.core.i18n import _
from forum.core.links import address_of, path_for
from forum.core.mail import SUBJECT_PREFIX
from forum.people.accounts.models import Account
from forum.response.pilots.models import Pilot, PilotDecision, PilotState
from forum.response.referrals.mails import notify_people, notify_staff, officers_of
from forum.response.referrals.models import Answer
from forum.system.notices.services import notify_all, queue_mails


def notify_of_start(pilot: Pilot) -> None:
    """Notify authors, supporters and followers that it has started. The caller commits."""
    text = _("%(office)s{이} ‘%(title)s’{을} 해 보기 시작했어요.", office=pilot.ministry.name, title=pilot.title)
    notify_people(pilot.referral, "pilot_started", text, path=_path(pilot))


def notify_of_result(pilot: Pilot) -> None:
    """Notify them that it has been measured. The caller commits."""
    text = _(
        "%(office)s{이} 해 본 ‘%(title)s’의 앞뒤를 잰 값이 나왔어요.", office=pilot.ministry.name, title=pilot.title
    )
    notify_people(pilot.referral, "pilot_measured", text, path=_path(pilot))


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
    notify_people(pilot.referral, "pilot_decided", text, path=_path(pilot))


def notify_of_spread(pilot: Pilot) -> None:
    """Notify them that another office has taken it over. The caller commits."""
    text = _("%(office)s{이} ‘%(title)s’{을} 이어받았어요.", office=pilot.ministry.name, title=pilot.title)
    notify_people(pilot.referral, "pilot_spread", text, path=_path(pilot))


def remind_of_end(pilot: Pilot) -> None:
    """Remind the office's officers that nothing was measured after, or that it never started. The caller commits."""
    values = {"title": pilot.title}
    days = (pilot.ends_on - clock.today()).days
    if pilot.state is PilotState.PLANNED:
        text = _(
            "준비해 둔 시범 ‘%(title)s’의 끝나는 날이 되도록 시작하지 않았어요. 날짜를 고치거나 그만두어 주세요.",
            **values,
        )
    elif days > 0:
        text = _("시범 ‘%(title)s’{이} %(days)s일 뒤에 끝나요. ‘한 뒤’ 값을 잴 준비를 해 주세요.", days=days, **values)
    elif days == 0:
        text = _("시범 ‘%(title)s’{이} 오늘 끝나요. ‘한 뒤’ 값을 재어 넣어 주세요.", **values)
    else:
        text = _("시범 ‘%(title)s’{이} %(days)s일 전에 끝났어요. ‘한 뒤’ 값을 재어 넣어 주세요.", days=-days, **values)
    stage = "soon" if days > 0 else "end"
    _tell(officers_of([pilot.ministry_id]), pilot, text, f"{stage}:{pilot.ends_on.isoformat()}")


def remind_of_promise(answer: Answer) -> None:
    """Remind the leading office's officers of the pilot that their answer promised. The caller commits."""
    referral = answer.referral
    text = _(
        "%(code)s ‘%(title)s’에 먼저 작게 해 보겠다고 답변했어요. 시범을 준비해 주세요.",
        code=referral.code,
        title=referral.title,
    )
    subject = _("약속한 시범을 준비해 주세요")
    officers = officers_of([referral.lead.ministry_id])
    notify_staff(referral, officers, "pilot_promised", text, subject, f"pilot:{answer.id}")


def _tell(officers: Sequence[Account], pilot: Pilot, text: str, key: str) -> None:
    path = _path(pilot)
    notify_all([account.id for account in officers], "pilot_ends", text, path)
    body = f"{text}\n\n{address_of(path)}\n"
    keys = {account.email: f"pilot:{pilot.id}:{key}:{account.id}" for account in officers}
    queue_mails(keys, SUBJECT_PREFIX + _("시범이 끝나요"), body)


def _path(pilot: Pilot) -> str:
    return path_for("pilots.show", pilot_id=pilot.id)
