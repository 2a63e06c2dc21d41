"""Notices and mails about minutes. They quote nothing of them."""

from __future__ import annotations

from forum.core.i18n import _
from forum.core.korean import moment
from forum.core.links import address_of, path_for
from forum.core.mail import SUBJECT_PREFIX
from forum.deliberation.minutes.models import GatheringMinutes
from forum.deliberation.minutes.queries import room_addresses
from forum.people.accounts.models import Account
from forum.system.notices.services import notify_all, notify_at_once


def ask_people(minutes: GatheringMinutes) -> None:
    """Ask the people of the room who have an account, at once. Guests see it by their pass. The caller commits."""
    words = {"title": minutes.gathering.title, "moment": moment(minutes.closes_at)}
    text = _("‘%(title)s’ 모임의 회의록이 맞는지 %(moment)s까지 알려 주세요.", **words)
    _mail(minutes, room_addresses(minutes.gathering), "minutes.asked", text, _("회의록이 맞는지 봐 주세요"))


def tell_of_refusal(minutes: GatheringMinutes) -> None:
    """Tell the organiser that the room did not confirm. The caller commits."""
    organiser: Account = minutes.gathering.organiser
    text = _(
        "‘%(title)s’ 모임의 회의록을 확인받지 못했어요. 다른 점을 읽고 고쳐서 다시 물어볼 수 있어요.",
        title=minutes.gathering.title,
    )
    to = {organiser.id: organiser.email} if organiser.active else {}
    _mail(minutes, to, "minutes.refused", text, _("회의록을 확인받지 못했어요"))


def tell_of_publication(minutes: GatheringMinutes) -> None:
    """Tell the people of the room who have an account, and the organiser, once a day. The caller commits."""
    organiser: Account = minutes.gathering.organiser
    people = {*room_addresses(minutes.gathering), *([organiser.id] if organiser.active else [])}
    text = _("‘%(title)s’ 모임의 회의록이 나왔어요.", title=minutes.gathering.title)
    notify_all(sorted(people), "minutes.published", text, _path(minutes), in_daily_mail=True)


def _mail(minutes: GatheringMinutes, to: dict[int, str], kind: str, text: str, subject: str) -> None:
    path = _path(minutes)
    where = _("여기에서 볼 수 있어요.")
    notify_at_once(
        to,
        kind,
        text,
        path,
        subject=SUBJECT_PREFIX + subject,
        body=f"{text}\n\n{where}\n{address_of(path)}\n",
        key=f"{kind}:{minutes.id}:{minutes.round}",
    )


def _path(minutes: GatheringMinutes) -> str:
    return path_for("minutes.show", gathering_id=minutes.gathering_id)
