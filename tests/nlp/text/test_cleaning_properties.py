"""The machine's side of the text path: any text is cleaned, cut and described without a word of complaint."""

from __future__ import annotations

import re
import unicodedata
from html import escape

from hypothesis import example, given
from hypothesis import strategies as st

from nlp.text.cleaning import clean, decode_entities, looks_like_html, to_paragraphs
from nlp.text.tokens import morphemes, pos_tag, search_tokens
from tests.hangul import plain, steady, wild

CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u200b\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]")


@steady
@given(text=wild)
def test_cleaning_never_raises_and_changes_nothing_twice(text):
    cleaned = clean(text)
    assert unicodedata.is_normalized("NFC", cleaned)
    assert CONTROLS.search(cleaned) is None
    assert cleaned == cleaned.strip()
    assert clean(cleaned) == cleaned


@steady
@given(text=wild)
def test_paragraphs_come_out_of_any_markup(text):
    for markup in (text, f"<p>{text}</p><div>{text}"):
        paragraphs = to_paragraphs(markup)
        assert unicodedata.is_normalized("NFC", paragraphs)
        assert CONTROLS.search(paragraphs) is None
    assert looks_like_html(f"<p>{text}")


@steady
@given(text=wild)
def test_every_morpheme_stands_where_it_says(text):
    cleaned = clean(text)
    at = 0
    for morpheme in morphemes(cleaned):
        assert at <= morpheme.start < morpheme.end <= len(cleaned)
        found = cleaned[morpheme.start : morpheme.end]
        assert re.sub(r"\s", "", found) == re.sub(r"\s", "", morpheme.surface)
        at = morpheme.end


@steady
@given(text=wild)
@example("탄소중립 İstanbul ﬁ")
def test_search_tokens_are_plain_words_on_both_sides(text):
    tokens = search_tokens(text)
    for token in tokens:
        assert token
        assert token.isalnum()
        assert token == token.lower()
    assert search_tokens(clean(text)) == tokens


@steady
@given(text=plain)
def test_a_mac_and_a_phone_ask_with_the_same_tokens(text):
    assert search_tokens(unicodedata.normalize("NFD", text)) == search_tokens(unicodedata.normalize("NFC", text))


@steady
@given(text=wild)
def test_pieces_are_words_without_breaks(text):
    assert all(surface and tag and "\n" not in surface for surface, tag in pos_tag(clean(text)))


PIECES = ["&", "amp;", "#", "38;", "#34;", "x22;", "quot;", "nbsp;", "lt;", "#8203;", "\u200b", ";", "가", " ", "<p>"]


@steady
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=12))
def test_entities_of_any_make_are_gone_after_one_cleaning(pieces):
    text = "".join(pieces)
    assert clean(clean(text)) == clean(text)
    assert len(decode_entities(text)) <= len(text)


@steady
@given(text=wild)
def test_a_text_survives_being_encoded_twice(text):
    cleaned = clean(text)
    encoded = escape(escape(cleaned, quote=True), quote=True)
    assert clean(encoded) == cleaned
