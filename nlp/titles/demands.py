"""What people ask for, with its direction, named as a ministry would: 설치, 처벌 강화, 도입 반대.

A word such as 인상 says nothing by itself: "요금 인상을 막아 주세요" and "요금 인상으로 고통받는다" are against it. So
each demand is read with what follows it in its sentence: 반대, 철회, 중단, "막아 주세요", "하지 마세요", "안 됩니다".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nlp.text.stopwords import stop_words
from nlp.text.tokens import Morpheme

# Demands that have in common that something should improve.
IMPROVEMENTS = frozenset(
    "개선 설치 확대 확충 강화 도입 신설 조성 보급 정비 활성화 증설 연장 교체 공급 통합 만들기 늘리기 개편 전환 구축 "
    "개설 마련 제작 완화 지원 보호 배려 보장 확보 구제 할인 보상 복원 예우".split()
)
ACTIONS = IMPROVEMENTS | frozenset(
    "이용 교육 대책 관리 재활용 수거 분리배출 참여 홍보 공개 개방 처리 심기 창출 허용 개정 인상 인하 해결 금지 제한 "
    "규제 단속 의무화 감축 저감 줄이기 절감 절약 예방 방지 퇴치 제거 점검 처벌 엄벌 수사 재수사 조사 진상조사 징계 "
    "파면 해임 구속 반대 찬성 철회 취소 중단 폐지 폐쇄 백지화 재검토 해산 퇴출 탄핵 사퇴 증차 증편".split()
)
# Plans of others: they name what a theme is about, and are a demand only where somebody asks for them.
PLANS = frozenset(
    "개원 분류 지정 개발 매각 이전 건설 건립 설립 유치 개최 임명 출소 송환 북송 민영화 통폐합 증축 입점 시행 추진 허가 "
    "승인 개통 질병화 인상 인하 합병 편입 착용 면제 도입 통합 전환 허용 폐지 폐쇄 공매도 폐교 폐고 축소".split()
)
OPPOSITES = {
    a: b
    for pair in (
        "인상:인하 확대:축소 설치:철거 신설:폐지 도입:폐지 허용:금지 강화:완화 임명:해임 찬성:반대 지원:중단"
    ).split()
    for a, b in (pair.split(":"), pair.split(":")[::-1])
}
OPPOSING = {word: word for word in "반대 철회 취소 중단 저지 백지화 금지 폐지 철폐 거부".split()} | {
    "결사반대": "반대",
    "절대반대": "반대",
    "규탄": "반대",
    "그만": "중단",
}
SUFFERING = frozenset("고통 피해 고생 우려 걱정 신음 분노 억울 반발 시달리 힘들 괴롭 울 죽".split())
# Nouns that turn an action before them into a fact: 설치 문제, 단속 결과.
FACTS = frozenset("문제 부족 불편 미흡 부실 결과 현황 과정 이유 비리 논란 의혹 특혜 실태 위반 비용 사진".split())
# What may stand between an action and the word that opposes it: 도입 계획 전면 반대.
TRANSPARENT = frozenset(
    "안 화 건 계획 추진 사업 방침 정책 결정 시도 것 전면 절대 즉각 적극 조속 강력 전부 완전 강경 결사 무조건 엄격 "
    "철저 요청 촉구 청원 당장 제발 법 법안 개정안".split()
)
# Say what is asked, whatever it is about: kept out of the vectors, so that no theme is held together by 폐지 alone.
DIRECTIONS = frozenset(
    "반대 찬성 철회 취소 중단 폐지 폐쇄 백지화 재검토 해산 퇴출 개선 설치 확대 확충 강화 도입 신설 금지 제한 규제 단속 "
    "의무화 허용 개정 인상 인하 해결 촉구 요청 처벌 엄벌 조사 징계 파면 해임 구속".split()
)
# A word of people that the tagger takes for a noun and a verb (장애 + 인 of 이다) -> the noun that it leaves.
STEMS = {"장애인": "장애"}
PEOPLE = tuple(
    "어린이 아동 아이 엄마 부모 청소년 학생 청년 노인 어르신 독거노인 장애 장애인 여성 남성 임산부 노동자 근로자 "
    "소상공인 자영업자 중소기업 유공자 환자 군인 주민 외국인 이주민 교사 소방관 공무원 가족 피해자 유가족 노숙인 "
    "노숙자 집배원 간호사 세입자".split()
)  # are helped, not improved
OTHER_PEOPLE = tuple(
    "선생님 선생 기사 대통령 의원 총장 대표 국민 시민 직원 여경 경찰 경찰관 검사 판사 목사 연예인 선수 아들 딸 동생 "
    "형제 부부 지지자 회장 사장 원장 장관 시장 배우 가수 승객 보행자 흡연자 소비자 입주민 의사 노조 노총 고객".split()
)  # are neither
ANIMALS = tuple("고양이 강아지 개 동물 반려견 유기견 비둘기 돼지 소 닭 새 곰 고래 펭귄 말 길냥이".split())
PLACES = re.compile(
    r"(?:(?<=[가-힣]{2})[동구군시천산강섬역]|지구|단지|신도시|도시|마을|광장|공원|거리|시장|터널|호수|뉴타운|일본|중국|북한|국회|위|앞|내)$"
)
HARMS = tuple(
    "학대 폭행 폭력 사기 갑질 살인 범죄 투기 부재 불감증 사고 비리 피해 체납 체불 주차 흡연 중독 부족 정체 소음 악취 "
    "강간 성범죄 추행 유기 미세먼지 황사 폭염 재난 무단투기 승차거부 담배 테러 조작 특혜 "
    "오염 쓰레기 농단 불공정 적폐 성폭력".split()
)
ACTION_OF_VERB = dict(
    pair.split(":")
    for pair in "늘리:확대 넓히:확대 줄이:줄이기 없애:폐지 바꾸:개선 고치:개선 지키:보호 살리:보호 돕:지원 "
    "만들:마련 달:설치 세우:설치 심:심기 아끼:절약 벌하:처벌 멈추:중단 올리:인상 높이:인상 내리:인하 낮추:인하".split()
)
# Demands of one direction: where no single one leads, the most common of a family may speak for all.
FAMILIES = tuple(
    frozenset(words.split())
    for words in (
        "설치 신설 확대 확충 증설 늘리기 만들기 마련 조성 도입 보급 공급 개설 구축 연장 증차 증편",
        "보호 지원 배려 보장 구제 할인 보상 예우",
        "처벌 엄벌 수사 재수사 조사 진상조사 구속 징계 파면 해임 사퇴 탄핵 퇴출 해산",
        "반대 철회 취소 중단 폐지 폐쇄 백지화",
    )
)
PUNISHMENTS = FAMILIES[2]
# Each group is one thing, or parts of one: two words of a group say no more than one of them.
SAME_KIND = tuple(
    frozenset(words.split())
    for words in (
        "아이 어린이 아동 유아 어린이집",
        "노인 어르신 독거노인 고령자 실버",
        "학교 학생 초등학교 중학교 고등학교",
        "노동자 근로자 노동 근로 직원",
        "차량 자동차 차",
        "경찰 경찰관",
        "동물 반려동물 강아지 개 고양이 길고양이 반려견",
        "의원 국회의원 국회",
        "환자 병원 대학병원",
        "청소년 학생",
        "기업 대기업 회사 업체",
        "시민 주민 국민",
        "지하철 지하철역",
        "북한 대북",
        "생명 소중",
        "광장 광화문 광화문광장",
    )
)
SUPPORT = frozenset(
    "지원 보호 배려 보장 확보 구제 할인 보상 예우 완화 확대 도입 신설".split()
)  # what people may ask for people
GENERIC_ACTIONS = frozenset(
    {"이용", "교육", "대책", "관리", "조성", "해결", "처리"}
)  # a demand only if there is no other
# Actions that may follow another one: 처벌 강화.
TRAILING_ACTIONS = frozenset("강화 완화 확대 제한 의무화 허용".split())
LOOK_AHEAD = 7  # morphemes from an action to what opposes it


@dataclass(frozen=True)
class Demand:
    """What a sentence asks for.

    :param action: 설치, 처벌 강화, 인상
    :param opposing: the word that the action is opposed with (반대, 철회, 중단 …); "" where it is asked for
    :param is_nameable: False for a complaint that asks for nothing: "인상으로 고통받는다"
    """

    action: str
    opposing: str = ""
    is_nameable: bool = True

    @property
    def is_against(self) -> bool:
        """Is the action opposed?"""
        return bool(self.opposing)

    @property
    def label(self) -> str:
        """The demand in words: 설치, 도입 반대."""
        return f"{self.action} {self.opposing}" if self.opposing else self.action


def is_subject(word: Morpheme) -> bool:
    """Is it a noun that names something, and no action and no stop word?"""
    return (
        word.tag in {"NNG", "NNP", "SL"}
        and word.surface not in ACTIONS
        and word.surface not in TRANSPARENT
        and word.surface not in stop_words()
    )


def find_demands(found: Sequence[Morpheme]) -> Iterator[tuple[int, Demand]]:
    """Yield a sentence's demands, each with the index of its morpheme: 처벌 강화, 늘려 주세요 (확대), 도입 반대."""
    used = -1  # index of the last word that has opposed an action
    for index, word in enumerate(found):
        action = "" if index <= used else _action_at(found, index)
        if not action:
            continue
        opposing, at = _opposition(found, index)
        if opposing:
            used = at
            is_nameable = opposing not in SUFFERING
            yield index, Demand(action, opposing if is_nameable else "반대", is_nameable)
        elif word.surface not in PLANS or word.tag not in {"NNG", "NNP"} or _is_asked_for(found, index):
            yield index, Demand(action)


def _action_at(found: Sequence[Morpheme], index: int) -> str:
    """Return the action that the morpheme names, or ""."""
    word = found[index]
    if word.surface.startswith("막") and word.tag.startswith("VV"):  # the dictionary gives it no stem of its own
        nouns = [w.surface for w in found[max(0, index - 3) : index] if is_subject(w)]
        return "방지" if nouns and nouns[-1].endswith(HARMS) else "반대" if nouns else ""
    if word.stem in ACTION_OF_VERB:
        return ACTION_OF_VERB[word.stem]
    if not word.is_noun or (word.surface not in ACTIONS and word.surface not in PLANS):
        return OPPOSING.get(word.surface, "") if word.surface == "결사반대" else ""
    after = found[index + 1] if index + 1 < len(found) else None
    if after is not None:
        if after.surface in FACTS or (_is_word_part(word, after) and after.surface not in TRANSPARENT | {*OPPOSING}):
            return ""  # 설치비 and 설치 문제 demand nothing
        if after.is_noun and after.surface in ACTIONS and after.surface not in OPPOSING:
            return ""  # of 단속 강화 the last word decides
    before = found[index - 1].surface if index else ""
    is_trailing = word.surface in TRAILING_ACTIONS and before in ACTIONS
    return f"{before} {word.surface}" if is_trailing else word.surface


def _opposition(found: Sequence[Morpheme], index: int) -> tuple[str, int]:
    """Return the word that opposes the action, or a word of suffering, with its index; ("", -1) for none."""
    for at in range(index + 1, min(len(found), index + 1 + LOOK_AHEAD)):
        word = found[at]
        if word.surface in OPPOSING:
            return OPPOSING[word.surface], at
        if (word.surface.startswith("막") and word.tag.startswith("VV")) or _is_forbidden(found, at):
            return "반대", at
        if word.surface in SUFFERING or word.stem in SUFFERING:
            return word.surface if word.surface in SUFFERING else word.stem, at
        if word.stem in {"멈추", "그만두"}:
            return "중단", at
        if word.surface in "?!" or (word.tag in {"NNG", "NNP"} and word.surface not in TRANSPARENT):
            break
    return "", -1


def _is_forbidden(found: Sequence[Morpheme], at: int) -> bool:
    """Is it the refusing part of "하지 마세요", "하면 안 됩니다", "못 하게"?"""
    word, after = found[at], found[at + 1] if at + 1 < len(found) else None
    if word.tag.startswith("VX") and word.surface.startswith(("말", "마")):
        return True
    return word.surface == "안" and after is not None and (after.stem == "되" or after.surface.startswith("돼"))


def _is_asked_for(found: Sequence[Morpheme], index: int) -> bool:
    """Is a plan asked for? "도입해 주세요", "도입 요청", "도입하자"; or does the title end with it?"""
    rest = found[index + 1 : index + 1 + LOOK_AHEAD]
    if not rest and found[index].surface in ACTIONS - {"인상", "인하"}:
        return True
    return any(
        word.surface in {"요청", "촉구", "부탁", "청원", "필요", "찬성", "제안", "건의", "원하", "시급"}
        or (word.tag.startswith("VX") and word.surface.startswith(("주", "줘", "달")))
        or word.stem in {"바라", "원하"}
        or (word.tag.startswith("EC") and word.surface in {"자", "어야", "아야", "여야"})
        or word.surface in {"해야", "합시다", "하자", "하라"}
        for word in rest
    )


def _is_word_part(word: Morpheme, after: Morpheme) -> bool:
    """Does the written word continue with more than a particle or 하다?"""
    return after.start == word.end and (after.is_noun or after.tag in {"XSN", "XPN", "NNB", "NNBC"})
