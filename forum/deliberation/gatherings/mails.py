"""Notices and mails about a gathering, to those who registered for it and those who run it.

That it moved, was cancelled, or has a seat after all cannot be left: people would stand before a closed door. The
reminder can.
"""

from __future__ import annotations

from collections.abc import Mapping

from forum.core.i18n import _
from forum.core.korean import moment
from forum.core.links import link_to, path_for
from forum.core.mail import SUBJECT_PREFIX
from forum.deliberation.gatherings.models import Gathering
from forum.people.accounts.models import Account
from forum.people.follows.queries import followers_of
from forum.system.notices.services import notify, notify_all, notify_at_once, queue_mails

Addresses = Mapping[int, str]
"""Account id -> address."""


def notify_announced(gathering: Gathering) -> None:
    """Tell the followers of the campaign, in their daily mail. The caller commits."""
    followers = [one for one in followers_of({"campaign": [gathering.campaign_id]}) if one != gathering.organiser_id]
    text = _(
        "‘%(forum)s’에 새 모임이 열려요: %(title)s (%(when)s)",
        forum=gathering.campaign.title,
        title=gathering.title,
        when=moment(gathering.starts_at),
    )
    notify_all(followers, "gatherings.announced", text, _path(gathering), in_daily_mail=True)


def notify_changed(gathering: Gathering, people: Addresses) -> None:
    """Tell those who registered that time or place are others now. The caller commits."""
    text = _("신청한 모임 ‘%(title)s’의 때나 장소가 바뀌었어요. 지금은 %(when)s이에요.", **_about(gathering))
    lead = _("신청한 모임 ‘%(title)s’의 때나 장소가 바뀌었어요. 아래에서 확인해 주세요.", title=gathering.title)
    body = [lead, when_and_where(gathering), _("올 수 없게 되었으면 모임 화면에서 신청을 취소해 주세요.")]
    subject = _("모임이 바뀌었어요: %(title)s", title=gathering.title)
    _tell(gathering, people, f"changed:{gathering.revision}", "changed", text, subject, body)


def notify_cancelled(gathering: Gathering, people: Addresses) -> None:
    """Tell those who registered, and those who run it, that it does not take place. The caller commits."""
    text = _(
        "‘%(title)s’ 모임이 취소되었어요 (%(when)s). 까닭: %(reason)s",
        reason=gathering.cancel_reason,
        **_about(gathering),
    )
    subject = _("모임이 취소되었어요: %(title)s", title=gathering.title)
    _tell(gathering, people, "cancelled", "cancelled", text, subject, [text])


def notify_seated(gathering: Gathering, person: Account, asked_at: object) -> None:
    """Tell somebody who waited that there is a seat now. The caller commits."""
    text = _("기다리던 모임 ‘%(title)s’에 자리가 났어요 (%(when)s).", **_about(gathering))
    body = [text, when_and_where(gathering), _("올 수 없게 되었으면 모임 화면에서 신청을 취소해 주세요.")]
    subject = _("모임에 자리가 났어요: %(title)s", title=gathering.title)
    _tell(gathering, {person.id: person.email}, f"seat:{asked_at}", "seated", text, subject, body)


def notify_reminded(gathering: Gathering, people: Addresses) -> None:
    """Remind those who have a seat, the day before. Who has left such mails gets a line. The caller commits.

    The mail waits in an election pause, and is dropped once the gathering has begun.
    """
    text = _("내일은 신청한 모임 ‘%(title)s’{이} 있는 날이에요 (%(when)s).", **_about(gathering))
    body = [text, when_and_where(gathering), _("올 수 없게 되었으면 기다리는 사람을 위해 신청을 취소해 주세요.")]
    notify_at_once(
        people,
        "gatherings.remind",
        text,
        _path(gathering),
        subject=SUBJECT_PREFIX + _("내일 모임이 있어요: %(title)s", title=gathering.title),
        body=_joined(gathering, body),
        key=f"gathering:{gathering.id}:remind:{gathering.starts_at:%Y%m%d}",
        is_mailing=True,
        useful_until=gathering.starts_at,
    )


def notify_made_organiser(gathering: Gathering, account_id: int) -> None:
    text = _("‘%(title)s’ 모임을 이제 내가 맡아요. 진행 화면에서 살펴보세요.", title=gathering.title)
    notify(account_id, "gatherings.organiser", text, path_for("gatherings.desk", gathering_id=gathering.id))


def notify_no_longer_organiser(gathering: Gathering, account_id: int) -> None:
    text = _("‘%(title)s’ 모임을 이제 다른 진행자가 맡아요.", title=gathering.title)
    notify(account_id, "gatherings.organiser", text, path_for("gatherings.own"))


def notify_helper(gathering: Gathering, account_id: int) -> None:
    text = _(
        "‘%(title)s’ 모임의 도우미가 되었어요. 진행 화면에서 출석을 확인하고 종이를 옮겨 적어요.", title=gathering.title
    )
    notify(account_id, "gatherings.helper", text, path_for("gatherings.desk", gathering_id=gathering.id))


def when_and_where(gathering: Gathering) -> str:
    """Return time and place as lines of a mail to people with a seat, who may read the online address."""
    lines = [_("때: %(starts)s부터 %(ends)s까지", starts=moment(gathering.starts_at), ends=moment(gathering.ends_at))]
    place = " ".join(part for part in (gathering.place_name, gathering.address) if part)
    if place:
        lines.append(_("장소: %(place)s", place=place))
    if gathering.online_url:
        lines.append(_("온라인 주소: %(url)s", url=gathering.online_url))
    return "\n".join(lines)


def _tell(
    gathering: Gathering, people: Addresses, key: str, kind: str, text: str, subject: str, body: list[str]
) -> None:
    notify_all(people, f"gatherings.{kind}", text, _path(gathering))
    keys = {address: f"gathering:{gathering.id}:{key}:{account_id}" for account_id, address in people.items()}
    queue_mails(keys, SUBJECT_PREFIX + subject, _joined(gathering, body))


def _joined(gathering: Gathering, parts: list[str]) -> str:
    where = _("모임 화면: %(link)s", link=link_to("gatherings.show", gathering_id=gathering.id))
    return "\n\n".join((*parts, where)) + "\n"


def _about(gathering: Gathering) -> dict[str, str]:
    return {"title": gathering.title, "when": moment(gathering.starts_at)}


def _path(gathering: Gathering) -> str:
    return path_for("gatherings.show", gathering_id=gathering.id)
