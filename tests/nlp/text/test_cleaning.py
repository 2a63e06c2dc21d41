from __future__ import annotations

import time
import unicodedata

import pytest

from nlp.text.cleaning import clean, decode_entities, looks_like_html, to_paragraphs


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("서울시민 &#34;두레&#34;", '서울시민 "두레"'),
        ("배려&#39;칸&#39; 신설&nbsp;제안", "배려'칸' 신설 제안"),
        ("&lt;중요&gt; 물 &amp; 불", "<중요> 물 & 불"),
        ("&#x1F331; &#128557;", "🌱 😭"),
        ("두 번 &amp;quot;옮긴&amp;quot; 글 &amp;#34;", '두 번 "옮긴" 글 "'),
        ("보이지 않는 &#8203;것&#65279;", "보이지 않는 것"),
        ("줄&#13;&#10;바꿈", "줄\n바꿈"),
        ("제어&#7;문자&#129;", "제어문자"),
        ("&#0;&#xD800;&#9999999;", "\ufffd\ufffd\ufffd"),
        ("&#4352;&#4449;", "가"),
        ("&NBSP; &amp;NBSP; &없음; &nosuchname;", "&NBSP; &amp;NBSP; &없음; &nosuchname;"),
    ],
)
def test_entities_are_read_as_their_characters(text, expected):
    assert clean(text) == expected
    assert to_paragraphs(text) == expected
    assert clean(expected) == expected


@pytest.mark.parametrize("text", ["AT&T와 R&D", "http://a.kr/?id=1&copy=2&lt=3", "a && b;", "&;", "&#;", "A&B; C", "&"])
def test_an_ampersand_is_no_entity(text):
    assert clean(text) == decode_entities(text) == text


def test_typed_entities_of_a_script_stay_text_and_are_not_taken_for_markup():
    assert to_paragraphs("&lt;script&gt;alert(1)&lt;/script&gt; &lt;p&gt;") == "<script>alert(1)</script> <p>"
    assert to_paragraphs("<p>&amp;lt;p&amp;gt; &amp;amp; 둘</p>") == "<p> & 둘"


@pytest.mark.parametrize("piece", ["&amp;", "&", "amp;", "&#5", "&#0", "&#5;", "&amp;quot;"])
def test_entities_are_read_in_linear_time(piece):
    begun = time.monotonic()
    clean("&" + piece * (200_000 // len(piece)) + ";")
    assert time.monotonic() - begun < 5
