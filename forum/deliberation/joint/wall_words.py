"""What rooms share and where they differ, in sentences. Nobody is named: rooms are called by their hosts or titles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forum.core.i18n import _
from forum.core.intervals import Interval, wilson
from forum.deliberation.joint.rooms_apart import HALF, IdeaInRooms, RoomShare, Side, Sure


@dataclass(frozen=True)
class Bar:
    """A share with its interval, per cent; `votes`: of so many people."""

    name: str
    value: int
    low: int
    high: int
    votes: int

    @property
    def words(self) -> str:
        return _("%(value)d%%, 아마 %(low)d%%에서 %(high)d%% 사이", value=self.value, low=self.low, high=self.high)


@dataclass(frozen=True)
class Finding:
    """What is said of an idea: a sentence, how sure that is, and bars.

    bars : of what the sentence says · rooms : share of agreement in each room that may stand alone, and in the others
    """

    idea_id: int
    title: str
    words: str
    sure: str
    bars: Sequence[Bar]
    rooms: Sequence[Bar]


@dataclass(frozen=True)
class Findings:
    """
    shared : what rooms share, `apart` where one differs, `unsure` the ideas of which neither can be said
    """

    shared: Sequence[Finding]
    apart: Sequence[Finding]
    unsure: Sequence[Finding]


def findings(ideas: Sequence[IdeaInRooms], titles: Mapping[int, str], labels: Mapping[int, str], step: int) -> Findings:
    """Put what was found into words.

    :param labels: what the rooms are called
    :param step: shares are rounded to so many per cent: while people vote, 5, so that no single vote is seen to come
    """
    ideas = [idea for idea in ideas if idea.idea_id in titles]
    return Findings(
        [_shared(idea, titles[idea.idea_id], labels, step) for idea in ideas if idea.side is not None],
        [_apart(idea, titles[idea.idea_id], labels, step) for idea in ideas if idea.differences],
        [_open(idea, titles[idea.idea_id], labels, step) for idea in ideas if idea.sure is Sure.NOT],
    )


def sure_words(sure: Sure) -> str:
    if sure is Sure.VERY:
        return _("아주 확실해요")
    return _("꽤 확실해요") if sure is Sure.FAIRLY else _("아직 확실하지 않아요")


def name_of(room: RoomShare, labels: Mapping[int, str]) -> str:
    """Return what a room is called, or how many small ones are put together."""
    if room.is_pool:
        return _("그 밖의 방 %(n)s곳", n=len(room.room_ids))
    return labels.get(room.room_ids[0], _("모임방"))


def share_in_words(share: float) -> str:
    """Return a share as people say it: 10명 가운데 7명쯤."""
    tenths = int(10 * share + 0.5)
    if tenths == 0:
        return _("거의 아무도 찬성하지 않았어요")
    return _("거의 모두 찬성했어요") if tenths == 10 else _("10명 가운데 %(n)d명쯤 찬성했어요", n=tenths)


def _shared(idea: IdeaInRooms, title: str, labels: Mapping[int, str], step: int) -> Finding:
    assert idea.side is not None
    words = _rooms_words(idea, idea.side, labels)
    name = _("모든 방에서 찬성") if idea.side is Side.AGREE else _("모든 방에서 반대")
    together = _bar(name, sum(one.count(idea.side) for one in idea.shares), idea.votes, step)
    return Finding(idea.idea_id, title, words, sure_words(idea.sure), [together], _rooms(idea, labels, step))


def _rooms_words(idea: IdeaInRooms, side: Side, labels: Mapping[int, str]) -> str:
    """Return in how many rooms more than half are on this side, and whether those put together are too."""
    rooms, pool = idea.rooms, [one for one in idea.shares if one.is_pool and one.share(side) > HALF]
    n, is_agree = sum(one.share(side) > HALF for one in rooms), side is Side.AGREE
    if len(rooms) == 1:
        name = name_of(rooms[0], labels)
        words = _("%(name)s{은} 찬성해요.", name=name) if is_agree else _("%(name)s{은} 반대해요.", name=name)
    elif n == len(rooms):
        words = _("방 %(n)s곳이 모두 찬성해요.", n=n) if is_agree else _("방 %(n)s곳이 모두 반대해요.", n=n)
    elif is_agree:
        words = _("방 %(all)s곳 가운데 %(n)s곳이 찬성해요.", all=len(rooms), n=n)
    else:
        words = _("방 %(all)s곳 가운데 %(n)s곳이 반대해요.", all=len(rooms), n=n)
    if not pool:
        return words
    return words + " " + _("그 밖의 방 %(n)s곳도 더해 보면 그래요.", n=len(pool[0].room_ids))


def _apart(idea: IdeaInRooms, title: str, labels: Mapping[int, str], step: int) -> Finding:
    first = idea.differences[0]
    name = name_of(first.room, labels)
    words = _(
        "%(name)s에서는 %(how)s. 다른 방에서는 %(others)s.",
        name=name,
        how=share_in_words(first.room.share()),
        others=share_in_words(first.others_share),
    )
    bars = [_bar(name_of(one.room, labels), one.room.agree, one.room.votes, step) for one in idea.differences]
    others = _bar(_("다른 방"), round(first.others_share * first.others_votes), first.others_votes, step)
    return Finding(idea.idea_id, title, words, sure_words(first.sure), [*bars, others], _rooms(idea, labels, step))


def _open(idea: IdeaInRooms, title: str, labels: Mapping[int, str], step: int) -> Finding:
    n = sum(one.share() > HALF for one in idea.rooms)
    if n == len(idea.rooms):
        words = _("방 %(n)s곳 모두에서 절반 넘게 찬성했어요.", n=n)
    elif n:
        words = _("방 %(all)s곳 가운데 %(n)s곳에서 절반 넘게 찬성했어요.", all=len(idea.rooms), n=n)
    else:
        words = _("절반 넘게 찬성한 방이 없어요.")
    return Finding(idea.idea_id, title, words, sure_words(idea.sure), (), _rooms(idea, labels, step))


def _rooms(idea: IdeaInRooms, labels: Mapping[int, str], step: int) -> list[Bar]:
    return [_bar(name_of(one, labels), one.agree, one.votes, step) for one in idea.shares]


def _bar(name: str, n_of: int, n: int, step: int) -> Bar:
    interval: Interval = wilson(n_of, n)
    value, low, high = (step * round(100 * share / step) for share in (n_of / n, *interval))
    return Bar(name, value, low, high, n)
