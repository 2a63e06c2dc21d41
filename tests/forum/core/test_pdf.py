"""A PDF can be made of any text: emoji, joiners and rare letters must not break it."""

from __future__ import annotations

import pytest

from forum.analysis.themes.models import ThemeState
from forum.core.pdf import printable, text_em, typeset, typeset_apart
from forum.response.referrals.letter_pdf import letter_pdf

ODD = "나무 🌳🚦 그늘 👨‍👩‍👧 펲 漢 \U0001f1f0\U0001f1f7 #셋 $x$"


def test_what_the_font_cannot_draw_becomes_one_box():
    assert printable("나무 🌳🚦 그늘") == "나무 □ 그늘"
    assert printable({"ideas": [{"title": "펲 👍", "agree": 3}]}) == {"ideas": [{"title": "펲 □", "agree": 3}]}
    assert printable("줄\n바꿈\t칸") == "줄\n바꿈\t칸"


def test_old_hangul_is_one_box_and_not_letters_side_by_side():
    assert printable("옛 \u1112\u119e\u11ab글") == "옛 □글"


def test_syllables_in_parts_are_put_together_and_invisible_signs_dropped():
    assert printable("\u1112\u1161\u11ab글") == "한글"
    assert printable("오른쪽 \u202eabc\u202c 글\u200b") == "오른쪽 abc 글"


def test_the_width_of_a_text_is_that_of_its_letters():
    assert text_em("가가") == 2 * text_em("가")
    assert 0.3 < text_em("1") < text_em("가") <= 1


@pytest.mark.parametrize("text", [ODD, "\u0b95\u0bcd", "a" * 3000, "ㅋㅋㅋ", "①②③ ℃ ㎡"])
def test_a_letter_with_odd_characters_is_still_printed(make, text):
    campaign = make.campaign()
    idea = make.idea(campaign, title=text[:90], body=text)
    theme = make.theme(campaign, [idea], state=ThemeState.APPROVED, title=text[:90], summary=text)
    assert letter_pdf(make.referral(theme, letter=text), with_withdrawn=True).startswith(b"%PDF-")


def test_a_process_of_its_own_typesets_the_same_bytes(tmp_path):
    template = tmp_path / "page.typ"
    template.write_text(
        "#let words = json(bytes(sys.inputs.data)).words\n#set document(title: words, date: datetime(year: 2026, "
        'month: 1, day: 2))\n#set text(font: "NanumGothic", lang: "ko")\n= #words'
    )
    data = {"words": ODD}
    assert typeset_apart(template, data) == typeset(template, data)


def test_a_template_that_cannot_be_typeset_is_told(tmp_path):
    template = tmp_path / "page.typ"
    template.write_text("#nothing")
    with pytest.raises(RuntimeError, match=r"(?s)page\.typ.*unknown variable: nothing"):
        typeset_apart(template, {})
