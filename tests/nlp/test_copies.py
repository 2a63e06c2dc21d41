from __future__ import annotations

from nlp.copies import near_copies


def test_the_same_text_retyped_leads_to_the_first_of_its_group():
    text = "학교 옥상이 비어 있으니 태양광 발전기를 달아 전기를 만들면 좋겠습니다"
    texts = [text, "버스를 더 자주 보내 주세요", text.replace("좋겠습니다", "좋겠어요"), text + "!"]
    assert near_copies(texts) == {2: 0, 3: 0}


def test_texts_about_the_same_are_no_copies():
    assert near_copies(["학교 옥상에 태양광을 달자", "아파트 지붕에 태양광 발전기를 놓아요"]) == {}


def test_empty_and_short_texts():
    assert near_copies([]) == {}
    assert near_copies(["", ""]) == {}
    assert near_copies(["네", "네"]) == {}
