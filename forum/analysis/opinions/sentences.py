"""What sets an opinion group apart, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forum.core.i18n import _
from forum.core.korean import thousands
from forum.web.pictures import share_words

if TYPE_CHECKING:  # at run time the module would bring scikit-learn into every web process
    from nlp.opinion.apart import Difference


def difference_words(found: Difference, idea_title: str) -> str:
    """Return how a group and all others voted on an idea, in two sentences with the counts and shares of both.

    :param found: as `nlp.opinion.apart.differences` names it; nothing else is a finding
    """
    return f"{_group_words(found, idea_title)} {_others_words(found)}"


def group_name(number: int) -> str:
    """Return what people read for a group's number, which is carried over from run to run: 0 is 의견 갈래 1."""
    return _("의견 갈래 %(n)s", n=number + 1)


def _group_words(found: Difference, idea_title: str) -> str:
    values = _counts(found.share, found.votes) | {"group": group_name(found.group), "idea": idea_title}
    agreeing = round(found.share * found.votes)
    if not agreeing:
        return _("%(group)s{은} ‘%(idea)s’에 투표한 %(all)s명 가운데 아무도 찬성하지 않았어요(0%%).", **values)
    if agreeing == found.votes:
        return _("%(group)s{은} ‘%(idea)s’에 투표한 %(all)s명이 모두 찬성했어요(100%%).", **values)
    if found.agrees_more:
        return _("%(group)s{은} ‘%(idea)s’에 투표한 %(all)s명 가운데 %(n)s명(%(share)s)이 찬성했어요.", **values)
    return _("%(group)s{은} ‘%(idea)s’에 투표한 %(all)s명 가운데 %(n)s명(%(share)s)만 찬성했어요.", **values)


def _others_words(found: Difference) -> str:
    values = _counts(found.others_share, found.others_votes)
    agreeing = round(found.others_share * found.others_votes)
    if not agreeing:
        return _("다른 갈래에서는 %(all)s명 가운데 아무도 찬성하지 않았어요(0%%).", **values)
    if agreeing == found.others_votes:
        return _("다른 갈래에서는 %(all)s명이 모두 찬성했어요(100%%).", **values)
    if found.agrees_more:
        return _("다른 갈래에서는 %(all)s명 가운데 %(n)s명(%(share)s)만 찬성했어요.", **values)
    return _("다른 갈래에서는 %(all)s명 가운데 %(n)s명(%(share)s)이 찬성했어요.", **values)


def _counts(share: float, votes: int) -> dict[str, str]:
    """Return the votes, how many of them agree, and which share that is."""
    agreeing = round(share * votes)
    return {"all": thousands(votes), "n": thousands(agreeing), "share": share_words(agreeing, votes)}
