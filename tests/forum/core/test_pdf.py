"""A PDF can be made of any text: emoji, joiners and rare letters must not break it."""

from __future__ import annotations

import pytest

from forum.analysis.themes.models import ThemeState
from forum.core.pdf import printable
from forum.response.referrals.letter_pdf import letter_pdf

ODD = "나무 🌳🚦 그늘 👨‍👩‍👧 펲 漢 \U0001f1f0\U0001f1f7 #셋 $x$"


def test_what_the_font_cannot_draw_becomes_one_box():
    assert printable("나무 🌳🚦 그늘") == "나무 □ 그늘"
    assert printable({"ideas": [{"title": "펲 👍", "agree": 3}]}) == {"ideas": [{"title": "펲 □", "agree": 3}]}
    assert printable("줄\n바꿈\t칸") == "줄\n바꿈\t칸"


@pytest.mark.parametrize("text", [ODD, "\u0b95\u0bcd", "a" * 3000, "ㅋㅋㅋ", "①②③ ℃ ㎡"])
def test_a_letter_with_odd_characters_is_still_printed(make, text):
    campaign = make.campaign()
    idea = make.idea(campaign, title=text[:90], body=text)
    theme = make.theme(campaign, [idea], state=ThemeState.APPROVED, title=text[:90], summary=text)
    assert letter_pdf(make.referral(theme, letter=text), with_withdrawn=True).startswith(b"%PDF-")
