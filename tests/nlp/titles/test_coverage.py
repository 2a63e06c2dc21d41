from __future__ import annotations

from nlp.titles.coverage import ThemeWords
from nlp.titles.phrases import PhraseCounts


def theme_of(*members: set[str], parts: dict[str, tuple[str, ...]] | None = None) -> ThemeWords:
    return ThemeWords(PhraseCounts({}), members, frozenset(), parts or {})


def test_a_word_is_held_by_who_uses_it_or_a_compound_of_it_or_all_its_parts():
    theme = theme_of({"급식"}, {"학교급식"}, {"학교", "급식"}, {"학교"}, parts={"학교급식": ("학교", "급식")})
    assert theme.holders("급식") == {0, 1, 2}
    assert theme.holders("학교급식") == {1, 2}


def test_who_says_only_the_end_of_a_word_holds_it_where_the_word_is_common_enough():
    common = theme_of({"길고양이"}, {"길고양이"}, {"고양이"}, {"고양이"}, {"고양이"})
    rare = theme_of({"길고양이"}, {"고양이"}, {"고양이"}, {"고양이"})
    assert common.holders("길고양이") == {0, 1, 2, 3, 4}
    assert rare.holders("길고양이") == {0}


def test_the_end_of_a_word_is_no_word_of_two_letters():
    assert theme_of({"정신병원"}, {"병원"}).holders("정신병원") == {0}


def test_a_word_that_the_tagger_cuts_is_held_by_who_holds_what_it_leaves():
    assert theme_of({"장애"}, {"장애", "휠체어"}, {"휠체어"}).holders("장애인") == {0, 1}
