from __future__ import annotations

from nlp.describe import opinions
from nlp.pipeline import Settings, analyse
from nlp.records import VoteCount
from tests.nlp.test_pipeline import corpus


def test_what_people_agree_on_and_what_divides_them():
    votes = {
        1: VoteCount(40, 2),
        2: VoteCount(20, 19),
        3: VoteCount(3, 1),
        4: VoteCount(2, 40),
        5: VoteCount(90, 10),
    }
    assert opinions([1, 2, 3, 4, 5, 6], votes) == ((1, 5), (2,))


def test_few_votes_say_nothing():
    assert opinions([1, 2], {1: VoteCount(4, 0), 2: VoteCount(2, 2)}) == ((), ())


def test_votes_reach_the_themes():
    theming = analyse(corpus(), votes={10: VoteCount(50, 1), 11: VoteCount(30, 29)})
    theme = next(theme for theme in theming.themes if 10 in {member.key for member in theme.members})
    assert (theme.agreed, theme.divided) == ((10,), (11,))


def test_broad_themes_are_no_more_than_fine_ones():
    counts = [len(analyse(corpus(), Settings(granularity=name)).themes) for name in ("broad", "normal", "fine")]
    assert counts == sorted(counts)


def test_a_further_theme_is_never_the_main_one():
    for theme in analyse(corpus()).themes:
        assert not {m.key for m in theme.further} & {m.key for m in theme.members}
