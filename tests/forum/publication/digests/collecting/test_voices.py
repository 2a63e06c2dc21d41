from __future__ import annotations

from types import SimpleNamespace

from forum.publication.digests.collecting.opinion import NOTHING
from forum.publication.digests.collecting.voices import MOST_CHARS, own_words, voices_of
from forum.publication.digests.content import Dividing, Interval
from tests.forum.publication.digests.contents import idea

WITH_YOUNG = SimpleNamespace(
    young={4: Interval(0.9, 0.8, 0.95), 5: Interval(0.4, 0.3, 0.5), 6: Interval(0.8, 0.7, 0.9)}
)


def heard(ideas, representatives=(), dividing=(), opinions=NOTHING) -> dict[str, int]:
    return {voice.stands_for: voice.idea_id for voice in voices_of(ideas, representatives, dividing, opinions)}


def test_a_representative_speaks_before_one_with_more_agreement():
    ideas = [idea(1, agree=50), idea(2, agree=20)]
    assert heard(ideas, representatives=[2]) == {"AGREEING": 2}
    assert heard(ideas) == {"AGREEING": 1}


def test_copies_and_what_nobody_backs_do_not_speak():
    assert heard([idea(1, copy_of=9), idea(2, agree=2, disagree=3), idea(3, agree=0, disagree=0)]) == {}


def test_what_divides_speaks_against_and_else_what_many_oppose():
    ideas = [idea(1, agree=50, disagree=0), idea(2, agree=20, disagree=15), idea(3, agree=9, disagree=2)]
    assert heard(ideas, dividing=[Dividing(3, "")])["DISSENTING"] == 3
    assert heard(ideas)["DISSENTING"] == 2
    assert "DISSENTING" not in heard([idea(1, agree=50, disagree=0), idea(2, agree=4, disagree=5)])


def test_the_surest_backing_of_the_young_is_heard_unless_it_spoke_before():
    ideas = [idea(4, agree=50), idea(5, agree=20), idea(6, agree=10)]
    assert heard(ideas, opinions=WITH_YOUNG) == {"AGREEING": 4, "FUTURE": 6}
    assert heard(ideas[1:2], opinions=WITH_YOUNG) == {"AGREEING": 5}


def test_words_are_cut_at_the_end_of_a_sentence_and_else_with_a_mark():
    sentence = "버스를 전기 버스로 바꾸고 자전거 길을 넓혀서 누구나 편하게 다니게 해 주세요. "
    cut = own_words(idea(1, body=sentence * 9))
    assert (cut.endswith("주세요."), len(cut) <= MOST_CHARS) == (True, True)
    assert own_words(idea(1, body="가" * 500)) == "가" * (MOST_CHARS - 1) + "…"
    assert own_words(idea(1, "제목뿐인 제안", body="")) == "제목뿐인 제안"
    assert own_words(idea(1, body="첫 줄\n\n  둘째 줄")) == "첫 줄 둘째 줄"


def test_without_votes_what_shows_the_theme_best_is_heard():
    ideas = [idea(n, agree=0, disagree=0, pass_=0) for n in range(1, 5)]
    found = voices_of(ideas, [2, 3, 4], (), NOTHING)
    assert [(voice.stands_for, voice.idea_id) for voice in found] == [("TYPICAL", 2), ("TYPICAL", 3)]
    voted = [*ideas, idea(9, agree=3)]
    assert heard(voted, representatives=[2, 3]) == {"AGREEING": 9}


def test_the_number_of_a_list_does_not_end_a_sentence():
    words = "버스를 전기 버스로 바꾸고 자전거 길을 넓혀서 누구나 편하게 다니게 해 주세요. 이렇게 제안합니다. 1. 버스 "
    assert own_words(idea(1, body=words.rjust(MOST_CHARS, "가") + "나" * 90)).endswith("제안합니다.")
