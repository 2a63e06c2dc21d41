"""Posts that only say yes ("공감합니다", "동의합니다 꼭 부탁드려요"): they name nothing that a theme could be about.

A post is one if its title and its body hold a word of agreement and otherwise only words that go with it. Any other
noun, verb, number or foreign word is content ("석탄 반대에 찬성합니다"), and so is a refusal ("찬성하지 않습니다").
In doubt a post is read as an idea.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from nlp.records import IdeaText
from nlp.text.cleaning import clean
from nlp.text.spelling import correct_spelling
from nlp.text.tokens import UnknownTaggerError, pos_tag

MAX_CHARS = 300  # of title and body; nobody says just yes at more length
MIN_KNOWN_SHARE = 0.4  # of the written words that must begin like a word of agreement or one that goes with it
_AGREEMENT = frozenset("공감 동감 찬성 동의 지지 추천 응원 환영 필요 기대 최고 찬동 찬 굿".split())
_AGREEMENT_STEMS = ("좋", "옳", "맞", "훌륭")
# What people say around it: who agrees, how much, with what post, and that it may come true.
_COMPANIONS = frozenset(
    "제안 의견 생각 글 글쓴이 글쓴 작성자 제안자 게시글 게시물 청원 청원인 내용 정책 아이디어 말씀 말 취지 이야기 분 "
    "부탁 감사 진행 반영 시행 실행 실현 채택 추진 성사 통과 도움 적극 전적 완전 강력 절대 절대적 적극적 백 퍼센트 "
    "마음 진심 이유 개 동참 참여 희망 소망 간절 한표 한 표 이하 위 본문 제목 저 나 우리 모두 도요 완료 합 훌륭 "
    "생각 요청 당부 정말 이견 번 만 천 동 감 히".split()
)
_COMPANION_STEMS = tuple(
    "하 해 했 합 할 함 되 돼 됐 됩 될 드리 드려 드립 주 줘 줍 주세 바라 바랍 바랄 바래 이루 이뤄 원하 원합 원해 "
    "같 있 보 들 듣 싶 누르 눌 생각 부탁 동의 그렇 그래 이렇 옳 맞 좋 힘내".split()
)
_COMPANION_NUMBERS = frozenset({"1", "100", "1000"})  # +1, 100% 공감
_COMPANION_LATIN = frozenset({"ok", "good", "yes", "agree"})
_REFUSALS = frozenset({"안", "못", "않", "말", "결코"})
_NOUNS = frozenset({"NNG", "NNP", "NR", "XR", "SH", "NNBC"})
_VERBS = frozenset({"VV", "VA"})
_BEGINS_KNOWN = re.compile(
    r"\W*(?:" + "|".join(sorted({*_AGREEMENT, *_AGREEMENT_STEMS, *_COMPANIONS, *_COMPANION_STEMS}, reverse=True)) + ")"
)
_MENTIONS_AGREEMENT = re.compile("|".join([*_AGREEMENT, *_AGREEMENT_STEMS]))


def empty_approvals(ideas: Iterable[IdeaText], tagger: str = "mecab") -> set[int]:
    """Return the keys of the ideas whose title and body say no more than that somebody agrees.

    Only short texts with a word of agreement are tagged, and each text once however often it comes.

    :raise UnknownTaggerError: no tagger of that name here
    """
    known: dict[str, bool] = {}
    found = set()
    for idea in ideas:
        if len(idea.title) + len(idea.body) > 4 * MAX_CHARS:  # invisible characters and entities may go
            continue
        text = f"{clean(idea.title)}\n{clean(idea.body)}"
        if text not in known:
            known[text] = _may_only_agree(text) and _only_agrees(text, tagger)
        if known[text]:
            found.add(idea.key)
    return found


def is_empty_approval(title: str, body: str, tagger: str = "mecab") -> bool:
    """Return whether both texts together only agree; a text that breaks the tagger does not.

    :raise UnknownTaggerError: no tagger of that name here
    """
    text = f"{clean(title)}\n{clean(body)}"
    return _may_only_agree(text) and _only_agrees(text, tagger)


def _may_only_agree(text: str) -> bool:
    """Return False for a text that surely says more, which is told without tagging it."""
    if len(text) > MAX_CHARS or not _MENTIONS_AGREEMENT.search(text):
        return False
    words = text.split()
    return sum(map(bool, map(_BEGINS_KNOWN.match, words))) >= MIN_KNOWN_SHARE * len(words)


def _only_agrees(text: str, tagger: str) -> bool:
    """:raise UnknownTaggerError: no tagger of that name here"""
    try:
        tokens = pos_tag(correct_spelling(text), tagger)
    except UnknownTaggerError:
        raise
    except (RuntimeError, TypeError, UnicodeError, ValueError):
        return False
    return any(_agrees(*token) for token in tokens) and not any(_is_content(*token) for token in tokens)


def _agrees(surface: str, tag: str) -> bool:
    return surface in _AGREEMENT if tag in _NOUNS else tag in _VERBS and surface.startswith(_AGREEMENT_STEMS)


def _is_content(surface: str, tag: str) -> bool:
    """Return whether a word says more than yes. Particles, endings, adverbs, pronouns and signs never do."""
    if tag in ("MAG", "VX", "VCN"):
        return tag == "VCN" or surface in _REFUSALS
    if tag in _NOUNS:
        return surface not in _AGREEMENT and surface not in _COMPANIONS
    if tag in _VERBS:
        return not surface.startswith((*_COMPANION_STEMS, *_AGREEMENT_STEMS))
    if tag == "SN":
        return surface not in _COMPANION_NUMBERS
    return tag == "SL" and surface.lower() not in _COMPANION_LATIN
