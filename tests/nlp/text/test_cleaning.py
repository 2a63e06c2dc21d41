from __future__ import annotations

import time
import unicodedata

import pytest

from nlp.text.cleaning import clean, looks_like_html, to_paragraphs


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (unicodedata.normalize("NFD", "탄소중립"), "탄소중립"),
        ("가\x00나\x07다", "가 나 다"),
        ("가\u2028나\u0085다\r\n라", "가\n나\n다\n라"),
        ("가\ud800나", "가 나"),
        ("\u202e거꾸로\u200b", "거꾸로"),
        ("", ""),
    ],
)
def test_cleaning_mends_and_never_raises(text, expected):
    assert clean(text) == expected


@pytest.mark.parametrize("text", ["<p>가</p>", "가<br>나", "<SPAN style='x'>가</SPAN>", "<o:p></o:p>", "<div\n>가"])
def test_structure_is_html(text):
    assert looks_like_html(text)


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "a < b > c", "<3", "<환경부>", "", "1 <p 2"])
def test_signs_are_not(text):
    assert not looks_like_html(text)
    assert to_paragraphs(text) == text


def test_what_a_word_processor_leaves_becomes_paragraphs():
    html = (
        "<p class=MsoNormal><span style='font-size:14px'>첫&nbsp; 문단 &lt;중요&gt;</span></p>"
        "<p>&nbsp;</p><div>둘째<br>줄</div><style>p {}</style><script>x()</script><ul><li>하나</li><li>둘</li></ul>"
    )
    assert to_paragraphs(html) == "첫 문단 <중요>\n\n둘째\n줄\n\n하나\n\n둘"


@pytest.mark.parametrize("piece", ["<p>", "<p>글</p>", "<p><b>"])
def test_many_paragraphs_are_read_in_one_walk(piece):
    """40 KB of `<p>` took a minute."""
    begun = time.monotonic()
    assert set(to_paragraphs(piece * (40_000 // len(piece)))) <= {"글", "\n"}
    assert time.monotonic() - begun < 5


def test_comments_and_declarations_are_not_shown():
    assert to_paragraphs("<!DOCTYPE html><p>가<!-- 숨은 말 --></p><?php 말 ?><![CDATA[말]]><br>나") == "가\n\n나"
