"""What a snapshot says, in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from forum.analysis.opinions.models import OpinionScore
from forum.analysis.opinions.queries import Apart, IdeaGround, group_name
from forum.core.i18n import _
from forum.core.korean import thousands
from forum.web.pictures import percent, share_words

if TYPE_CHECKING:  # at run time the module would bring scikit-learn into every web process
    from nlp.opinion.apart import Difference


def difference_words(found: Difference | Apart, idea_title: str) -> str:
    """Return how a group and all others voted on an idea, in two sentences with the counts and shares of both.

    :param found: as `nlp.opinion.apart.differences` names it, or as a snapshot keeps it; nothing else is a finding
    """
    return f"{_group_words(found, idea_title)} {_others_words(found)}"


def _group_words(found: Difference | Apart, idea_title: str) -> str:
    values = _counts(found.share, found.votes) | {"group": group_name(found.group), "idea": idea_title}
    agreeing = round(found.share * found.votes)
    if not agreeing:
        return _("%(group)s{은} ‘%(idea)s’에 투표한 %(all)s명 가운데 아무도 찬성하지 않았어요(0%%).", **values)
    if agreeing == found.votes:
        return _("%(group)s{은} ‘%(idea)s’에 투표한 %(all)s명이 모두 찬성했어요(100%%).", **values)
    if found.agrees_more:
        return _("%(group)s{은} ‘%(idea)s’에 투표한 %(all)s명 가운데 %(n)s명(%(share)s)이 찬성했어요.", **values)
    return _("%(group)s{은} ‘%(idea)s’에 투표한 %(all)s명 가운데 %(n)s명(%(share)s)만 찬성했어요.", **values)


def _others_words(found: Difference | Apart) -> str:
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


def agreement_words(shares: Sequence[tuple[str, float]]) -> str:
    """Return in one sentence how some people vote on an idea: 가 갈래는 10명 가운데 8명쯤, 나 갈래는 … 찬성했어요.

    :param shares: pairs of what the people are called and their share of agreement, 0..1
    """
    parts = [_("%(who)s{은} %(how)s", who=who, how=_of_ten(share)) for who, share in shares]
    return _("%(parts)s 찬성했어요.", parts=", ".join(parts))


def _of_ten(share: float) -> str:
    tenths = int(10 * share + 0.5)
    if tenths == 0:
        return _("10명 가운데 1명이 안 되게")
    if tenths == 10:
        return _("거의 모두")
    return _("10명 가운데 %(n)d명쯤", n=tenths)


def dividing_words(found: IdeaGround) -> str:
    """Return how the two groups furthest apart vote on an idea, as far as they may be shown."""
    shown = sorted(((one.share, one.number, one.name) for one in found.groups if one.share is not None), reverse=True)
    return agreement_words([(name, share) for share, _number, name in (shown[0], shown[-1])]) if shown else ""


def range_words(score: OpinionScore) -> str:
    """Return the 90 % interval of an idea's common ground in plain words; empty where it is unknown."""
    if score.low is None or score.high is None:
        return ""
    low, high = percent(score.low, 100), percent(score.high, 100)
    return _("다시 투표해도 열에 아홉 번은 %(low)d%%에서 %(high)d%% 사이일 거예요.", low=low, high=high)


def cost_words(score: OpinionScore) -> list[str]:
    """Return how many coordinated people it would take to win the badge and to take it away, a sentence each.

    Both figures are lower bounds; see `nlp.opinion.badge.Badges`.
    """
    if not score.badge:
        if score.cost_to_win is None:
            return []
        n = thousands(score.cost_to_win)
        return [_("배지를 얻으려면 서로 짠 사람이 적어도 %(n)s명 새로 들어와 찬성해야 해요.", n=n)]
    words = []
    if score.cost_to_win is not None:
        n = thousands(score.cost_to_win)
        words.append(_("이 배지가 거짓이려면 찬성한 사람 가운데 서로 짠 사람이 적어도 %(n)s명 있어야 해요.", n=n))
    if score.cost_to_lose is not None:
        n = thousands(score.cost_to_lose)
        words.append(_("배지를 빼앗으려면 서로 짠 사람이 적어도 %(n)s명 새로 들어와 반대해야 해요.", n=n))
    return words


def reweighted_words(found: IdeaGround) -> str:
    """Return the share among votes from the queue, weighted back, beside the plain one; empty where unknown."""
    if found.reweighted_share is None or found.score.share is None:
        return ""
    return _(
        "투표한 사람 가운데 찬성은 %(plain)d%%이고, 누구에게나 고르게 보였다면 %(even)d%%쯤이에요.",
        plain=percent(found.score.share, 1),
        even=percent(found.reweighted_share, 1),
    )


def chance_words(name: str, chance: float) -> str:
    """Return how sure it is that somebody is nearest to a group.

    :param chance: 0..1
    """
    tenths = int(10 * chance + 0.5)
    if tenths == 10:
        return _("%(name)s에 가까워요. 거의 확실해요.", name=name)
    return _("%(name)s에 가까워요. 이렇게 말하면 10번 가운데 %(n)d번쯤 맞아요.", name=name, n=tenths)
