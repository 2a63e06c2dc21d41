from __future__ import annotations

import numpy as np

from nlp.cluster.clusterer import ThemeClusterer
from nlp.pipeline import Granularity, Settings, analyse
from nlp.records import VoteCount
from nlp.text.tokenized import TokenizedIdea
from nlp.text.topics import topic_taxonomy
from nlp.titles.describe import ThemeContext, agreed_and_divided, describe_themes
from tests.nlp.test_pipeline import corpus


def test_what_people_agree_on_and_what_divides_them():
    votes = {
        1: VoteCount(40, 2),
        2: VoteCount(20, 19),
        3: VoteCount(3, 1),
        4: VoteCount(2, 40),
        5: VoteCount(90, 10),
    }
    assert agreed_and_divided([1, 2, 3, 4, 5, 6], votes) == ((1, 5), (2,))


def test_few_votes_say_nothing():
    assert agreed_and_divided([1, 2], {1: VoteCount(4, 0), 2: VoteCount(2, 2)}) == ((), ())


def test_votes_reach_the_themes():
    theming = analyse(corpus(), votes={10: VoteCount(50, 1), 11: VoteCount(30, 29)})
    theme = next(theme for theme in theming.themes if 10 in {member.key for member in theme.members})
    assert (theme.agreed, theme.divided) == ((10,), (11,))


def test_broad_themes_are_no_more_than_fine_ones():
    counts = [len(analyse(corpus(), Settings(granularity=name)).themes) for name in ("broad", "normal", "fine")]
    assert counts == sorted(counts)


def test_a_further_theme_is_never_the_main_one():
    for theme in analyse(corpus()).themes:
        assert not {m.key for m in theme.secondary} & {m.key for m in theme.members}


def named(granularity: Granularity) -> list[str]:
    return sorted(theme.title for theme in analyse(corpus(), Settings(granularity=granularity)).themes)


def test_a_theme_that_grew_from_a_sector_or_topic_bears_its_title():
    assert named("broad") == sorted(["재생에너지와 전력 전환", "폐기물 감축과 재활용", "친환경 교통과 수송"])
    assert named("normal") == sorted(["태양광 발전 보급", "음식물쓰레기 감량", "대중교통 이용 활성화"])


def test_a_title_of_the_book_is_only_used_where_half_of_the_members_touch_its_subject():
    rows = np.eye(4)[[0, 0, 0, 0]]
    found = ThemeClusterer(min_size=2).fit(rows, np.zeros(4))
    solar = topic_taxonomy()[0]

    def title_where(n_touch: int) -> str:
        touch: list[dict[int, float]] = [{0: 1.0} if key < n_touch else {} for key in range(4)]
        ideas = [
            TokenizedIdea(key, "놀이터 그네", ("놀이터", "그네", "태양광"), topic_scores=touch[key]) for key in range(4)
        ]
        (theme,) = describe_themes(ThemeContext(found, rows, [[idea] for idea in ideas], taxonomy=[solar]))
        return theme.title

    assert title_where(2) == solar.title
    assert title_where(1) == "놀이터 그네"


def test_a_stop_word_that_the_tagger_splits_is_in_no_title():
    rows = np.eye(4)[[0, 0, 0, 0]]
    found = ThemeClusterer(min_size=2).fit(rows, np.zeros(4))
    said = ["재난으로 부터 보호", "화재로 부터 보호", "지진으로 부터 보호", "범죄로 부터 보호"]
    ideas = [TokenizedIdea(key, text, ("보호", text[:2])) for key, text in enumerate(said)]
    (theme,) = describe_themes(ThemeContext(found, rows, [[idea] for idea in ideas]))
    assert "부터" not in theme.title
