"""What titles demand, named as a ministry would: 설치, 처벌 강화; 늘려 주세요 is a demand for 확대."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nlp.text.stopwords import stop_words
from nlp.text.tokens import Morpheme

# Demands that have in common that something should improve.
IMPROVEMENTS = frozenset(
    "개선 설치 확대 확충 강화 도입 신설 조성 보급 정비 활성화 증설 연장 교체 공급 통합 만들기 늘리기 개편 전환 구축 "
    "개설 제작 완화 지원 보호 배려 보장 확보 구제 할인 보상 복원 예우".split()
)
ACTIONS = IMPROVEMENTS | frozenset(
    "이용 교육 대책 관리 재활용 수거 분리배출 참여 홍보 공개 개방 처리 심기 창출 허용 개정 인상 인하 해결 금지 제한 "
    "규제 단속 의무화 감축 저감 줄이기 절감 절약 예방 방지 퇴치 제거 점검 처벌 엄벌 수사 재수사 조사 진상조사 징계 "
    "파면 해임 구속 반대 철회 취소 중단 폐지 폐쇄 백지화 재검토 해산 퇴출".split()
)
PEOPLE = tuple(
    "어린이 아동 아이 엄마 부모 청소년 학생 청년 노인 어르신 독거노인 장애 장애인 여성 남성 임산부 노동자 근로자 "
    "소상공인 자영업자 중소기업 유공자 환자 군인 주민 외국인 이주민 교사 소방관 공무원 가족".split()
)  # are helped, not improved
HARMS = tuple(
    "학대 폭행 폭력 사기 갑질 살인 범죄 투기 부재 불감증 사고 비리 피해 체납 체불 주차 흡연 중독 부족 정체".split()
)
ACTION_OF_VERB = dict(
    pair.split(":")
    for pair in "늘리:확대 넓히:확대 줄이:줄이기 없애:폐지 막:방지 바꾸:개선 고치:개선 지키:보호 살리:보호 돕:지원 "
    "만들:개선 달:설치 세우:설치 심:심기 아끼:절약 벌하:처벌 멈추:중단".split()
)
GENERIC_ACTIONS = frozenset(
    {"이용", "교육", "대책", "관리", "조성", "해결", "처리"}
)  # a demand only if there is no other
# Actions that may follow another one: 처벌 강화, 설치 반대.
TRAILING_ACTIONS = frozenset("강화 완화 반대 중단 철회 확대 금지 제한 취소 폐지 의무화 허용".split())


def is_subject(word: Morpheme) -> bool:
    """Is it a noun that names something, and no action and no stop word?"""
    return word.tag in {"NNG", "NNP", "SL"} and word.surface not in ACTIONS and word.surface not in stop_words()


def find_demands(found: Sequence[Morpheme]) -> Iterable[tuple[int, str]]:
    """Yield the demands of a title, each with the index of its morpheme: 처벌 강화, 늘려 주세요 (확대)."""
    for index, word in enumerate(found):
        if word.stem in ACTION_OF_VERB:
            yield index, ACTION_OF_VERB[word.stem]
        elif word.surface in ACTIONS and word.is_noun:
            after = found[index + 1] if index + 1 < len(found) else None
            before = found[index - 1].surface if index else ""
            if after is not None and (_is_word_part(word, after) or (after.is_noun and after.surface in ACTIONS)):
                continue  # 설치비 demands nothing; of 설치 반대 the last word decides
            is_trailing = word.surface in TRAILING_ACTIONS and before in ACTIONS
            yield index, f"{before} {word.surface}" if is_trailing else word.surface


def _is_word_part(word: Morpheme, after: Morpheme) -> bool:
    """Does the written word continue with more than a particle or 하다?"""
    return after.start == word.end and (after.is_noun or after.tag in {"XSN", "XPN", "NNB", "NNBC"})
