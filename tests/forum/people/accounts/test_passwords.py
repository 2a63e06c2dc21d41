from __future__ import annotations

import unicodedata

import pytest

from forum.core.access import STAFF_ROLES, Role
from forum.core.errors import InvalidInput
from forum.people.accounts.passwords import common_passwords, min_chars, new_password, normal_form

HINTS = ("kimminsu@example.org", "푸른지구")


@pytest.mark.parametrize(
    "typed",
    [
        *("abcdefghik", "바다가보이는 우리 학교", "correct horse battery staple", "열글자가되는비밀번호임" * 10),
        *("  앞뒤 빈칸도 글자입니다 ", "푸른지구에서자전거타는사람", "🌱🌏🚲 나무 한 그루 심기"),
    ],
)
def test_long_passwords_of_any_kind_are_taken(app, typed):
    assert new_password(typed, 10, HINTS) == typed


def test_a_password_is_kept_in_nfc(app):
    kept = "바다가보이는우리학교"
    typed = unicodedata.normalize("NFD", kept)
    assert new_password(typed, 10) == kept == normal_form(typed)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (None, "입력해"),
        ("", "입력해"),
        ("짧은비밀번호", "10자 이상"),
        (unicodedata.normalize("NFD", "짧은비밀번호"), "10자 이상"),
        ("가나다라" * 33, "128자까지"),
        ("바다가보이는\x00우리학교", "쓸 수 없는"),
        ("바다가보이는\ud800우리학교", "쓸 수 없는"),
        ("1234567890", "많은 사람"),
        ("qwertyuiop", "많은 사람"),
        ("QWERTYUIOP", "많은 사람"),
        ("ｑｗｅｒｔｙｕｉｏｐ", "많은 사람"),
        ("          ", "많은 사람"),
        ("aaaaaaaaaaaaaaaa", "많은 사람"),
        ("ababababababab", "많은 사람"),
        ("kimminsu@example.org", "이메일이나 이름"),
        ("kimminsu2024", "이메일이나 이름"),
        ("푸른지구푸른지구12", "이메일이나 이름"),
    ],
)
def test_a_weak_or_unreadable_password_is_refused_with_the_reason(app, typed, words):
    with pytest.raises(InvalidInput, match=words) as refused:
        new_password(typed, 10, HINTS)
    assert list(refused.value.errors) == ["password"]


def test_the_block_list_is_the_worlds_and_koreas(app):
    assert "password" in common_passwords()
    assert len(common_passwords()) > 30_000 - 5_000


@pytest.mark.parametrize("role", Role)
def test_staff_need_longer_ones(app, role):
    assert min_chars(role) == (15 if role in STAFF_ROLES else 10)
