"""The three main findings: what people want, what the ministries answered, where people disagree or are missing.

Each has rules in order, and the first rule that applies speaks. So two readers of the same numbers read the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from forum.core.i18n import _
from forum.core.korean import day, thousands
from forum.publication.digests.composing.pieces import (
    MOST_REFERENCES,
    ideas_of,
    known,
    link,
    range_of,
    references,
    sent_letters,
    strong,
    theme_references,
    words,
)
from forum.publication.digests.content import (
    DigestContent,
    Ground,
    IdeaLine,
    ReferralLine,
    ThemeChapter,
    support_of,
)
from forum.publication.digests.document import Link, Words
from forum.web.pictures import share_words

HALF = 0.5
Rule = Callable[[DigestContent], Words | None]


def findings(content: DigestContent) -> tuple[Words, ...]:
    """Return at most three findings, each with the ideas or letters behind it."""
    found = (next((said for rule in rules if (said := rule(content))), None) for rules in _QUESTIONS)
    return tuple(said for said in found if said)


def _all_back_it(content: DigestContent) -> Words | None:
    backed = [(idea, ground) for idea, ground in _grounds(content) if ground.has_badge]
    if not backed:
        return None
    first, ground = backed[0]
    said = _(
        "공감대 배지를 받은 제안이 %(n)s건이에요. 가장 앞선 것은 ‘%(title)s’{로}, 찬성이 가장 적은 3분의 1의 "
        "사람들 가운데서도 %(share)s(90%% 구간 %(range)s)가 찬성해요.",
        n=thousands(len(backed)),
        title=first.title,
        share=share_words(ground.common.value, 1),
        range=range_of(ground.common),
    )
    more = [idea for idea, _ground in backed[:MOST_REFERENCES]]
    return words(strong(_("모든 갈래가 찬성하는 제안이 있어요.")), " ", said, *references(more))


def _most_back_it(content: DigestContent) -> Words | None:
    grounds = _grounds(content)
    if not grounds or grounds[0][1].common.value < HALF:
        return None
    first, ground = grounds[0]
    said = _(
        "공감대가 가장 높은 제안은 ‘%(title)s’{로}, 찬성이 가장 적은 3분의 1의 사람들 가운데서 %(share)s(90%% 구간 "
        "%(range)s)가 찬성해요. 이 보고서에는 공감대 배지를 받은 제안이 없어요.",
        title=first.title,
        share=share_words(ground.common.value, 1),
        range=range_of(ground.common),
    )
    return words(strong(_("찬성이 넓어요.")), " ", said, *references([first]))


def _best_supported(content: DigestContent) -> Words | None:
    found = [(theme, theme.support) for theme in content.themes if theme.support]
    if not found:
        return None
    theme, support = max(found, key=lambda pair: (pair[1].low, -pair[0].id))
    said = _(
        "찬성이 가장 높은 주제는 ‘%(title)s’{로}, 받은 투표 %(n)s표 가운데 %(share)s(90%% 구간 %(range)s)가 "
        "찬성이에요.",
        title=theme.title,
        n=thousands(theme.agree + theme.disagree + theme.pass_),
        share=share_words(support.value, 1),
        range=range_of(support),
    )
    return words(strong(_("찬성이 모였어요.")), " ", said, *theme_references(theme))


def _largest(content: DigestContent) -> Words | None:
    theme = max(content.themes, key=lambda one: (len(one.ideas), -one.id), default=None)
    if theme is None or not theme.ideas:
        return None
    said = _(
        "제안이 가장 많은 주제는 ‘%(title)s’{로}, 제안이 %(n)s건 있어요.",
        title=theme.title,
        n=thousands(len(theme.ideas)),
    )
    return words(strong(_("제안이 모였어요.")), " ", said, *theme_references(theme))


def _only_clusters(content: DigestContent) -> Words | None:
    if content.themes or not content.clusters:
        return None
    largest = max(content.clusters, key=lambda cluster: (len(cluster.idea_ids), -cluster.number))
    said = _(
        "자동 분석이 묶음 %(n)s개를 찾았고, 분석가가 정책 주제로 승인한 것은 아직 없어요. 가장 큰 묶음 "
        "‘%(title)s’에는 제안이 %(ideas)s건 있어요.",
        n=thousands(len(content.clusters)),
        title=largest.title,
        ideas=thousands(len(largest.idea_ids)),
    )
    ideas = known(content, largest.idea_ids)[:MOST_REFERENCES]
    return words(strong(_("아직 정책 주제가 없어요.")), " ", said, *references(ideas))


def _overdue(content: DigestContent) -> Words | None:
    if not content.overdue:
        return None
    latest = content.overdue[0]
    said = _sent_and_answered(content) + _(
        "%(n)s통은 답변 기한을 넘겼어요. 가장 늦은 것은 ‘%(title)s’에 대한 "
        "%(ministry)s의 답변으로, 기한에서 %(days)s일 지났어요.",
        n=thousands(len(content.overdue)),
        title=latest.theme,
        ministry=latest.ministry,
        days=thousands(latest.days_late),
    )
    theme = _theme_of(content, latest)
    return words(strong(_("늦은 답변이 있어요.")), " ", said, *theme_references(theme, [latest]))


def _answered(content: DigestContent) -> Words | None:
    answered = [(theme, letter) for theme, letter in sent_letters(content) if letter.decision]
    if not answered:
        return None
    said = _sent_and_answered(content) + _("기한을 넘긴 편지는 없어요.")
    theme, newest = max(answered, key=lambda pair: (str(pair[1].answered_on), pair[1].number))
    return words(strong(_("답변이 왔어요.")), " ", said, *theme_references(theme, [newest]))


def _sent_and_answered(content: DigestContent) -> str:
    letters = [letter for _theme, letter in sent_letters(content)]
    decisions = Counter(letter.decision for letter in letters if letter.decision)
    n = {"all": thousands(len(letters)), "n": thousands(decisions.total())}
    if not decisions:
        return _("소관부처에 보낸 편지 %(all)s통의 답변이 아직 오지 않았고, ", **n)
    listed = ", ".join(_("%(decision)s %(n)s통", decision=name, n=n) for name, n in decisions.most_common())
    return _("소관부처에 보낸 편지 %(all)s통 가운데 %(n)s통의 답변이 왔고(%(listed)s), ", listed=listed, **n)


def _waiting(content: DigestContent) -> Words | None:
    letters = sent_letters(content)
    if not letters:
        return None
    theme, first = min(letters, key=lambda pair: (pair[1].due_on, pair[1].number))
    said = _(
        "소관부처에 보낸 편지 %(n)s통의 답변을 기다리고 있어요. 가장 이른 답변 기한은 %(day)s, %(ministry)s의 "
        "답변이에요.",
        n=thousands(len(letters)),
        day=day(first.due_on),
        ministry=first.ministry,
    )
    return words(strong(_("답변을 기다려요.")), " ", said, *theme_references(theme, [first]))


def _unsent(content: DigestContent) -> Words | None:
    if not content.themes:
        return None
    said = _(
        "승인된 정책 주제 %(n)s개 가운데 소관부처에 보낸 것이 아직 없어요.",
        n=thousands(len(content.themes)),
    )
    return words(strong(_("아직 보내지 않았어요.")), " ", said, *theme_references(content.themes[0]))


def _dividing(content: DigestContent) -> Words | None:
    lines = (*content.dividing, *(line for theme in content.themes for line in theme.dividing))
    for line in lines:
        for idea in known(content, [line.idea_id]):
            said = _("‘%(title)s’{은} 갈래마다 다르게 봐요. %(words)s", title=idea.title, words=line.words)
            return words(strong(_("의견이 갈려요.")), " ", said, " ", link(idea))
    return None


def _missing(content: DigestContent) -> Words | None:
    people = content.participants
    if not people or not people.breakdowns or content.ministry or content.theme_id is not None:
        return None
    whole = Link(_("누가 참여했는지 보기"), f"{content.campaign_url}#who")
    return words(strong(_("누가 참여했나요.")), " ", people.breakdowns[0].in_words, " ", whole)


def _opposed(content: DigestContent) -> Words | None:
    shares = [
        (share, idea)
        for idea in ideas_of(content)
        if (share := support_of(idea.disagree, idea.agree + idea.disagree + idea.pass_)) and idea.disagree
    ]
    if not shares:
        return None
    share, idea = max(shares, key=lambda pair: (pair[0].low, -pair[1].id))
    said = _(
        "반대의 비율이 가장 높은 제안은 ‘%(title)s’{로}, 투표한 %(n)s명 가운데 %(share)s(90%% 구간 %(range)s)가 "
        "반대해요.",
        title=idea.title,
        n=thousands(idea.agree + idea.disagree + idea.pass_),
        share=share_words(share.value, 1),
        range=range_of(share),
    )
    return words(strong(_("반대도 있어요.")), " ", said, " ", link(idea))


def _grounds(content: DigestContent) -> list[tuple[IdeaLine, Ground]]:
    """Return the ideas with common ground, the highest first."""
    found = [(idea, idea.ground) for idea in ideas_of(content) if idea.ground]
    return sorted(found, key=lambda pair: (-pair[1].common.value, pair[0].id))


def _theme_of(content: DigestContent, letter: ReferralLine) -> ThemeChapter:
    return next(theme for theme in content.themes if theme.id == letter.theme_id)


_QUESTIONS: tuple[tuple[Rule, ...], ...] = (
    (_all_back_it, _most_back_it, _best_supported, _largest, _only_clusters),
    (_overdue, _answered, _waiting, _unsent),
    (_dividing, _missing, _opposed),
)
