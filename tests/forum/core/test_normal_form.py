from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forum.core.normal_form import MAX_RUN, SHORT, normalised
from forum.core.text import comparison_key
from forum.people.accounts.passwords import normal_form
from tests.hangul import steady

MARKS = "\u0301\u0323" * 50_000


@pytest.mark.parametrize("form", ["NFC", "NFKC"])
@pytest.mark.parametrize("marks", [MARKS, "\u0f73" * 100_000, "\uff9e\u0323" * 50_000])
def test_a_hundred_thousand_marks_take_no_time(form, marks):
    """8 seconds each before."""
    began = time.process_time()
    assert len(normalised(form, "가" + marks + "나")) < 4 * MAX_RUN
    assert time.process_time() - began < 1


def test_passwords_and_comparisons_use_it():
    began = time.process_time()
    normal_form("비밀번호" + MARKS)
    comparison_key("제목" + MARKS)
    assert time.process_time() - began < 1


@settings(steady, max_examples=60)
@given(st.text(max_size=MAX_RUN), st.sampled_from(["NFC", "NFKC"]))
def test_other_texts_are_normalised_as_ever(text, form):
    long = (text + "가") * SHORT
    assert normalised(form, long) == unicodedata.normalize(form, long)
