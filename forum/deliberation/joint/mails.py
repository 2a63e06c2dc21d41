"""Notices and mails about a joint session, to those who run it and its rooms.

The people of a room hear nothing here: their gathering takes place, together or by itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from forum.core.i18n import _
from forum.core.korean import moment
from forum.core.links import link_to, path_for
from forum.core.mail import SUBJECT_PREFIX
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.joint.models import JointGrant, JointSession
from forum.people.accounts.models import Account
from forum.system.notices.services import notify, notify_all, queue_mails


def notify_room_added(session: JointSession, gathering: Gathering) -> None:
    """Tell the organiser that the host let the gathering take part. The caller commits."""
    text = _(
        "‘%(gathering)s’ 모임이 연결 모임 ‘%(title)s’에 함께해요 (%(when)s).",
        gathering=gathering.title,
        title=session.title,
        when=moment(session.starts_at),
    )
    notify(gathering.organiser_id, "joint.room_added", text, _path(session))


def notify_room_removed(session: JointSession, gathering: Gathering) -> None:
    """Tell the organiser that the host took the gathering out. The caller commits."""
    text = _(
        "‘%(gathering)s’ 모임이 연결 모임 ‘%(title)s’에서 빠졌어요. 모임은 그대로 열려요.",
        gathering=gathering.title,
        title=session.title,
    )
    notify(gathering.organiser_id, "joint.room_removed", text, _path(session))


def notify_cancelled(session: JointSession, people: Sequence[Account]) -> None:
    """Tell the organisers of its rooms that they are on their own, at once. The caller commits."""
    text = _(
        "연결 모임 ‘%(title)s’{이} 취소되었어요 (%(when)s). 까닭: %(reason)s 내 모임은 그대로 열려요.",
        title=session.title,
        when=moment(session.starts_at),
        reason=session.cancel_reason,
    )
    notify_all([one.id for one in people], "joint.cancelled", text, _path(session))
    where = _("연결 모임 화면: %(link)s", link=link_to("joint.show", session_id=session.id))
    keys = {one.email: f"joint:{session.id}:cancelled:{one.id}" for one in people}
    subject = SUBJECT_PREFIX + _("연결 모임이 취소되었어요: %(title)s", title=session.title)
    queue_mails(keys, subject, f"{text}\n\n{where}\n")


def notify_handed_over(session: JointSession, host: Account, earlier_id: int) -> None:
    """Tell the new host by notice and mail, at once, and the one before by notice. The caller commits."""
    about = {"title": session.title, "when": moment(session.starts_at)}
    text = _("연결 모임 ‘%(title)s’의 진행을 이제 내가 맡아요 (%(when)s).", **about)
    codes = _("전 진행자가 되살림 번호를 보았어요. 진행자 번호는 바뀌었으니 새로 인쇄해 주세요.")
    codes += " " + _("모임방 번호는 그대로예요. 걱정되면 ‘새 번호 만들기’로 모두 바꿔 주세요.")
    notify(host.id, "joint.handed_over", text, _path(session))
    where = _("연결 모임 화면: %(link)s", link=link_to("joint.show", session_id=session.id))
    key = f"joint:{session.id}:host:{session.n_handovers}"
    subject = SUBJECT_PREFIX + _("연결 모임을 맡게 되었어요: %(title)s", title=session.title)
    queue_mails({host.email: key}, subject, f"{text}\n\n{codes}\n\n{where}\n")
    gone = _("연결 모임 ‘%(title)s’{은} 이제 다른 진행자가 맡아요.", title=session.title)
    notify(earlier_id, "joint.handed_over", gone, _path(session))


def notify_taken_over(session: JointSession, grant: JointGrant, gathering: Gathering | None) -> None:
    """Tell whose role it is that a device has it now, so that they can print new codes. The caller commits."""
    if gathering is None:
        text = _("어떤 기기가 되살림 번호로 연결 모임 ‘%(title)s’의 진행을 맡았어요.", title=session.title)
    else:
        text = _(
            "어떤 기기가 되살림 번호로 ‘%(gathering)s’ 모임방을 맡았어요 (연결 모임 ‘%(title)s’).",
            gathering=gathering.title,
            title=session.title,
        )
    text += " " + _("아는 사람이 아니라면 새 번호를 만들어 주세요.")
    told = {session.host_id} | ({gathering.organiser_id} if gathering else set())
    notify_all(sorted(told), "joint.taken_over", text, path_for("joint.show", session_id=grant.session_id))


def _path(session: JointSession) -> str:
    return path_for("joint.show", session_id=session.id)
