"""What the sides of rooms and of people online say, in sentences and as bars of the page of common ground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forum.analysis.opinions.pages import ShareRow
from forum.analysis.opinions.sentences import agreement_words
from forum.core.i18n import _
from forum.core.korean import thousands
from forum.deliberation.joint.rooms_apart import Side
from forum.deliberation.joint.sides import IdeaSides, SideVotes, ideas_of_campaign, sides_of
from forum.deliberation.joint.wall_words import sure_words
from forum.voice.campaigns.models import Campaign
from forum.web.pictures import percent, share_words

CARDS_SHOWN, ROWS_SHOWN = 4, 26


@dataclass(frozen=True)
class SideCard:
    """An idea as the page shows it.

    words : of what share each side agrees · said : whether they differ, and how sure that is
    rows : bars of agreement · lines : a table's rows, each its name and a cell for rooms and for people online
    paper : a sentence, or empty
    """

    idea_id: int
    title: str
    words: str
    said: str
    rows: Sequence[ShareRow]
    lines: Sequence[tuple[str, str, str]]
    paper: str


@dataclass(frozen=True)
class SidePage:
    """`cards` are shown with bars, `further` as short lines; `n_rest` ideas not at all.

    n_different : of all that could be compared · n_left_out : ideas with votes in rooms that could not
    """

    cards: Sequence[SideCard]
    further: Sequence[SideCard]
    n_compared: int
    n_different: int
    n_left_out: int

    @property
    def n_rest(self) -> int:
        return self.n_compared - len(self.cards) - len(self.further)


def side_page(campaign: Campaign) -> SidePage | None:
    """Return what the page of common ground shows of rooms and people online; None where no room has voted yet."""
    found = sides_of(ideas_of_campaign(campaign.id))
    if not found.n_voted_in_rooms:
        return None
    cards = [_card(one) for one in found.ideas[: CARDS_SHOWN + ROWS_SHOWN]]
    n_different = sum(one.is_different for one in found.ideas)
    return SidePage(cards[:CARDS_SHOWN], cards[CARDS_SHOWN:], len(found.ideas), n_different, found.n_left_out)


def both_words(sides: IdeaSides) -> str:
    """Return how many of each side agree: 모임에서는 10명 가운데 8명쯤, 온라인에서는 10명 가운데 4명쯤 찬성했어요."""
    shares = ((name, one.agree / one.votes) for name, one in named(sides))
    return agreement_words([(_("%(side)s에서", side=name), share) for name, share in shares])


def named(sides: IdeaSides) -> tuple[tuple[str, SideVotes], ...]:
    """Return the two sides by what they are called."""
    return (_("모임"), sides.in_rooms), (_("온라인"), sides.online)


def comparison_words(sides: IdeaSides) -> str:
    """Return whether the two sides differ, and how sure that is."""
    found = sides.found
    if sides.is_different:
        edges = sides.difference_interval  # both above 0, or both below
        low, high = (percent(edge, 1) for edge in sorted(map(abs, edges)))
        who = _("모임") if edges[0] > 0 else _("온라인")
        values = {"who": who, "low": low, "high": high, "sure": sure_words(found.sure)}
        return _("%(who)s에서 100명마다 %(low)d명에서 %(high)d명쯤 더 찬성해요. 다르다는 것은 %(sure)s.", **values)
    if found.side is not None:
        side = _("찬성") if found.side is Side.AGREE else _("반대")
        return _("양쪽 모두 %(side)s이 절반을 넘어요. %(sure)s.", side=side, sure=sure_words(found.sure))
    return _("같은지 다른지는 아직 몰라요.")


def cell_words(side: SideVotes, n_of: int) -> str:
    """Return a share with its interval: 72% (60~81%)."""
    low, high = (percent(edge, 1) for edge in side.interval(n_of))
    return _("%(share)s (%(low)d~%(high)d%%)", share=share_words(n_of, side.votes), low=low, high=high)


def paper_words(sides: IdeaSides) -> str:
    """Return what vote sheets say beside the votes; empty where the idea stood on none."""
    paper = sides.paper
    if paper is None or not paper.votes:
        return ""
    return _(
        "종이로는 찬성 %(agree)s표, 반대 %(disagree)s표, 넘김 %(passed)s표예요.",
        agree=thousands(paper.agree),
        disagree=thousands(paper.disagree),
        passed=thousands(paper.pass_),
    )


def _card(sides: IdeaSides) -> SideCard:
    rooms, online = sides.in_rooms, sides.online
    return SideCard(
        idea_id=sides.idea_id,
        title=sides.title,
        words=both_words(sides),
        said=comparison_words(sides),
        rows=[ShareRow(name, one.agree / one.votes, one.votes, *one.interval(one.agree)) for name, one in named(sides)],
        lines=[
            (_("찬성"), cell_words(rooms, rooms.agree), cell_words(online, online.agree)),
            (_("반대"), cell_words(rooms, rooms.disagree), cell_words(online, online.disagree)),
            (_("넘김"), cell_words(rooms, rooms.pass_), cell_words(online, online.pass_)),
            (_("투표"), _("%(n)s명", n=thousands(rooms.votes)), _("%(n)s명", n=thousands(online.votes))),
        ],
        paper=paper_words(sides),
    )
