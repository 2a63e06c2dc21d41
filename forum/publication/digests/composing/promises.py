"""양쪽의 평가, 실천 약속, 중간 답변: what a theme's section says of them."""

from __future__ import annotations

from collections.abc import Iterator

from forum.core.i18n import _
from forum.core.korean import day, thousands
from forum.publication.digests.composing.pieces import paragraph, shortened, strong
from forum.publication.digests.content import PledgeLine, ReferralLine, ThemeChapter
from forum.publication.digests.document import Block
from forum.publication.digests.document import Notice as Box
from forum.response.delivery.sides import TwoSides
from forum.response.delivery.wording import gap_sentence, points


def both_sides(theme: ThemeChapter) -> Iterator[Block]:
    """Yield what ministries say is done and what people say of it; nothing while nothing is done."""
    sides = theme.sides
    if sides is None or sides.done is None:
        return
    told = _(
        "부처가 알린 것: 약속 %(all)s개 가운데 %(n)s개를 끝냈고, 진행률을 10점 만점으로 적으면 %(done)s점이에요.",
        all=thousands(sides.n_promised),
        n=thousands(sides.n_done),
        done=points(sides.done),
    )
    yield paragraph(strong(_("양쪽의 평가")), ". ", told, " ", _seen(sides))
    if gap := gap_sentence(sides):
        yield Box(paragraph(gap).words)


def _seen(sides: TwoSides) -> str:
    if sides.n_people is None:
        return _("참여한 사람들이 본 것: 평가한 사람이 5명이 안 돼서 적지 않았어요.")
    n = thousands(sides.n_people)
    if sides.helps is None or sides.low is None or sides.high is None:
        return _("참여한 사람들이 본 것: %(n)s명이 평가했고, 도움 점수를 준 사람은 5명이 안 돼요.", n=n)
    words = {"n": n, "helps": points(sides.helps), "low": points(sides.low), "high": points(sides.high)}
    return _(
        "참여한 사람들이 본 것: %(n)s명이 평가했고, 도움 점수는 10점 만점에 평균 %(helps)s점이에요"
        "(95%% 구간 %(low)s~%(high)s점).",
        **words,
    )


def pledged(theme: ThemeChapter) -> Iterator[Block]:
    """Yield how many people pledged to keep to something themselves."""
    if theme.pledges is not None:
        yield paragraph(strong(_("사람들의 실천 약속")), ". ", " ".join(_pledges(theme.pledges)))


def _pledges(found: PledgeLine) -> Iterator[str]:
    parts = ", ".join(_("%(who)s %(n)s명", who=who, n=thousands(n)) for who, n in found.people if n)
    if found.n_people is not None:
        yield _("%(n)s명이 함께 실천하기로 약속했어요(%(parts)s).", n=thousands(found.n_people), parts=parts)
    elif parts:
        yield _("함께 실천하기로 약속한 사람은 %(parts)s이에요. 5명이 안 되는 칸은 적지 않았어요.", parts=parts)
    else:
        yield _("함께 실천하기로 약속한 사람이 있어요. 5명이 안 되는 칸이 있어 수는 적지 않았어요.")
    if found.outcomes:
        listed = ", ".join(_("‘%(what)s’ %(n)s번", what=what, n=thousands(n)) for what, n in found.outcomes)
        yield _("지킨 기록은 %(listed)s이에요.", listed=listed)


def interim_answers(letter: ReferralLine, longest: int | None) -> Iterator[Block]:
    """Yield what ministries said of a letter that waits for its answer, in their words."""
    for one in letter.interim:
        words = one.words.strip() if longest is None else shortened(one.words, longest)
        title = _("중간 답변(%(ministry)s, %(day)s)", ministry=one.ministry, day=day(one.said_on))
        yield paragraph(strong(title), ": ", words)
