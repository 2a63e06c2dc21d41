"""Notices and mails about reports of the day. They quote nothing of them."""

from __future__ import annotations

from collections.abc import Collection

from forum.core.i18n import _
from forum.core.links import address_of, path_for
from forum.core.mail import SUBJECT_PREFIX
from forum.deliberation.joint.models import JointSession
from forum.publication.dayreports.queries import people_to_tell
from forum.system.notices.services import notify_at_once


def tell_people(session: JointSession, room_ids: Collection[int]) -> None:
    """Tell those who took part with an account, and who ran it, at once. Guests see it by their pass.

    The mail can be left with one click, and rests in an election pause. The caller commits.

    :param room_ids: of the rooms that the report tells of
    """
    text = _("연결 모임 ‘%(title)s’의 그날 보고서가 나왔어요.", title=session.title)
    path = path_for("dayreports.show", session_id=session.id)
    about = _(
        "모임방마다 나온 제안과 투표, 방들이 함께 말한 것을 정리했어요. 그날 모인 사람들의 뜻이고 여론조사는 아니에요."
    )
    notify_at_once(
        people_to_tell(session, room_ids),
        "dayreports.published",
        text,
        path,
        subject=SUBJECT_PREFIX + _("그날 보고서가 나왔어요: %(title)s", title=session.title),
        body=f"{text}\n{about}\n\n{address_of(path)}\n",
        key=f"dayreports.published:{session.id}",
        is_mailing=True,
    )
