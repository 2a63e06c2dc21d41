from __future__ import annotations

import pytest

from forum.analysis.curation.citations import examine, sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "뜻이 모였습니다 [#25] [#19]. 시골은 다릅니다 [#11].",
            ["뜻이 모였습니다 [#25] [#19].", "시골은 다릅니다 [#11]."],
        ),
        ("모였습니다. [#25] [#3] 시골은요.[#4] 끝", ["모였습니다. [#25] [#3]", "시골은요.[#4]", "끝"]),
        ("3.5% 낮춥니다 [#1]. 1.5도를 지킵니다 [#2].", ["3.5% 낮춥니다 [#1].", "1.5도를 지킵니다 [#2]."]),
        ("1. 첫째 [#1].\n2. 둘째 [#2]", ["1. 첫째 [#1].", "2. 둘째 [#2]"]),
        ("모였습니다.시골에서는 정말요? 네!", ["모였습니다.", "시골에서는 정말요?", "네!"]),
        ("“그래요.” 하고 말합니다 [#3]", ["“그래요.” 하고 말합니다 [#3]"]),
        ("2021. 3. 5. 나온 U.S. 자료입니다 [#1].", ["2021. 3. 5. 나온 U.S. 자료입니다 [#1]."]),
        ("제목\n- \n---\n…", ["제목"]),
        ("", []),
    ],
)
def test_a_text_is_cut_into_its_sentences_with_the_marks_that_belong_to_them(text, expected):
    assert sentences(text) == expected


def problems(summary: str) -> list[str]:
    found = examine(summary, members={1, 2, 3}, states={1: "", 2: "", 3: "철회", 7: ""})
    return [problem for sentence in found for problem in sentence.problems]


def test_a_summary_whose_every_sentence_names_an_idea_of_the_theme_has_nothing_to_mend():
    assert problems("태양광을 답니다 [#1]. 학교부터 합니다 [#2] [#1].") == []


@pytest.mark.parametrize(
    ("summary", "said"),
    [
        ("태양광을 답니다 [#1]. 학교부터 합니다.", "근거가 되는 제안 번호가 없어요"),
        ("태양광을 답니다 [#99].", "#99번은 이 포럼에 없어요"),
        ("태양광을 답니다 [#7].", "#7번은 이 주제에 들어 있지 않아요"),
        ("태양광을 답니다 [#3].", "#3번은 지금 ‘철회’ 상태라"),
        ("태양광을 답니다 [#1, #2].", "‘[#1, #2]’는 제안 번호로 읽을 수 없어요"),
        ("태양광을 답니다 [12번].", "‘[12번]’은 제안 번호로 읽을 수 없어요"),
        ("태양광을 답니다 (#1).", "‘(#1)’은 제안 번호로 읽을 수 없어요"),
        ("태양광을 답니다 [#１].", "‘[#１]’은 제안 번호로 읽을 수 없어요"),
    ],
)
def test_what_is_wrong_is_said_of_its_sentence(summary, said):
    assert any(said in problem for problem in problems(summary)), problems(summary)


def test_a_year_in_brackets_is_no_mark():
    assert problems("올해(2050년)까지 합니다 [#1].") == []
