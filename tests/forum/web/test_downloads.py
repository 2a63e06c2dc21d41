from __future__ import annotations

import re
from urllib.parse import unquote

import pytest

from forum.web.downloads import attachment


def names(header):
    """The plain name, and the one that a browser takes; the header may go over any wire."""
    assert header.isascii()
    assert not set(header) & set("\r\n\0")
    found = re.fullmatch(r"attachment; filename=([A-Za-z0-9._-]+)(?:; filename\*=UTF-8''(\S+))?", header)
    assert found
    return found[1], unquote(found[2] or "")


@pytest.mark.parametrize(
    ("title", "real"),
    [
        ("2050 탄소중립 국민포럼.csv", "2050 탄소중립 국민포럼.csv"),
        ("우리 동네 🌳 그늘.csv", "우리 동네 🌳 그늘.csv"),
        ('그는 "그만" 이라고.csv', "그는 -그만- 이라고.csv"),
        ("../../etc/비밀번호\\.csv", "etc-비밀번호.csv"),
        ("줄\r\nSet-Cookie: a=b.csv", "줄-Set-Cookie- a=b.csv"),
        ("거꾸로\u202evsc.exe", "거꾸로-vsc.exe"),
        ("각각.csv", "각각.csv"),
        ("///", ""),
        ("digest-7.csv", ""),
    ],
)
def test_the_real_name_is_sent_in_its_own_script(title, real):
    plain, star = names(attachment(title, "digest-7.csv"))
    assert plain == "digest-7.csv"
    assert star == real


def test_a_long_name_is_cut_before_its_suffix_and_within_a_letter_never():
    _plain, real = names(attachment("가나다" * 200 + ".xlsx", "digest-7.xlsx"))
    assert real.endswith(".xlsx")
    assert 100 < len(real.encode()) <= 160
    assert set(real.removesuffix(".xlsx")) == set("가나다")


@pytest.mark.parametrize(
    ("given", "plain"),
    [("digest-7.csv", "digest-7.csv"), ('a";b=c.csv', "a-b-c.csv"), ("다이제스트", "file"), ("", "file")],
)
def test_the_plain_name_is_plain(given, plain):
    assert names(attachment("이름.csv", given)) == (plain, "이름.csv")
