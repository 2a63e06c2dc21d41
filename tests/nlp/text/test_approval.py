from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.records import IdeaText
from nlp.text.approval import MAX_CHARS, empty_approvals, is_empty_approval
from nlp.text.tokens import UnknownTaggerError
from tests.hangul import steady, wild

APPROVALS = [
    ("공감합니다", "공감합니다."),
    ("찬성합니다~^^", "적극 찬성합니다"),
    ("동의합니다 꼭 부탁드려요", ""),
    ("좋은 제안이네요", ""),
    ("좋은 의견 감사합니다", "응원합니다 ㅠㅠ"),
    ("글쓴이님 의견에 전적으로 동의합니다", "100% 공감"),
    ("이 제안에 찬성해요", "+1 👍"),
    ("강력히 지지합니다", "꼭 이루어지길 바랍니다"),
    ("옳은 말씀입니다", "네 맞아요"),
    ("추천합니다", "추천 누르고 갑니다"),
    ("공감&nbsp;합니다", "&#34;공감&#34;"),
    ("", "정말 필요한 정책입니다"),
]


@pytest.mark.parametrize(("title", "body"), APPROVALS)
def test_a_post_that_only_says_yes_is_one(title, body):
    assert is_empty_approval(title, body)


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("석탄 반대에 찬성합니다", ""),
        ("원전 찬성", "찬성합니다"),
        ("공감합니다", "길고양이 죽게 하지 말아주세요"),
        ("공감 버튼을 만들어 주세요", ""),
        ("동의 없는 개인정보 수집", ""),
        ("동의합니다", "10만원 주세요"),
        ("4대강 찬성", ""),
        ("찬성하지 않습니다", "찬성 못합니다"),
        ("공감합니다", "찬성이 아닙니다"),
        ("반대합니다", "반대"),
        ("버스 정기권", "좋은 제안입니다"),
        ("Net zero 찬성", ""),
        ("", ""),
        ("ㅋㅋ", "!!"),
        ("공감합니다", "공감합니다 " * MAX_CHARS),
    ],
)
def test_a_post_with_content_or_a_refusal_is_none(title, body):
    assert not is_empty_approval(title, body)


@steady
@given(post=st.sampled_from(APPROVALS), subject=st.sampled_from(["태양광", "버스 정기권", "지붕", "급식 잔반", "EV"]))
def test_a_subject_makes_any_of_them_an_idea(post, subject):
    assert not is_empty_approval(f"{subject} {post[0]}", post[1])
    assert not is_empty_approval(post[0], f"{post[1]} {subject}")


@steady
@given(title=wild, body=wild)
def test_any_text_gets_an_answer_and_saying_yes_twice_changes_none(title, body):
    answer = is_empty_approval(title, body)
    assert is_empty_approval(title, f"{body}\n공감합니다") >= answer


def test_a_text_that_breaks_the_tagger_is_read_as_an_idea(monkeypatch):
    def broken(_text, _tagger):
        raise RuntimeError("the tagger gave up")

    monkeypatch.setattr("nlp.text.approval.pos_tag", broken)
    assert not is_empty_approval("공감합니다", "")


def test_a_tagger_that_is_not_there_is_said():
    with pytest.raises(UnknownTaggerError):
        is_empty_approval("공감합니다", "", "kiwi")


def test_keys_are_given_and_a_text_that_comes_often_is_tagged_once(monkeypatch):
    tagged = []
    monkeypatch.setattr("nlp.text.approval.pos_tag", lambda text, _tagger: tagged.append(text) or [("공감", "NNG")])
    ideas = [IdeaText(key, "공감합니다", "") for key in range(50)] + [IdeaText(99, "버스", "")]
    assert empty_approvals(ideas) == set(range(50))
    assert len(tagged) == 1
