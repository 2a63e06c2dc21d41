"""Property tests with generated Korean: a text is refused with a message, or cleaned once and then stable."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from forum.core.errors import InvalidInput
from forum.core.privacy import contains_resident_number, mask
from forum.core.text import (
    clean_line,
    clean_text,
    comparison_key,
    is_blank,
    refuse_resident_numbers,
    strip_control_characters,
)
from tests.hangul import odd, plain, steady, wild

LIMITS = {"max_chars": 5_000}
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def accepted(keep, text):
    """Return the cleaned text, or None if it was refused."""
    try:
        return keep(text, "body", "내용", **LIMITS)
    except InvalidInput as error:
        refused = error
    assert set(refused.errors) == {"body"}
    assert CONTROLS.search(refused.message) is None
    return None


@pytest.mark.parametrize("keep", [clean_line, clean_text])
@steady
@given(text=wild)
@example("\u3164 \u3164가나")  # a filler, a space and a filler again before the text
@example("か\u0301\u0301\u0301\u0301\u034f\u3099")  # the cap on accents removes what separated two marks
def test_what_is_accepted_is_clean_and_stays_as_it_is(keep, text):
    kept = accepted(keep, text)
    if kept is not None:
        assert not is_blank(kept)
        assert unicodedata.is_normalized("NFC", kept)
        assert CONTROLS.search(kept) is None
        assert kept == kept.strip()
        assert accepted(keep, kept) == kept


@steady
@given(text=wild)
def test_a_line_holds_no_break(text):
    kept = accepted(clean_line, text)
    assert kept is None or len(kept.splitlines()) == 1


@steady
@given(text=plain)
def test_what_people_mean_to_type_is_kept_letter_by_letter(text):
    kept = accepted(clean_text, text)
    if kept is None:
        assert is_blank(text)
    else:
        assert comparison_key(kept) == comparison_key(text)


@steady
@given(text=wild)
def test_nothing_typed_is_cut_in_silence(text):
    """The message has both lengths; no truncated text is stored."""
    try:
        kept = clean_text(text, "body", "내용", max_chars=5)
    except InvalidInput:
        return
    assert len(kept) <= 5
    assert kept == clean_text(text, "body", "내용", **LIMITS)


@steady
@given(text=wild)
def test_an_imported_text_without_stray_marks_has_no_control_character_but_nul(text):
    mended = strip_control_characters(text)
    assert len(mended) == len(text)
    assert strip_control_characters(mended) == mended
    if "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text):
        assert is_blank(mended) or accepted(clean_text, mended) is not None


@steady
@given(text=wild)
@example("r¸")  # NFKC turns a lone cedilla into a space with a mark
def test_a_comparison_key_is_its_own_key(text):
    key = comparison_key(text)
    assert comparison_key(key) == key
    assert not any(char.isspace() for char in key)


@steady
@given(one=plain)
def test_two_forms_of_one_text_have_one_key(one):
    assert comparison_key(unicodedata.normalize("NFD", one)) == comparison_key(unicodedata.normalize("NFC", one))


# Personal data
@steady
@given(text=wild)
def test_masking_keeps_the_length_and_masks_once(text):
    masked = mask(text)
    assert len(masked.text) == len(text)
    assert mask(masked.text).text == masked.text
    assert all(new in {old, "*"} for old, new in zip(text, masked.text, strict=True))
    assert bool(masked.kinds) == (masked.text != text)


@steady
@given(before=odd, after=odd)
def test_a_phone_number_is_masked_whatever_stands_around_it(before, after):
    assert "9753-8642" not in mask(f"{before}\n\n전화 010-9753-8642 입니다.\n\n{after}").text


@steady
@given(text=wild)
def test_resident_numbers_are_looked_for_in_any_text(text):
    assert contains_resident_number(text) in {True, False}


@steady
@given(
    before=odd, after=odd, number=st.sampled_from(["900101-1234567", "９００１０１－１２３４５６７", "900101-1******"])
)
def test_a_resident_number_is_refused_whatever_stands_around_it(before, after, number):
    with pytest.raises(InvalidInput, match="주민등록번호"):
        refuse_resident_numbers(f"{before}\n\n제 번호는 {number} 입니다.\n\n{after}", "body")
