from __future__ import annotations

from datetime import timedelta

import pytest

from forum.core import clock
from forum.system.texts.flood import is_flood, similarity

SPAM = "싸게 파는 태양광 모듈을 지금 바로 신청하세요. 전국 어디서나 무료로 상담해 드립니다"


def test_similarity_is_of_what_both_say():
    assert similarity("가나다라마", "가나다라마") == 1
    assert similarity("가나다라마", "바사아자차") == 0
    assert 0.5 < similarity("가나다라마바", "가나다라마사") < 1


def test_the_third_near_copy_of_one_author_in_a_day_is_a_flood(make):
    author = make.citizen()
    comments = [make.comment(author=author, body=f"{SPAM} {n}") for n in range(3)]
    assert [is_flood(comment) for comment in comments[:1]] == [True]  # the others are there already
    lone = make.comment(author=make.citizen(), body="급식을 남기지 않도록 먹을 만큼만 받게 하면 좋겠습니다")
    assert not is_flood(lone)


@pytest.mark.parametrize(("earlier", "expected"), [(4, False), (5, True)])
def test_near_copies_of_many_people_within_an_hour_are_a_flood(make, earlier, expected):
    for n in range(earlier):
        make.idea(title=f"{n}번 안내", body=SPAM)
    assert is_flood(make.idea(title="새 안내", body=SPAM)) is expected


def test_old_near_copies_are_no_flood(make):
    author = make.citizen()
    for _ in range(6):
        make.idea(title="안내", body=SPAM, created_at=clock.now() - timedelta(hours=25), author=author)
    assert not is_flood(make.idea(title="안내", body=SPAM, author=author))


def test_short_words_of_agreement_are_no_flood(make):
    author = make.citizen()
    for _ in range(8):
        made = make.comment(author=author, body="저도 동의합니다")
    assert not is_flood(made)


def test_different_texts_of_a_busy_author_are_no_flood(make):
    author = make.citizen()
    for place in (
        "학교 운동장에 나무를 더 심어 그늘을 만들면 좋겠습니다",
        "시장에서 장바구니를 빌려주면 비닐이 줄어듭니다",
    ):
        make.idea(author=author, title="제안", body=place)
    last = make.idea(author=author, title="제안", body="밤에는 상가 간판의 불을 끄도록 함께 약속하면 어떨까요")
    assert not is_flood(last)
