"""What Koreans' keyboards, phones, word processors and pranksters put into a text field, as a Hypothesis strategy."""

from __future__ import annotations

import unicodedata

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

# The same examples on every machine and every day: a failure here is a failure of the change at hand.
steady = settings(
    max_examples=200,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

SYLLABLES = st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3)
WORDS = st.sampled_from(
    [
        "탄소중립",
        "재생에너지를",
        "늘리면 좋겠습니다.",
        "우리 동네",
        "학교 지붕에",
        "ㅋㅋㅋ",
        "ㅠㅠ",
        "똠방각하",
        "뷁",
        "제주특별자치도",
    ]
)
NFD_WORDS = WORDS.map(lambda word: unicodedata.normalize("NFD", word))
CONJOINING = st.text(st.characters(min_codepoint=0x1100, max_codepoint=0x11FF), min_size=1, max_size=6)
OLD_JAMO = st.characters(min_codepoint=0xA960, max_codepoint=0xA97C) | st.characters(
    min_codepoint=0xD7B0, max_codepoint=0xD7FB
)
COMPATIBILITY = st.text(st.characters(min_codepoint=0x3131, max_codepoint=0x318E), min_size=1, max_size=6)
FILLERS = st.sampled_from(["\u3164", "\u115f", "\u1160", "\uffa0", "\u2800", "\u115f\u1160"])
JOINERS = st.sampled_from(["\u200d", "\u200c", "\u200b", "\u2060", "\ufeff", "\u00ad", "\u034f", "\u180e", "\ufe0f"])
BIDI = st.characters(min_codepoint=0x202A, max_codepoint=0x202E) | st.characters(
    min_codepoint=0x2066, max_codepoint=0x2069
)
EMOJI = st.sampled_from(
    [
        "🌍",
        "👨\u200d👩\u200d👧\u200d👦",
        "👍🏽",
        "🇰🇷",
        "1\ufe0f\u20e3",
        "🏴\U000e0067\U000e0062\U000e007f",
        "❤\ufe0f\u200d🔥",
    ]
)
FULL_WIDTH = st.text(st.characters(min_codepoint=0xFF01, max_codepoint=0xFFEE), min_size=1, max_size=6)
MARKS = st.text(st.sampled_from("\u0301\u0323\u0308\u034f\u0488\u20dd\u3099\u302e\u05b0\u0e38"), min_size=1, max_size=9)
BREAKS = st.sampled_from(["\n", "\r\n", "\r", "\n\n\n\n", "\u2028", "\u2029", "\u0085", "\t", " ", "\u00a0", "\u3000"])
BROKEN = st.sampled_from(
    ["\ud800", "\udfff", "\ud83c\udf0d", "\x00", "\x07", "\x0b", "\x1b[31m", "\x1c", "\x7f", "\x9b"]
)
PRIVATE = st.sampled_from(["\ue000", "\uf8ff", "\U000f0000", "\ufffe", "\uffff", "\ufffd", "\U0010ffff"])
PLAIN = st.text(st.sampled_from("abcXYZ0123456789 .,!?-_@/:<>&\"'=+()[]{}|\\~%#*;`$^"), min_size=1, max_size=12)
NUMBERS = st.sampled_from(
    [
        "010-1234-5678",
        "900101-1234567",
        "２０５０년",
        "공일공-일이삼사-오육칠팔",
        "kim@example.org",
        "세종로 209 101동 1203호",
    ]
)
ANYTHING = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5)

KOREAN = SYLLABLES | WORDS | NFD_WORDS | COMPATIBILITY | EMOJI | FULL_WIDTH | PLAIN | NUMBERS
ODD = CONJOINING | OLD_JAMO | FILLERS | JOINERS | BIDI | MARKS | BREAKS | PRIVATE | ANYTHING


def joined(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(st.one_of(*parts), max_size=12).map("".join)


wild = joined(KOREAN, ODD, BROKEN)
"""Whatever bytes a request can bring, lone surrogates and NUL among them."""

odd = joined(KOREAN, ODD)
"""What can be written to a text file: no lone surrogate, and no NUL, which a CSV is refused for."""

plain = st.lists(KOREAN, min_size=1, max_size=6).map("".join)
"""What people mean to type."""
