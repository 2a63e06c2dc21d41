"""What the thread says of an idea that was born in a room. Nothing here queries the database."""

from __future__ import annotations

from forum.core.i18n import _
from forum.core.korean import day
from forum.deliberation.rooms.models import RoomIdeaWay
from forum.deliberation.rooms.queries import RoomOfIdea


def born_in_words(room: RoomOfIdea) -> str:
    """Return where an idea was born, in one sentence."""
    return _(
        "‘%(title)s’ 모임에서 나온 제안이에요 (%(day)s, 모임 안 %(n)d번)",
        title=room.title,
        day=day(room.began_at),
        n=room.number,
    )


def written_in_words(room: RoomOfIdea) -> str:
    """Return in which room and how an idea was written, as its timeline begins."""
    match room.way:
        case RoomIdeaWay.PAPER:
            return _("‘%(title)s’ 모임에서 종이에 쓴 제안을 옮겨 적었어요", title=room.title)
        case RoomIdeaWay.PHONE:
            return _("‘%(title)s’ 모임에서 휴대전화로 제안을 올렸어요", title=room.title)
        case RoomIdeaWay.TABLET:
            return _("‘%(title)s’ 모임에서 함께 쓰는 태블릿으로 제안을 올렸어요", title=room.title)
    return _("‘%(title)s’ 모임에서 자기 계정으로 제안을 올렸어요", title=room.title)
