from __future__ import annotations

from tests.nlp.titles.test_generate import title_of, words


def test_demands_of_one_direction_count_together_and_the_commonest_speaks_for_them():
    titles = [
        "국회의원을 처벌해 주세요",
        "국회의원을 처벌하라",
        "국회의원 퇴출 청원",
        "국회의원 사퇴 촉구",
        *["국회의원 하루"] * 7,
    ]
    assert title_of(titles, words("국회의원")) == "국회의원 처벌"


def test_nobody_is_punished_in_a_title_whom_no_member_wants_punished():
    titles = ["대통령께 말합니다, 사기 처벌을", "대통령님 폭행 엄벌", "대통령님, 사기를 처벌해 주세요", "대통령께"]
    assert "처벌" not in title_of(titles, words("대통령"))


def test_proposals_for_something_better_are_wishes_for_it():
    titles = ["택시 승차 방법", "택시 대기 방안", "택시 불만 해소", "택시를 타며", "택시 이야기"]
    assert title_of(titles, words("택시")) == "택시 개선"


def test_what_is_done_is_not_improved():
    titles = ["골목 신고 방법", "골목 신고 방안", "골목 신고 해소", "골목 신고"]
    assert title_of(titles, words("신고", "골목")) == "골목 신고"
