"""Choose what a title says that the members of a theme ask for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from nlp.titles.coverage import DEMANDED, Rows, ThemeWords
from nlp.titles.demands import (
    ANIMALS,
    FAMILIES,
    GENERIC_ACTIONS,
    HARMS,
    IMPROVEMENTS,
    OPPOSITES,
    OTHER_PEOPLE,
    PEOPLE,
    PLACES,
    PLANS,
    PUNISHMENTS,
    SUPPORT,
)

SMALL_THEME = 10  # members below which two are enough to want an improvement
MIN_WANTING = 3  # members that must want an improvement, or two in a small theme
MIN_OWN_DEMAND_SHARE = 0.15  # share of the members that must ask for it of the subject itself
MIN_LOOSE_DEMAND_SHARE = 0.3  # ... or anywhere in a text about the subject
MIN_IMPROVEMENT_SHARE = 0.2  # share that must want any improvement, where no single demand leads
MIN_PAIR_IMPROVEMENT_SHARE = 0.3  # ... of two subjects
MIN_FAMILY_SHARE = 0.3  # share of the members that must ask for any demand of a family
MIN_OWN_OF_FAMILY = 2  # members that must ask it of the subject itself
MIN_FAMILY_LEAD = 0.15  # ... and the one of them that is named
MAX_DISSENT = 1 / 3  # of those who ask for it, how many may want the opposite
# Demands of a sentence that are about its whole subject; others (설치, 금지) are about the noun before them.
LOOSE_ACTIONS = frozenset(
    "처벌 엄벌 수사 재수사 조사 진상조사 징계 파면 해임 구속 철회 백지화 보상 사퇴 탄핵 퇴출 해산".split()
)
REJECTIONS = frozenset("반대 철회 백지화 폐지 폐쇄 취소 중단 해산 퇴출 처벌 엄벌 탄핵 해임 파면 사퇴".split())
AGAINST_HARM = (
    IMPROVEMENTS | LOOSE_ACTIONS | frozenset("대책 방지 예방 저감 감축 줄이기 제거 퇴치 단속 금지 해결".split())
)
PROPOSALS = frozenset(
    "개선안 개선점 개선방안 방안 방법 대안 해소 아이디어".split()
)  # a title with one wants improvement
ACTIVITIES = tuple("신고 치료 입원 수술 수업 시위 집회 근무 판결 재판 선거 투표".split())  # are not improved


def is_asked(theme: ThemeWords, phrase: str) -> bool:
    """Is a phrase that ends with a demand (경유차 폐지) what members ask for? Others name a subject and need not be."""
    action = theme.counts.heads[phrase]
    if action not in DEMANDED:
        return True
    wanted, opposed = _supporters(theme, action, against=False), _supporters(theme, action, against=True)
    enough = max(2, MIN_LOOSE_DEMAND_SHARE * len(theme.counts.readings))
    if len(wanted) >= enough and len(opposed) <= MAX_DISSENT * len(wanted):
        return True
    return action in PLANS and len(opposed) >= enough and len(wanted) <= MAX_DISSENT * len(opposed)


def choose_demand(theme: ThemeWords, subject: str) -> str:
    """Return what a fair share of the members ask for, with its direction; "" if there is nothing."""
    action = theme.counts.heads[subject]
    if action in DEMANDED:
        return _stance(theme, action)
    n = len(theme.counts.readings)
    own, loose, labels = _count_demands(theme, subject)
    named = [
        (demand[0] in GENERIC_ACTIONS, -own[demand], -loose[demand], labels[demand].most_common(1)[0][0])
        for demand in loose
        if (
            own[demand] >= max(2, MIN_OWN_DEMAND_SHARE * n)
            or (_is_loose(demand) and loose[demand] >= max(2, MIN_LOOSE_DEMAND_SHARE * n))
        )
        and (own[demand] > 1 or not subject.endswith(OTHER_PEOPLE))
        and _is_undisputed(theme, demand)
        and _fits(subject, demand)
    ]
    return min(named)[-1] if named else _family_demand(theme, subject, own, loose)


def _family_demand(
    theme: ThemeWords, subject: str, own: Counter[tuple[str, bool]], loose: Counter[tuple[str, bool]]
) -> str:
    """Return the most common demand of a family that a fair share of the members ask for; "" if there is none.

    Some must ask it of the subject itself: who wants a member of parliament punished may do so for the president.
    """
    n = len(theme.counts.readings)
    for family in FAMILIES:
        told = loose if family <= LOOSE_ACTIONS | REJECTIONS else own
        counts = {
            demand: told[demand]
            for demand in told
            if not demand[1]
            and demand[0].split()[-1] in family
            and _fits(subject, demand)
            and _is_undisputed(theme, demand)
        }
        n_own = sum(own[demand] for demand in counts)
        if n_own >= MIN_OWN_OF_FAMILY and sum(counts.values()) >= max(MIN_WANTING, MIN_FAMILY_SHARE * n):
            leading = max(counts, key=lambda demand: (counts[demand], demand))
            if counts[leading] >= MIN_FAMILY_LEAD * n:
                return leading[0]
    return ""


def improvement(
    theme: ThemeWords,
    subject: str,
    rows: Rows = frozenset(),
    in_title: bool = False,
    min_share: float = MIN_IMPROVEMENT_SHARE,
) -> str:
    """Return 개선, or what fits the subject better, where a fair share of the members want any improvement.

    :param rows: members about the subject; none: those that hold a word of it
    :param in_title: only members whose titles hold a word of the subject count
    """
    if theme.counts.heads[subject] in DEMANDED:
        return ""
    is_harm, is_living = subject.endswith(HARMS), subject.endswith(PEOPLE + ANIMALS)
    wanted = AGAINST_HARM if is_harm else SUPPORT if is_living and in_title else IMPROVEMENTS
    words, n = theme.core_words(subject), len(theme.counts.readings)
    rows = rows or frozenset[int]().union(*map(theme.holders, words))
    about = [
        reading
        for row, reading in enumerate(theme.counts.readings)
        if (row in rows and not in_title) or any(word in reading.title for word in words)
    ]
    n_wanting = sum(
        any(d.action.split()[-1] in wanted and not d.is_against for _noun, d in reading.demands)
        or (not is_living and not reading.nouns.isdisjoint(PROPOSALS))
        for reading in about
    )
    n_opposing = sum(any(d.is_against or d.action in REJECTIONS for _noun, d in reading.demands) for reading in about)
    if n_wanting < max(MIN_WANTING if n >= SMALL_THEME else 2, min_share * n):
        return ""
    if not is_harm and n_opposing > MAX_DISSENT * n_wanting:
        return ""
    if is_harm:
        return "대책"
    if is_living:
        return "보호" if subject.endswith(ANIMALS) else "지원"
    is_name = theme.counts.heads[subject] in theme.counts.proper_nouns or subject.endswith(("자", "인", "법"))
    is_refused = is_name or subject.endswith(OTHER_PEOPLE) or PLACES.search(subject) is not None
    return "" if is_refused or subject.endswith(ACTIVITIES) else "개선"


def askers(theme: ThemeWords, demand: str) -> Iterable[int]:
    """Yield the readings that ask for a demand in these words, or for any improvement where it says no more."""
    if not demand:
        return
    is_any = demand in {"개선", "지원", "보호", "대책"}
    for row, reading in enumerate(theme.counts.readings):
        if any(
            d.label == demand or d.opposing == demand or (is_any and d.action.split()[-1] in IMPROVEMENTS)
            for _noun, d in reading.demands
        ):
            yield row


def _stance(theme: ThemeWords, action: str) -> str:
    """Return the word that opposes the action a subject ends with, where members do; else ""."""
    wanted, opposed = _supporters(theme, action, against=False), _supporters(theme, action, against=True)
    words = Counter(
        demand.opposing
        for reading in theme.counts.readings
        for _noun, demand in reading.demands
        if demand.action == action and demand.is_against and demand.is_nameable
    )
    is_opposed = len(opposed) >= max(2, MIN_OWN_DEMAND_SHARE * len(theme.counts.readings))
    return words.most_common(1)[0][0] if words and is_opposed and len(wanted) <= MAX_DISSENT * len(opposed) else ""


def _supporters(theme: ThemeWords, action: str, against: bool) -> Rows:
    """Return the readings that ask for an action, or that oppose it or ask for its opposite; complaints oppose it."""
    opposite = OPPOSITES.get(action, "")
    return frozenset(
        row
        for row, reading in enumerate(theme.counts.readings)
        for _object, demand in reading.demands
        if (demand.action == action and demand.is_against is against)
        or (opposite and demand.action == opposite and demand.is_against is not against)
    )


def _count_demands(
    theme: ThemeWords, subject: str
) -> tuple[Counter[tuple[str, bool]], Counter[tuple[str, bool]], dict[tuple[str, bool], Counter[str]]]:
    """Count members by (action, is it opposed): who ask it of the subject; who ask it at all; in which words."""
    own, loose = Counter[tuple[str, bool]](), Counter[tuple[str, bool]]()
    labels: dict[tuple[str, bool], Counter[str]] = {}
    words = theme.counts.content_words[subject] | {subject}
    for reading in theme.counts.readings:
        demands = [(noun, demand) for noun, demand in reading.demands if demand.is_nameable]
        loose.update({(demand.action, demand.is_against) for _noun, demand in demands})
        own.update({(d.action, d.is_against) for noun, d in demands if noun and any(noun in word for word in words)})
        for _noun, demand in demands:
            labels.setdefault((demand.action, demand.is_against), Counter())[demand.label] += 1
    return own, loose, labels


def _is_loose(demand: tuple[str, bool]) -> bool:
    action, is_against = demand
    return is_against or action.split()[0] in LOOSE_ACTIONS


def _is_undisputed(theme: ThemeWords, demand: tuple[str, bool]) -> bool:
    action, is_against = demand
    wanted, opposed = _supporters(theme, action, is_against), _supporters(theme, action, not is_against)
    return len(opposed) <= MAX_DISSENT * len(wanted)


def _fits(subject: str, demand: tuple[str, bool]) -> bool:
    """Harm is not improved, people and animals are helped and not punished, places are neither."""
    action, is_against = demand
    last = action.split()[-1]
    if last in PUNISHMENTS and subject.endswith(PEOPLE + ANIMALS):
        return False
    if is_against or last not in IMPROVEMENTS:
        return True
    if subject.endswith(HARMS):
        return last in {"강화"} and action != last
    if subject.endswith(PEOPLE + OTHER_PEOPLE + ANIMALS):
        return last in SUPPORT and not subject.endswith(OTHER_PEOPLE)
    return last != "개선" or not PLACES.search(subject)
